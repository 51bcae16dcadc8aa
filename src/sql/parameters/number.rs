//! From whatever spelling to the server's own, with the order of the values.

use std::collections::HashMap;

use super::find::{Found, Name, Places, What, places};
use crate::sql::{LexemeKind, Lexis, Scanner};

/// One value that a statement asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slot {
    Named(String),
    /// Known by its position alone.
    Nth,
}

/// A statement with the server's own parameters in place of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbered {
    pub sql: String,
    pub slots: Vec<Slot>,
    /// For each parameter of the server, in its order, the slot whose value it takes.
    pub order: Vec<usize>,
}

/// `None` for a statement that has no parameters but in the server's own spelling, or none at all. An error names what
/// stands for something else than a value.
pub fn numbered(sql: &str, lexis: Lexis) -> Result<Option<Numbered>, String> {
    let Some(places) = places(sql, lexis) else { return Ok(None) };
    if let Some(spelt) = places.found.iter().find_map(no_value) {
        return Err(format!(
            "{spelt} stands for a name or a piece of the statement, not for a value: write out what it stands for"
        ));
    }
    let foreign = |found: &&Found| match found.what {
        What::Parameter(_) => true,
        What::Text(ref text) => text != "%",
        _ => false,
    };
    if !places.found.iter().any(|found| foreign(&found)) {
        return Ok(None);
    }
    Ok(Some(rewrite(sql, lexis, &places)))
}

fn no_value(found: &Found) -> Option<&str> {
    match &found.what {
        What::NoValue(spelt) => Some(spelt),
        _ => None,
    }
}

fn rewrite(sql: &str, lexis: Lexis, places: &Places) -> Numbered {
    let mut slots = Slots::of(places);
    let mut text = String::with_capacity(sql.len());
    let (mut copied, mut order) = (0, Vec::new());
    for found in &places.found {
        let between = sql.get(copied..found.start).unwrap_or_default();
        text.push_str(&plain(between, lexis, places.percent));
        match &found.what {
            What::Native(name) | What::Parameter(name) => {
                let slot = slots.slot(name);
                // A list as one value, as drivers of some languages take it: `IN %s`.
                let alone = ends_with_in(&text);
                if alone {
                    text.push('(');
                }
                // A number must not grow together with a word before it.
                if text.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
                    text.push(' ');
                }
                match lexis.numbered_parameters {
                    true => text.push_str(&format!("${}", slot + 1)),
                    false => {
                        text.push('?');
                        order.push(slot);
                    }
                }
                if alone {
                    text.push(')');
                }
            }
            What::Text(replacement) if replacement != "%" || places.percent => {
                text.push_str(replacement);
            }
            What::Text(_) | What::NoValue(_) => {
                text.push_str(sql.get(found.start..found.end).unwrap_or_default());
            }
        }
        copied = found.end;
    }
    text.push_str(&plain(sql.get(copied..).unwrap_or_default(), lexis, places.percent));
    if lexis.numbered_parameters {
        order = (0..slots.all.len()).collect();
    }
    Numbered { sql: text, slots: slots.all, order }
}

fn ends_with_in(text: &str) -> bool {
    let before = text.trim_end();
    let start = before.rfind(|c: char| !c.is_alphanumeric() && c != '_').map_or(0, |at| at + 1);
    before.get(start..).is_some_and(|word| word.eq_ignore_ascii_case("in"))
        && before.len() < text.len()
}

/// With the percent signs that were doubled for the driver, where `percent`.
fn plain(text: &str, lexis: Lexis, percent: bool) -> String {
    if !percent || !text.contains("%%") {
        return text.to_owned();
    }
    let lexemes = Scanner::new(text, lexis).map_while(Result::ok);
    let pieces = lexemes.map(|lexeme| match lexeme.kind {
        LexemeKind::Text => lexeme.text(text).replace("%%", "%"),
        _ => lexeme.text(text).to_owned(),
    });
    pieces.collect()
}

/// Numbers that are written keep their place; what has a name or neither comes after them.
struct Slots {
    all: Vec<Slot>,
    named: HashMap<String, usize>,
}

/// As many values as the protocol takes.
const MOST: usize = 65_535;

impl Slots {
    fn of(places: &Places) -> Slots {
        let numbers = places.found.iter().filter_map(|found| match &found.what {
            What::Native(Name::Nth(number)) | What::Parameter(Name::Nth(number)) => Some(*number),
            _ => None,
        });
        let highest = numbers.filter(|number| *number <= MOST).max().unwrap_or(0);
        Slots { all: vec![Slot::Nth; highest], named: HashMap::new() }
    }

    fn slot(&mut self, name: &Name) -> usize {
        match name {
            Name::Nth(number) => (number - 1).min(MOST),
            Name::Next => self.push(Slot::Nth),
            Name::Named(name) => match self.named.get(name) {
                Some(slot) => *slot,
                None => {
                    let slot = self.push(Slot::Named(name.clone()));
                    self.named.insert(name.clone(), slot);
                    slot
                }
            },
        }
    }

    fn push(&mut self, slot: Slot) -> usize {
        self.all.push(slot);
        self.all.len() - 1
    }
}

#[cfg(test)]
#[path = "number_tests.rs"]
mod tests;
