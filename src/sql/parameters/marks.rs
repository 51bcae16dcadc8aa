//! The marks that are operators elsewhere: `:`, `%`, `@`, `{`, `$`.

use super::braces::braces;
use super::find::{Due, Finder, Name, What};
use crate::sql::LexemeKind;

impl Finder<'_> {
    pub fn colon(&mut self) {
        match self.glued(1) {
            ":" => return self.pass(1, Due::Name),
            "=" => return self.pass(1, Due::Value),
            _ => {}
        }
        let bound = self.subscripts.last() == Some(&true)
            && (self.due == Due::Operator || self.text(self.at.wrapping_sub(1)) == "[");
        if bound || self.due == Due::Operator || self.due == Due::Name {
            return self.pass(0, Due::Value);
        }
        match self.glued_kind(1) {
            Some(LexemeKind::Word) => self.named(),
            Some(LexemeKind::Number) => match self.glued(1).parse() {
                Ok(number) if number > 0 => self.parameter(Name::Nth(number), 1),
                _ => self.pass(0, Due::Value),
            },
            Some(LexemeKind::Text) => {
                let name = self.glued(1).trim_matches('\'').to_owned();
                self.parameter(Name::Named(name), 1);
            }
            Some(LexemeKind::QuotedIdentifier) => self.no_value(2),
            _ => self.pass(0, Due::Value),
        }
    }

    fn no_value(&mut self, lexemes: usize) {
        let last = self.lexemes.get(self.at + lexemes - 1).map_or(self.sql.len(), |l| l.end);
        let spelt = self.sql.get(self.lexemes[self.at].start..last).unwrap_or_default().to_owned();
        self.note(What::NoValue(spelt), lexemes - 1, Due::Operator);
    }

    /// `:name`, `:user.id`, `:user-id`, `:name!`, and with a kind before the name `:v:name`, `:v*:names`.
    fn named(&mut self) {
        let kind = self.glued(1);
        let starred = usize::from(self.glued(2) == "*");
        let second = self.glued(2 + starred) == ":"
            && self.glued_kind(3 + starred) == Some(LexemeKind::Word);
        if second {
            match kind {
                "v" | "value" | "tuple" | "t" => return self.name_from(3 + starred),
                "i" | "identifier" | "sql" | "snip" | "snippet" => {
                    return self.no_value(4 + starred);
                }
                _ => {}
            }
        }
        self.name_from(1);
    }

    /// A name whose first part is `ahead` of here.
    fn name_from(&mut self, ahead: usize) {
        let mut name = self.glued(ahead).to_owned();
        let mut last = ahead;
        while matches!(self.glued(last + 1), "." | "-")
            && self.glued_kind(last + 2) == Some(LexemeKind::Word)
        {
            name.push_str(self.glued(last + 1));
            name.push_str(self.glued(last + 2));
            last += 2;
        }
        // "Never null", as one generator has it.
        if self.glued(last + 1) == "!" && self.glued(last + 2) != "=" {
            last += 1;
        }
        self.parameter(Name::Named(name), last);
    }

    pub fn percent(&mut self) {
        let is_mark = |word: &str| matches!(word, "s" | "b" | "t");
        if self.due == Due::Operator {
            return match self.glued(1) == "%" {
                true => self.note(What::Text("%".to_owned()), 1, Due::Value),
                false => self.pass(0, Due::Value),
            };
        }
        if is_mark(self.glued(1)) {
            self.places.percent = true;
            return self.parameter(Name::Next, 1);
        }
        let named = self.glued(1) == "("
            && self.text(self.at + 3) == ")"
            && self.is_glued(self.at + 4)
            && is_mark(self.text(self.at + 4));
        match named {
            true => {
                self.places.percent = true;
                let name = self.text(self.at + 2).to_owned();
                self.parameter(Name::Named(name), 4);
            }
            false => self.pass(0, Due::Value),
        }
    }

    pub fn at_sign(&mut self) {
        if self.glued(1) == "@" {
            let due = if self.lexis.numbered_parameters { Due::Value } else { Due::Name };
            return self.pass(1, due);
        }
        if !self.lexis.numbered_parameters {
            // A variable of the session, which is a value itself.
            return self.pass(0, Due::Name);
        }
        // `a <@b`, `a @>b` and `@ b` are operators; `abs` is also written `@-5`.
        let operator = matches!(self.glued_before(), "<" | "@" | "~" | "!" | "?" | "^" | "#" | "&");
        let behind = self.glued(2);
        let is_name =
            self.glued_kind(1) == Some(LexemeKind::Word) && behind != "(" && behind != ".";
        match is_name && !operator && matches!(self.due, Due::Value | Due::Either) {
            true => {
                let name = self.glued(1).to_owned();
                self.parameter(Name::Named(name), 1);
            }
            false => self.pass(0, Due::Value),
        }
    }

    /// Braces, behind `before` lexemes that belong to them.
    pub fn brace(&mut self, before: usize) {
        let start = self.lexemes[self.at + before].start;
        let found = self.sql.get(start..).and_then(braces);
        let Some((name, length)) = found.filter(|_| self.due != Due::Operator) else {
            return self.pass(0, Due::Value);
        };
        let more = self.lexemes[self.at..].iter().take_while(|lexeme| lexeme.end <= start + length);
        let more = more.count().saturating_sub(1);
        self.parameter(name, more);
    }

    pub fn dollar(&mut self) {
        match self.glued_kind(1) {
            Some(LexemeKind::Word) if self.due != Due::Operator => {
                let name = self.glued(1).to_owned();
                self.parameter(Name::Named(name), 1);
            }
            Some(LexemeKind::Number) if self.due != Due::Operator => match self.glued(1).parse() {
                Ok(number) if number > 0 => self.parameter(Name::Nth(number), 1),
                _ => self.pass(0, Due::Value),
            },
            _ => self.pass(0, Due::Value),
        }
    }
}
