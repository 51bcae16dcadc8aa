//! The three nets over one piece of text.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use serde_json::Value;

use super::scan::without_literals;
use super::{PLACEHOLDER, known};
use crate::advise::IndexAdvice;
use crate::engine::{DbError, Params};
use crate::report::Document;

/// Below this many characters a value is too ordinary to be looked for in prose.
const SHORTEST_VALUE: usize = 3;
/// Numbers below this many digits occur in prose for reasons of their own.
const SHORTEST_NUMBER: usize = 5;

pub struct Redactor {
    names: HashSet<String>,
    /// Finds every known code text and value; `None` when there are none.
    finder: Option<AhoCorasick>,
    /// What replaces each of the finder's patterns.
    replacements: Vec<Replacement>,
    /// Names that the statements themselves made up, such as output columns, in lower case, and what stands for each.
    made_up: HashMap<String, String>,
    /// Made-up names as they are written, which need not be words.
    aliases: BTreeMap<String, String>,
}

struct Replacement {
    text: String,
    /// The pattern is a value that is also an ordinary word, such as `open`.
    ordinary: bool,
}

impl Redactor {
    pub fn for_document(document: &Document) -> Self {
        let names = known::names(document);
        let mut patterns: Vec<(String, String)> = Vec::new();
        for text in known::code_texts(document) {
            let clean = without_literals(text, &|word| names.contains(word));
            if clean != text {
                patterns.push((text.to_owned(), clean));
            }
        }
        let values = known::values(document).into_iter();
        let telling = values.filter(|v| is_telling(v) && !names.contains(v));
        patterns.extend(telling.map(|value| (value, PLACEHOLDER.to_owned())));
        let aliases = known::aliases(document, &names);
        patterns.extend(aliases.clone());
        let mut made_up: HashMap<String, String> = known::made_up(document, &names)
            .into_iter()
            .map(|word| (word, PLACEHOLDER.to_owned()))
            .collect();
        let words = aliases.iter().map(|(alias, other)| (alias.to_lowercase(), other.clone()));
        made_up.extend(words.filter(|(alias, _)| !names.contains(alias)));
        made_up.extend(advised_names(document, &names));
        let finder = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(patterns.iter().map(|(pattern, _)| pattern))
            .ok();
        let replacements = patterns.into_iter().map(|(pattern, text)| Replacement {
            ordinary: pattern.chars().all(|c| c.is_ascii_lowercase()),
            text,
        });
        let replacements = replacements.collect();
        Redactor { names, finder, replacements, made_up, aliases }
    }

    /// A statement, a condition, a definition.
    pub fn code(&self, text: &mut String) {
        *text = without_literals(text, &|word| self.names.contains(word));
        *text = self.without_made_up(text, |_| true);
    }

    /// The words that the statements made up go where `told` says that they are meant.
    fn without_made_up(&self, text: &str, told: impl Fn(&str) -> bool) -> String {
        let mut kept = String::with_capacity(text.len());
        for word in text.split_inclusive(|c: char| !(c.is_alphanumeric() || c == '_')) {
            let name = word.trim_end_matches(|c: char| !(c.is_alphanumeric() || c == '_'));
            if let Some(other) = self.made_up.get(&name.to_lowercase())
                && told(name)
            {
                kept.push_str(other);
                kept.push_str(&word[name.len()..]);
            } else {
                kept.push_str(word);
            }
        }
        kept
    }

    /// A name as it stands in a field of its own, of a table, a column or a query.
    pub fn name(&self, name: &mut String) {
        if self.names.contains(name.as_str()) {
            return;
        }
        match self.aliases.get(name.as_str()).or_else(|| self.made_up.get(&name.to_lowercase())) {
            Some(other) => name.clone_from(other),
            None => self.code(name),
        }
    }

    pub fn codes<'a>(&self, texts: impl IntoIterator<Item = &'a mut String>) {
        texts.into_iter().for_each(|text| self.code(text));
    }

    /// Sentences that may quote code or values.
    pub fn prose(&self, text: &mut String) {
        *text = self.without_quoted(&self.without_known(text, false));
        // A word of our own sentences is the sentence's own, and so short a one tells nothing.
        let ordinary = |word: &str| word.len() < SHORTEST_VALUE || own_words().contains(word);
        *text = self.without_made_up(text, |word| !ordinary(word));
    }

    /// A rule's own sentences, the same for every workload but for the code they quote: an ordinary
    /// word is theirs, even if some column holds it too.
    pub fn guidance(&self, text: &mut String) {
        *text = self.without_quoted(&self.without_known(text, true));
    }

    /// A statement that may be a sketch in words behind comment marks.
    pub fn sketch(&self, text: &mut String) {
        if !text.lines().all(|line| line.starts_with("--")) {
            return self.code(text);
        }
        let line = |line: &str| {
            let mut words = line.trim_start_matches('-').to_owned();
            self.guidance(&mut words);
            // Numbers go as well: what a sketch counts may be the user's own constant.
            self.code(&mut words);
            format!("--{words}")
        };
        *text = text.lines().map(line).collect::<Vec<_>>().join("\n");
    }

    pub fn proses<'a>(&self, texts: impl IntoIterator<Item = &'a mut String>) {
        texts.into_iter().for_each(|text| self.prose(text));
    }

    /// The server's own words: a function of the user's can make it say anything, so they go whole. Those of the
    /// client keep what is no literal; a text whose quotes cannot be told apart goes from the first to the last.
    pub fn error(&self, error: &mut DbError) {
        // It counts characters of the text before redaction.
        error.position = None;
        if error.sqlstate.is_some() {
            "the server's message is withheld (--redact)".clone_into(&mut error.message);
            error.detail = error.detail.as_ref().map(|_| "detail withheld (--redact)".to_owned());
            error.remedy = None;
            return;
        }
        error.message = self.without_known(&error.message, false);
        let quotes: Vec<usize> = error.message.match_indices('\'').map(|(at, _)| at).collect();
        if let (3.., Some(first), Some(last)) = (quotes.len(), quotes.first(), quotes.last()) {
            error.message.replace_range(*first..=*last, PLACEHOLDER);
        }
        let placeholder = PLACEHOLDER.trim_matches(['<', '>']);
        let is_kept = |word: &str| self.names.contains(word) || word == placeholder;
        error.message = without_literals(&error.message, &is_kept);
        error.detail = error.detail.as_ref().map(|_| "detail withheld (--redact)".to_owned());
        error.remedy.iter_mut().for_each(|remedy| self.prose(remedy));
    }

    pub fn params(&self, params: &mut Params) {
        params.iter_mut().flatten().for_each(|value| *value = PLACEHOLDER.to_owned());
    }

    /// A document of the server: names of keys and numbers are its own, strings may hold code.
    pub fn json(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.name(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.json(item)),
            Value::Object(fields) => fields.values_mut().for_each(|field| self.json(field)),
            _ => {}
        }
    }

    fn without_known(&self, text: &str, keep_ordinary: bool) -> String {
        let Some(finder) = &self.finder else { return text.to_owned() };
        let mut kept = String::with_capacity(text.len());
        let mut from = 0;
        for found in finder.find_iter(text) {
            let replacement = &self.replacements[found.pattern().as_usize()];
            let ours = keep_ordinary && replacement.ordinary;
            if !ours && is_whole(text, found.start(), found.end()) {
                kept.push_str(&text[from..found.start()]);
                kept.push_str(&replacement.text);
                from = found.end();
            }
        }
        kept.push_str(&text[from..]);
        kept
    }

    /// What stands in quotes and is no name. An apostrophe inside a word opens nothing.
    fn without_quoted(&self, text: &str) -> String {
        let mut kept = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((at, quote)) = opening_quote(rest, kept.chars().next_back()) {
            let (before, quoted) = rest.split_at(at);
            kept.push_str(before);
            let inner = &quoted[1..];
            let length = inner.find(quote).unwrap_or(inner.len());
            let closed = length < inner.len();
            if closed && self.names.contains(&inner[..length]) {
                kept.push_str(&quoted[..length + 2]);
            } else {
                kept.push_str(PLACEHOLDER);
            }
            rest = if closed { &inner[length + 1..] } else { "" };
        }
        kept.push_str(rest);
        kept
    }
}

/// Names of proposed indexes are made of what is indexed: those of an index with literals in it are told apart by number.
fn advised_names(document: &Document, names: &HashSet<String>) -> Vec<(String, String)> {
    let literal = |text: &String| without_literals(text, &|word| names.contains(word)) != *text;
    let indexes = document.advice.indexes.iter().enumerate();
    let telling =
        indexes.filter(|(_, index)| index.columns.iter().chain(&index.predicate).any(literal));
    let renamed = |(n, index): (usize, &IndexAdvice)| {
        (index.name.to_lowercase(), format!("{}_redacted{}_idx", index.table, n + 1))
    };
    telling.map(renamed).collect()
}

/// Words of the rules that planwise comes with.
fn own_words() -> &'static HashSet<String> {
    static WORDS: LazyLock<HashSet<String>> = LazyLock::new(|| {
        let texts = crate::rule::built_in_texts();
        let words = texts.iter().flat_map(|text| text.split(|c: char| !c.is_ascii_alphabetic()));
        words
            .filter(|word| word.chars().all(|c| c.is_ascii_lowercase()))
            .map(str::to_owned)
            .collect()
    });
    &WORDS
}

fn opening_quote(text: &str, before: Option<char>) -> Option<(usize, char)> {
    let mut before = before.unwrap_or(' ');
    for (at, c) in text.char_indices() {
        if c == '"' || (c == '\'' && !before.is_alphanumeric() && before != '>') {
            return Some((at, c));
        }
        before = c;
    }
    None
}

fn is_telling(value: &str) -> bool {
    let length = value.chars().count();
    let number = value.chars().all(|c| c.is_ascii_digit() || ".-".contains(c));
    length >= if number { SHORTEST_NUMBER } else { SHORTEST_VALUE }
}

/// The match is not a part of a longer word.
fn is_whole(text: &str, start: usize, end: usize) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let edge = |inner: Option<char>, outer: Option<char>| {
        !(inner.is_some_and(word) && outer.is_some_and(word))
    };
    let found = &text[start..end];
    edge(found.chars().next(), text[..start].chars().next_back())
        && edge(found.chars().next_back(), text[end..].chars().next())
}
