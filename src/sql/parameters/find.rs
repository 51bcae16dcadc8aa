//! Where parameters stand in a statement, whatever they are called.
//!
//! Most of their marks are operators elsewhere (`?`, `%`, `@`, `:`). What decides is the place: a parameter stands where
//! a value is due, an operator between two of them.

use super::words::{expects_operand, is_type};
use crate::sql::{Lexeme, LexemeKind, Lexis, Scanner};

/// How a parameter is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// Counted from 1.
    Nth(usize),
    Named(String),
    /// The next one: each mark is a parameter of its own.
    Next,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The server's own spelling.
    Native(Name),
    Parameter(Name),
    /// An escape, or a macro: to be replaced by this text.
    Text(String),
    /// It stands for a name or a piece of the statement, as what the string says.
    NoValue(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub start: usize,
    pub end: usize,
    pub what: What,
}

#[derive(Debug, Default)]
pub struct Places {
    pub found: Vec<Found>,
    /// `%s` or `%(name)s` is among them: then `%%` is a percent sign, in strings too.
    pub percent: bool,
}

/// What is due at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    Value,
    Operator,
    /// After `date`: a literal, or an operator if that is a column.
    Either,
    /// After a dot or a cast: a name, which no word changes.
    Name,
}

/// `None` for text that is never closed.
pub fn places(sql: &str, lexis: Lexis) -> Option<Places> {
    let mut lexemes = Vec::new();
    for lexeme in Scanner::new(sql, lexis) {
        let lexeme = lexeme.ok()?;
        if !matches!(lexeme.kind, LexemeKind::Space | LexemeKind::Comment) {
            lexemes.push(lexeme);
        }
    }
    let mut finder = Finder {
        sql,
        lexis,
        lexemes,
        at: 0,
        due: Due::Value,
        subscripts: Vec::new(),
        places: Places::default(),
    };
    while finder.at < finder.lexemes.len() {
        finder.step();
    }
    Some(finder.places)
}

pub struct Finder<'a> {
    pub sql: &'a str,
    pub lexis: Lexis,
    pub lexemes: Vec<Lexeme>,
    pub at: usize,
    pub due: Due,
    /// Of each open bracket: it takes a part of an array, so that a colon in it divides bounds.
    pub subscripts: Vec<bool>,
    pub places: Places,
}

impl<'a> Finder<'a> {
    pub fn text(&self, at: usize) -> &'a str {
        self.lexemes.get(at).map_or("", |lexeme| lexeme.text(self.sql))
    }

    fn kind(&self, at: usize) -> Option<LexemeKind> {
        self.lexemes.get(at).map(|lexeme| lexeme.kind)
    }

    /// Nothing stands between the lexeme at `at` and the one before it.
    pub fn is_glued(&self, at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|before| self.lexemes.get(before));
        match (before, self.lexemes.get(at)) {
            (Some(before), Some(lexeme)) => before.end == lexeme.start,
            _ => false,
        }
    }

    /// The text of the lexeme `ahead` of this one, if everything up to it is glued together.
    pub fn glued(&self, ahead: usize) -> &'a str {
        let all = (1..=ahead).all(|step| self.is_glued(self.at + step));
        if all { self.text(self.at + ahead) } else { "" }
    }

    pub fn glued_kind(&self, ahead: usize) -> Option<LexemeKind> {
        if self.glued(ahead).is_empty() { None } else { self.kind(self.at + ahead) }
    }

    pub fn glued_before(&self) -> &'a str {
        match self.is_glued(self.at) {
            true => self.text(self.at - 1),
            false => "",
        }
    }

    /// Notes `what` for the lexeme here and `more` after it, and goes on behind them.
    pub fn note(&mut self, what: What, more: usize, due: Due) {
        let start = self.lexemes[self.at].start;
        let last = (self.at + more).min(self.lexemes.len() - 1);
        let end = self.lexemes[last].end;
        self.places.found.push(Found { start, end, what });
        self.pass(more, due);
    }

    pub fn parameter(&mut self, name: Name, more: usize) {
        self.note(What::Parameter(name), more, Due::Operator);
    }

    /// Goes on behind the lexeme here and `more` after it.
    pub fn pass(&mut self, more: usize, due: Due) {
        self.at += more + 1;
        self.due = due;
    }

    fn step(&mut self) {
        match self.lexemes[self.at].kind {
            LexemeKind::Word => self.word(),
            LexemeKind::Placeholder => self.placeholder(),
            LexemeKind::Symbol => self.symbol(),
            _ => self.pass(0, Due::Operator),
        }
    }

    fn word(&mut self) {
        let word = self.text(self.at);
        if word.eq_ignore_ascii_case("sqlc") && self.macro_call() {
            return;
        }
        let due = match self.due {
            Due::Name => Due::Operator,
            _ if expects_operand(word) => Due::Value,
            _ if is_type(word) => Due::Either,
            _ => Due::Operator,
        };
        self.pass(0, due);
    }

    /// `sqlc.arg(name)`, `sqlc.narg('name')`, `sqlc.slice('names')`, `sqlc.embed(table)`.
    fn macro_call(&mut self) -> bool {
        let (dot, open, close) =
            (self.text(self.at + 1), self.text(self.at + 3), self.text(self.at + 5));
        if (dot, open, close) != (".", "(", ")") {
            return false;
        }
        let name = self.text(self.at + 4).trim_matches(['\'', '"']).to_owned();
        match self.text(self.at + 2).to_ascii_lowercase().as_str() {
            "arg" | "narg" | "slice" => self.parameter(Name::Named(name), 5),
            "embed" => {
                let columns = format!("{}.*", self.text(self.at + 4));
                self.note(What::Text(columns), 5, Due::Operator);
            }
            _ => return false,
        }
        true
    }

    fn placeholder(&mut self) {
        let text = self.text(self.at);
        if let Some(number) = text.strip_prefix('$').and_then(|digits| digits.parse().ok()) {
            return self.note(What::Native(Name::Nth(number)), 0, Due::Operator);
        }
        let number = match self.glued_kind(1) {
            Some(LexemeKind::Number) => self.glued(1).parse::<usize>().ok().filter(|n| *n > 0),
            _ => None,
        };
        if !self.lexis.numbered_parameters {
            return match number {
                Some(number) => self.parameter(Name::Nth(number), 1),
                None => self.note(What::Native(Name::Next), 0, Due::Operator),
            };
        }
        if self.is_operator() {
            // `??` is how a driver is told that no parameter is meant.
            return match self.glued(1) == "?" {
                true => self.note(What::Text("?".to_owned()), 1, Due::Value),
                false => self.pass(0, Due::Value),
            };
        }
        match number {
            Some(number) => self.parameter(Name::Nth(number), 1),
            None => self.parameter(Name::Next, 0),
        }
    }

    /// The `?` here is (part of) an operator: `a ? 'k'`, `a ?| b`, `a @? '$.k'`, `?| segment`.
    fn is_operator(&self) -> bool {
        let prefix = self.glued(1) == "|" && self.glued(2) != "|";
        match self.due {
            Due::Operator | Due::Name => true,
            Due::Either => self.begins_value(self.at + 1),
            Due::Value => prefix || self.glued_before() == "@",
        }
    }

    fn begins_value(&self, at: usize) -> bool {
        use LexemeKind::{Number, Placeholder, QuotedIdentifier, Text, Word};
        match self.kind(at) {
            Some(Text | Number | QuotedIdentifier | Placeholder) => true,
            Some(Word) => {
                let word = self.text(at);
                !expects_operand(word)
                    && !["AS", "ASC", "DESC", "END", "GROUP", "ORDER"]
                        .iter()
                        .any(|known| known.eq_ignore_ascii_case(word))
            }
            _ => matches!(self.text(at), "|" | "&" | "(" | "?"),
        }
    }

    fn symbol(&mut self) {
        match self.text(self.at) {
            ":" => self.colon(),
            "%" => self.percent(),
            "@" => self.at_sign(),
            "{" => self.brace(0),
            "#" | "$" if self.glued(1) == "{" => self.brace(1),
            "$" => self.dollar(),
            "[" => {
                self.subscripts.push(self.due == Due::Operator);
                self.pass(0, Due::Value);
            }
            "]" => {
                self.subscripts.pop();
                self.pass(0, Due::Operator);
            }
            ")" | "}" => self.pass(0, Due::Operator),
            "." => self.pass(0, Due::Name),
            // `SELECT *` and `count(*)`, or a product.
            "*" if self.due == Due::Value => self.pass(0, Due::Operator),
            _ => self.pass(0, Due::Value),
        }
    }
}
