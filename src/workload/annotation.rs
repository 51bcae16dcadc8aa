//! Annotations in the comments before a statement: `-- name:`, `-- weight:`, `-- params:`, `-- expect:`, and
//! `-- planwise: ignore RULE because …`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Expected, Ignore};
use crate::engine::Params;
use crate::sql::Comment;

const KEYS: [&str; 4] = ["name", "weight", "params", "expect"];

#[derive(Debug, Default, PartialEq)]
pub struct Annotations {
    pub name: Option<String>,
    pub weight: Option<f64>,
    pub params: Vec<ParameterSet>,
    /// Line of the last `params`, for messages.
    pub params_line: usize,
    /// Rules whose findings about the query are not wanted.
    pub ignores: Vec<Ignore>,
    /// What the query's plan is expected to be.
    pub expects: Vec<Expected>,
}

/// Values of one execution.
#[derive(Debug, Clone, PartialEq)]
pub enum ParameterSet {
    InOrder(Params),
    ByName(BTreeMap<String, Option<String>>),
}

/// A message and the line it is about.
pub type Complaint = (usize, String);

impl Annotations {
    pub fn read(comments: &[Comment]) -> Result<Annotations, Complaint> {
        let mut annotations = Annotations::default();
        for comment in comments {
            if let Some((key, value)) = key_and_value(&comment.text) {
                annotations
                    .take(key, value, comment.line)
                    .map_err(|message| (comment.line, message))?;
            }
        }
        Ok(annotations)
    }

    /// With what is not said here from `other`.
    pub fn or(self, other: Annotations) -> Annotations {
        let (params, params_line) = match self.params.is_empty() {
            true => (other.params, other.params_line),
            false => (self.params, self.params_line),
        };
        let (name, weight) = (self.name.or(other.name), self.weight.or(other.weight));
        let ignores = self.ignores.into_iter().chain(other.ignores).collect();
        let expects = self.expects.into_iter().chain(other.expects).collect();
        Annotations { name, weight, params, params_line, ignores, expects }
    }

    /// The sets that need no names.
    pub fn in_order(&self) -> Vec<Params> {
        let sets = self.params.iter().filter_map(|set| match set {
            ParameterSet::InOrder(values) => Some(values.clone()),
            ParameterSet::ByName(_) => None,
        });
        sets.collect()
    }

    fn take(&mut self, key: &str, value: &str, line: usize) -> Result<(), String> {
        match key {
            "name" if self.name.is_some() => Err("this query has a name already".to_owned()),
            "name" => name(value).map(|name| self.name = Some(name)),
            "weight" => weight(value).map(|weight| self.weight = Some(weight)),
            "params" => {
                self.params.extend(parameter_sets(value)?);
                self.params_line = line;
                Ok(())
            }
            "expect" if value.is_empty() => {
                Err("say what is expected: -- expect: index(NAME) | no seq scan on TABLE"
                    .to_owned())
            }
            "expect" => {
                self.expects.push(Expected { text: value.to_owned(), line });
                Ok(())
            }
            "planwise" => {
                self.ignores.push(ignore(value, line)?);
                Ok(())
            }
            other => unknown(other),
        }
    }
}

/// `key: value` at the start of a line comment; a name also as other tools spell it: `-- :name find-user :? :1`,
/// `/* @name FindUser */`.
fn key_and_value(comment: &str) -> Option<(&str, &str)> {
    if let Some(inner) = comment.strip_prefix("/*").and_then(|inner| inner.strip_suffix("*/")) {
        let name = inner.trim_matches([' ', '*', '\n', '\r']).strip_prefix("@name ")?;
        return Some(("name", name.lines().next().unwrap_or_default().trim()));
    }
    let inner = comment.strip_prefix("--").or_else(|| comment.strip_prefix('#'))?;
    if let Some(name) = inner.trim_start().strip_prefix(":name ") {
        return Some(("name", name.trim()));
    }
    let (key, value) = inner.trim_start().split_once(':')?;
    let is_key = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-');
    is_key.then(|| (key, value.trim()))
}

/// A comment is free to say `note: …`; what is nearly an annotation is a slip of the pen, and to
/// pass over it would measure something else than was asked for.
fn unknown(key: &str) -> Result<(), String> {
    let lower = key.to_ascii_lowercase();
    match KEYS.iter().find(|known| resembles(&lower, known)) {
        Some(known) => Err(format!(
            "unknown annotation `{key}`; did you mean `{known}`? (known: {})",
            KEYS.join(", ")
        )),
        None => Ok(()),
    }
}

/// Differs in case, or by one letter added, left out or changed, or by two neighbours exchanged;
/// or goes on after the whole word (`params-sql`, `weights`).
fn resembles(word: &str, known: &str) -> bool {
    word.starts_with(known) || distance(word, known) <= 1
}

/// Optimal string alignment distance.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = changed.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

/// `ignore RULE because …`: without a reason nobody knows later whether it still holds.
fn ignore(value: &str, line: usize) -> Result<Ignore, String> {
    let form = "say which rule, and why: -- planwise: ignore RULE because …";
    let words = value.strip_prefix("ignore ").ok_or(form)?;
    let (rule, reason) = words.split_once(" because ").ok_or(form)?;
    let (rule, reason) = (rule.trim(), reason.trim());
    let one_name = !rule.is_empty() && !rule.contains(char::is_whitespace);
    match one_name && !reason.is_empty() {
        true => Ok(Ignore { rule: rule.to_owned(), reason: reason.to_owned(), line }),
        false => Err(form.to_owned()),
    }
}

/// The name becomes part of file names. What a code generator adds to it is left out: `:one` behind it, arguments in
/// parentheses, and how many rows come back (`^`, `$`, `!`, `<!`, `*!`, `#`, `?`).
fn name(value: &str) -> Result<String, String> {
    let name = match value.split_once(char::is_whitespace) {
        Some((name, mark)) if mark.trim_start().starts_with(':') => name,
        _ => value,
    };
    let name = name.trim_end_matches(MARKS);
    let name = match name.split_once('(') {
        Some((name, arguments)) if arguments.ends_with(')') => name,
        _ => name,
    };
    let name = name.trim_end_matches(MARKS);
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let fits = !name.is_empty() && name.len() <= 80 && !name.starts_with('.');
    if fits && name.chars().all(allowed) {
        return Ok(name.to_owned());
    }
    Err(format!(
        "`{name}` cannot be a name; use up to 80 letters, digits, `_`, `-` and `.`, not beginning with `.`"
    ))
}

const MARKS: [char; 7] = ['^', '$', '!', '<', '*', '#', '?'];

fn weight(value: &str) -> Result<f64, String> {
    match value.parse::<f64>() {
        Ok(weight) if weight.is_finite() && weight > 0.0 => Ok(weight),
        _ => Err(format!("the weight `{value}` is not a number above 0")),
    }
}

/// `[["42","open"],["7",null]]`, or one set alone: `["42","open"]`; by name `[{"id": "42"}, {"id": "7"}]`.
fn parameter_sets(value: &str) -> Result<Vec<ParameterSet>, String> {
    let form = "params are JSON: [[\"42\", \"open\"], [\"7\", null]], or by name [{\"id\": \"42\"}, {\"id\": \"7\"}]";
    let parsed: Value = serde_json::from_str(value).map_err(|error| format!("{form} ({error})"))?;
    let sets = match parsed {
        Value::Array(items) if items.iter().any(|item| item.is_array() || item.is_object()) => {
            items
        }
        one => vec![one],
    };
    sets.iter().map(|set| parameter_set(set).ok_or_else(|| form.to_owned())).collect()
}

fn parameter_set(set: &Value) -> Option<ParameterSet> {
    match set {
        Value::Array(values) => {
            values.iter().map(parameter).collect::<Option<_>>().map(ParameterSet::InOrder)
        }
        Value::Object(values) => {
            let named = values.iter().map(|(name, value)| Some((name.clone(), parameter(value)?)));
            named.collect::<Option<_>>().map(ParameterSet::ByName)
        }
        _ => None,
    }
}

fn parameter(value: &Value) -> Option<Option<String>> {
    match value {
        Value::Null => Some(None),
        Value::String(text) => Some(Some(text.clone())),
        Value::Number(number) => Some(Some(number.to_string())),
        Value::Bool(truth) => Some(Some(truth.to_string())),
        Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Result<Annotations, Complaint> {
        let comments: Vec<Comment> = lines
            .iter()
            .enumerate()
            .map(|(n, text)| Comment { text: (*text).to_owned(), line: n + 1 })
            .collect();
        Annotations::read(&comments)
    }

    fn texts(values: &[&str]) -> ParameterSet {
        ParameterSet::InOrder(values.iter().map(|v| Some((*v).to_owned())).collect())
    }

    #[test]
    fn names_are_read_from_other_tools() {
        for (comment, expected) in [
            ("-- name: get_user^", "get_user"),
            ("-- name: insert-user<! :one", "insert-user"),
            ("-- name: find_all(status, since)$", "find_all"),
            ("-- :name all-users :? :*", "all-users"),
            ("/* @name FindUser */", "FindUser"),
            ("--name: GetAuthor :many", "GetAuthor"),
        ] {
            assert_eq!(read(&[comment]).unwrap().name.as_deref(), Some(expected), "{comment}");
        }
    }

    #[test]
    fn values_may_be_given_by_name() {
        let annotations = read(&["-- params: [{\"id\": 7, \"state\": null}]"]).unwrap();
        let named = [("id".to_owned(), Some("7".to_owned())), ("state".to_owned(), None)];
        assert_eq!(annotations.params, [ParameterSet::ByName(named.into())]);
    }

    #[test]
    fn all_three_are_read_and_sets_add_up() {
        let annotations = read(&[
            "-- name: hot-customer :many",
            "--weight:2.5",
            "-- params: [[\"42\",\"open\"],[7,null]]",
            "-- params: [true, 1.5]",
            "/* name: not here */",
            "-- Note: a remark",
            "-- films of a category: newest first",
        ])
        .unwrap();
        assert_eq!(annotations.name.as_deref(), Some("hot-customer"));
        assert_eq!(annotations.weight, Some(2.5));
        let second = ParameterSet::InOrder(vec![Some("7".to_owned()), None]);
        assert_eq!(annotations.params, [texts(&["42", "open"]), second, texts(&["true", "1.5"])]);
    }

    #[test]
    fn a_rule_is_ignored_for_a_reason() {
        let read =
            read(&["-- name: night", "-- planwise: ignore sort-spill because it runs at night"]);
        let ignores = read.unwrap().ignores;
        assert_eq!(ignores.len(), 1);
        assert_eq!((ignores[0].rule.as_str(), ignores[0].line), ("sort-spill", 2));
        assert_eq!(ignores[0].reason, "it runs at night");
    }

    #[test]
    fn slips_are_named_with_their_line() {
        for (comment, part) in [
            ("-- wieght: 2", "did you mean `weight`"),
            ("-- param: [1]", "did you mean `params`"),
            ("-- params-sql: SELECT 1", "unknown annotation `params-sql`"),
            ("-- Name: x", "did you mean `name`"),
            ("-- name: ../x", "cannot be a name"),
            ("-- name:", "cannot be a name"),
            ("-- weight: -1", "above 0"),
            ("-- weight: NaN", "above 0"),
            ("-- params: 42", "params are JSON"),
            ("-- params: [[1], 2]", "params are JSON"),
            ("-- params: [{\"a\": [1]}]", "params are JSON"),
            ("-- params: [1", "params are JSON"),
            ("-- planwise: ignore sort-spill", "and why"),
            ("-- planwise: ignore because it may", "and why"),
            ("-- planwise: skip sort-spill because it may", "and why"),
        ] {
            let (line, message) = read(&["-- first", comment]).unwrap_err();
            assert_eq!(line, 2);
            assert!(message.contains(part), "{comment}: {message}");
        }
    }
}
