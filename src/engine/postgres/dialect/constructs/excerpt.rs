//! The text of a part of a statement, taken from where the parser says that it stands.

use serde_json::Value;

use crate::sql::{Dialect, LexemeKind, Scanner};

/// From the first to the last place in `part`, brackets closed; empty where the tree says nothing of places.
pub fn excerpt(sql: &str, part: &Value) -> (usize, String) {
    let mut places = Vec::new();
    collect(part, &mut places);
    let (Some(first), Some(last)) = (places.iter().min(), places.iter().max()) else {
        return (0, String::new());
    };
    let end = end_of_lexeme(sql, *last);
    let text = sql.get(*first..end).unwrap_or_default();
    let open = text.matches('(').count().saturating_sub(text.matches(')').count());
    let closing = sql.get(end..).unwrap_or_default().chars().scan(0, |closed, c| {
        *closed += usize::from(c == ')');
        (*closed <= open && (c == ')' || c.is_whitespace())).then_some(c)
    });
    let closing: String = closing.collect();
    (*first, format!("{text}{}", closing.trim_end()))
}

fn collect(value: &Value, places: &mut Vec<usize>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, places)),
        Value::Object(object) => {
            for (key, child) in object {
                match child.as_i64().filter(|_| key == "location") {
                    Some(place) => places.extend(usize::try_from(place)),
                    None => collect(child, places),
                }
            }
        }
        _ => {}
    }
}

/// Of `NULL` or `NOT NULL` after IS.
fn length_of_test(rest: &str) -> usize {
    let lower = rest.to_ascii_lowercase();
    let spaces = |text: &str| text.len() - text.trim_start().len();
    let word = |from: usize, word: &str| {
        let text = lower.get(from..).unwrap_or_default();
        let at = spaces(text);
        text[at..].starts_with(word).then_some(from + at + word.len())
    };
    let not = word(0, "not").unwrap_or(0);
    word(not, "null").unwrap_or(0)
}

/// A place is that of a word, a value or an operator: names go on after their dots.
fn end_of_lexeme(sql: &str, start: usize) -> usize {
    let Some(rest) = sql.get(start..) else { return start };
    let lexemes = Scanner::new(rest, super::super::PostgresDialect.lexis());
    let mut end = 0;
    let mut dotted = true;
    for lexeme in lexemes.map_while(Result::ok) {
        let text = lexeme.text(rest);
        let joins = end == 0 || dotted || text == "." || (text == ":" && end > 0);
        if !joins || lexeme.kind == LexemeKind::Space {
            break;
        }
        dotted = text == "." || text == ":";
        end = lexeme.end;
        let empty = rest.get(end..).unwrap_or_default();
        if lexeme.kind == LexemeKind::Word && empty.starts_with("()") {
            end += 2;
            break;
        }
        if text.eq_ignore_ascii_case("is") {
            end += length_of_test(empty);
            break;
        }
    }
    start + end
}
