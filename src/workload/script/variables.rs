//! Variables of the shell: `\set name value`, and `:name`, `:'name'`, `:"name"` in statements.

use std::collections::HashMap;

use super::draw::{drawn, number, spread};
use crate::sql::{Dialect, Lexeme, LexemeKind, Scanner};

#[derive(Debug, Clone, PartialEq)]
enum Variable {
    /// Put into the text as it is.
    Text(String),
    /// Another value for each execution: a parameter with some of them.
    Drawn(Vec<String>),
}

#[derive(Debug, Default)]
pub struct Variables(HashMap<String, Variable>);

impl Variables {
    /// What follows `\set`: a name, and words that are joined without blanks between them.
    pub fn set(&mut self, arguments: &str) {
        let (name, value) = arguments.split_once(char::is_whitespace).unwrap_or((arguments, ""));
        let variable = match drawn(value, self) {
            Some(values) => Variable::Drawn(values),
            None => Variable::Text(self.words(value).concat()),
        };
        self.0.insert(name.to_owned(), variable);
    }

    /// What follows `\setrandom`: a name and two bounds.
    pub fn set_random(&mut self, arguments: &str) {
        let words: Vec<&str> = arguments.split_whitespace().collect();
        let [name, low, high] = words.as_slice() else { return };
        let bounds = number(low, self).zip(number(high, self));
        let values = bounds.map(|(low, high)| spread(low, high)).unwrap_or_default();
        self.0.insert((*name).to_owned(), Variable::Drawn(values));
    }

    pub fn unset(&mut self, name: &str) {
        self.0.remove(name.trim());
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        match self.0.get(name)? {
            Variable::Text(text) => Some(text),
            Variable::Drawn(_) => None,
        }
    }

    pub fn drawn(&self, name: &str) -> Option<&[String]> {
        match self.0.get(name)? {
            Variable::Drawn(values) => Some(values),
            Variable::Text(_) => None,
        }
    }

    /// Words as the shell takes them: quoted ones without their quotes, variables replaced.
    pub fn words(&self, text: &str) -> Vec<String> {
        let mut words = Vec::new();
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let (word, length) = match first {
                '\'' => quoted(rest),
                _ => {
                    let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
                    (self.bare(rest.get(..length).unwrap_or_default()), length)
                }
            };
            words.push(word);
            // A quoted word ends at its quote, whatever follows.
            rest = rest.get(length..).unwrap_or_default().trim_start();
        }
        words
    }

    /// A word without quotes at its beginning: a variable, or itself.
    fn bare(&self, word: &str) -> String {
        let name = word.strip_prefix(':').map(|name| name.trim_matches(['\'', '"']));
        match name.and_then(|name| self.text(name)) {
            Some(value) => value.to_owned(),
            None => word.to_owned(),
        }
    }

    /// `sql` with the values of those variables that have one text. Nothing inside quotes is replaced.
    pub fn replaced(&self, sql: &str, dialect: &dyn Dialect) -> String {
        if self.0.is_empty() || !sql.contains(':') {
            return sql.to_owned();
        }
        let lexemes: Vec<Lexeme> =
            Scanner::new(sql, dialect.lexis()).map_while(Result::ok).collect();
        let mut text = String::with_capacity(sql.len());
        let mut at = 0;
        while let Some(lexeme) = lexemes.get(at) {
            let before = at.checked_sub(1).map_or("", |before| lexemes[before].text(sql));
            let value = match (lexeme.text(sql), before) {
                (":", ":") => None,
                (":", _) => lexemes.get(at + 1).and_then(|name| self.value(*name, sql, dialect)),
                _ => None,
            };
            match value {
                Some(value) => {
                    text.push_str(&value);
                    at += 2;
                }
                None => {
                    text.push_str(lexeme.text(sql));
                    at += 1;
                }
            }
        }
        text
    }

    fn value(&self, name: Lexeme, sql: &str, dialect: &dyn Dialect) -> Option<String> {
        let spelt = name.text(sql);
        match name.kind {
            LexemeKind::Word => self.text(spelt).map(str::to_owned),
            LexemeKind::Text => {
                self.text(spelt.trim_matches('\'')).map(|value| dialect.quote_literal(value))
            }
            LexemeKind::QuotedIdentifier => {
                self.text(spelt.trim_matches('"')).map(|value| dialect.quote_identifier(value))
            }
            _ => None,
        }
    }
}

/// The inside of the quoted word that `text` begins with, and its length with the quotes.
fn quoted(text: &str) -> (String, usize) {
    let mut inner = String::new();
    let mut letters = text.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\'' if letters.peek().is_some_and(|(_, next)| *next == '\'') => {
                letters.next();
                inner.push('\'');
            }
            '\'' => return (inner, at + 1),
            '\\' => inner.extend(letters.next().map(|(_, escaped)| match escaped {
                'n' => '\n',
                't' => '\t',
                other => other,
            })),
            other => inner.push(other),
        }
    }
    (inner, text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(sets: &[&str], sql: &str) -> String {
        let mut variables = Variables::default();
        sets.iter().for_each(|arguments| variables.set(arguments));
        variables.replaced(sql, crate::engine::all()[0].dialect())
    }

    #[test]
    fn values_are_put_in_as_text_literal_or_name() {
        let sets = ["id 42", "state '''open'''", "name 'it''s'", "both :id ', ' 7", "t \"Odd\""];
        for (sql, expected) in [
            ("SELECT :id, :id::int", "SELECT 42, 42::int"),
            ("SELECT :state", "SELECT 'open'"),
            ("SELECT :'name' FROM :\"id\"", "SELECT 'it''s' FROM \"42\""),
            ("SELECT 1 WHERE a IN (:both)", "SELECT 1 WHERE a IN (42, 7)"),
            ("SELECT ':id', a::id, f(id := 1), :other", "SELECT ':id', a::id, f(id := 1), :other"),
            ("SELECT 1 FROM :t", "SELECT 1 FROM \"Odd\""),
        ] {
            assert_eq!(replaced(&sets, sql), expected);
        }
    }
}
