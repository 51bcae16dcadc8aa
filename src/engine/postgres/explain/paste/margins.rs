//! What stands before and behind every line of a plan alike: marks of mail and comments, numbers of
//! lines, the time and host that a log collector adds, borders, quotes, the statement of an export.
//!
//! Nothing of it is known by name. What all lines share in form, numbers counting as equal, cannot be
//! the plan's own: its root begins with a letter and everything below it with blanks.

use super::row::{Row, mentions_figures};
use crate::engine::postgres::explain::text::begins_label;

/// Behind a line: quotes, borders and what closes a statement or a list.
const CLOSING: [char; 10] = ['"', '\'', '|', '│', '║', '+', ',', ';', ')', ']'];
/// What may begin such an end: a bracket alone may be the plan's own.
const CLOSING_FIRST: [char; 7] = ['"', '\'', '|', '│', '║', '+', ';'];

/// Takes both margins off. Lines outside the plan keep what is not the same margin.
pub fn without_margins(rows: Vec<Row<'_>>) -> Vec<Row<'_>> {
    let Some(region) = region(&rows) else { return rows };
    let mut front = shared_front(&region);
    front.truncate(before_plan(&region, &front));
    let quote = front.last().and_then(Token::quote);
    let back = shared_back(&region, quote);
    if front.is_empty() && back.is_empty() {
        return rows;
    }
    let doubled = quote.filter(|quote| back.starts_with(*quote));
    rows.iter().map(|row| row.with(stripped(&row.text, &front, &back, doubled))).collect()
}

/// From the first to the last line that is surely the plan's; fewer than two tell nothing.
fn region<'r, 'a>(rows: &'r [Row<'a>]) -> Option<Vec<&'r Row<'a>>> {
    let first = rows.iter().position(|row| is_plans(&row.text))?;
    let last = rows.iter().rposition(|row| is_plans(&row.text))?;
    let region: Vec<&Row<'a>> =
        rows.get(first..=last)?.iter().filter(|row| !row.is_blank()).collect();
    (region.len() > 1).then_some(region)
}

fn is_plans(line: &str) -> bool {
    const NODE_TYPE: [&str; 3] = ["Node Type\": ", "Node Type: ", "<Node-Type>"];
    const BELOW: [&str; 4] =
        ["Planning Time: ", "Execution Time: ", "Total runtime: ", "Planning time: "];
    mentions_figures(line)
        || BELOW.iter().any(|key| line.contains(key))
        || NODE_TYPE.iter().any(|key| line.contains(key))
}

/// A number of any length, with the blanks that align it, or one character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Number,
    Sign(char),
}

impl Token {
    fn quote(&self) -> Option<char> {
        match self {
            Token::Sign(sign @ ('"' | '\'')) => Some(*sign),
            _ => None,
        }
    }

    fn is_blank(&self) -> bool {
        matches!(self, Token::Sign(' ' | '\t'))
    }
}

/// Far longer than any margin.
const LONGEST: usize = 400;

fn tokens(line: &str) -> impl Iterator<Item = Token> + '_ {
    walked(line).take(LONGEST).map(|(token, _)| token)
}

/// Each token with the byte it ends before.
fn walked(line: &str) -> impl Iterator<Item = (Token, usize)> + '_ {
    let mut position = 0;
    std::iter::from_fn(move || {
        let rest = line.get(position..)?;
        let first = rest.chars().next()?;
        let number = rest.trim_start_matches(if position == 0 { ' ' } else { '\0' });
        let digits = number.len() - number.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let token = if digits > 0 {
            position += rest.len() - number.len() + digits;
            Token::Number
        } else {
            position += first.len_utf8();
            Token::Sign(first)
        };
        Some((token, position))
    })
}

/// Blanks at its end are left to the plan, save one: indentation is counted from the root anyway.
fn shared_front(region: &[&Row]) -> Vec<Token> {
    let mut lines = region.iter().map(|row| tokens(&row.text));
    let mut shared: Vec<Token> = lines.next().into_iter().flatten().collect();
    for line in lines {
        let same = shared.iter().zip(line).take_while(|(a, b)| **a == *b).count();
        shared.truncate(same);
    }
    while shared.last().is_some_and(Token::is_blank) {
        shared.pop();
    }
    shared
}

/// How much of the front stands before an arrow or a node's name, of which plans can share a part.
fn before_plan(region: &[&Row], front: &[Token]) -> usize {
    let Some(first) = region.first().map(|row| &*row.text) else { return 0 };
    let begins = |rest: &str| rest.starts_with("->") || begins_label(rest);
    let starts = std::iter::once(0).chain(walked(first).map(|(_, end)| end)).take(front.len());
    let mut starts = starts.enumerate();
    let found = starts.find(|(_, start)| first.get(*start..).is_some_and(begins));
    found.map_or(front.len(), |(tokens, _)| tokens)
}

fn shared_back(region: &[&Row], quote: Option<char>) -> String {
    let closing = |row: &&Row| -> Vec<char> {
        row.text.trim_end().chars().rev().take_while(|c| CLOSING.contains(c)).collect()
    };
    let Some(mut shared) = region.first().map(closing) else { return String::new() };
    for row in region.iter().skip(1) {
        let other = closing(row);
        let same = shared.iter().zip(&other).take_while(|(a, b)| a == b).count();
        shared.truncate(same);
    }
    let back: String = shared.into_iter().rev().collect();
    let start = match quote {
        Some(quote) => back.find(quote),
        None => back.find(CLOSING_FIRST),
    };
    start.and_then(|start| back.get(start..)).unwrap_or_default().to_owned()
}

fn stripped(line: &str, front: &[Token], back: &str, doubled: Option<char>) -> String {
    let line = without_front(line, front).unwrap_or(line);
    let line = without_back(line, back);
    match doubled {
        Some(quote) => line
            .replace(&format!("{quote}{quote}"), &quote.to_string())
            .replace(&format!("\\{quote}"), &quote.to_string()),
        None => line.to_owned(),
    }
}

fn without_front<'a>(line: &'a str, front: &[Token]) -> Option<&'a str> {
    let mut end = 0;
    let mut tokens = walked(line);
    for wanted in front {
        let (token, behind) = tokens.next()?;
        if token != *wanted {
            return None;
        }
        end = behind;
    }
    line.get(end..)
}

/// The last line of a list lacks its comma, a last statement its semicolon.
fn without_back<'a>(line: &'a str, back: &str) -> &'a str {
    if back.is_empty() {
        return line;
    }
    let trimmed = line.trim_end();
    let ends = back.char_indices().map(|(position, _)| &back[..back.len() - position]);
    ends.filter(|end| !end.is_empty())
        .find_map(|end| trimmed.strip_suffix(end))
        .map_or(line, str::trim_end)
}

#[cfg(test)]
mod tests {
    use super::super::row::{joined, rows};
    use super::*;

    const PLAN: &str = "Limit  (cost=1.00..2.00 rows=1 width=4)\n  Output: a\n  ->  Sort  (cost=1.00..2.00 rows=1 width=4)\n        Sort Key: \"A\"\n        ->  Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n              Filter: (b = 'x'::text)";

    fn framed(each: impl Fn(usize, &str) -> String) -> String {
        PLAN.lines().enumerate().map(|(position, line)| each(position + 1, line) + "\n").collect()
    }

    #[test]
    fn every_margin_comes_off() {
        for (name, text) in [
            ("mail", framed(|_, line| format!("> {line}"))),
            ("mail twice", framed(|_, line| format!(">> {line}"))),
            ("comment", framed(|_, line| format!("-- {line}"))),
            ("numbers", framed(|n, line| format!("{:>3} {line}", n + 7))),
            ("numbers with a colon", framed(|n, line| format!("{n}: {line}"))),
            ("collector", framed(|n, line| format!("2024-03-04T10:11:1{n}.12Z stdout F {line}"))),
            ("compose", framed(|_, line| format!("db-1  | {line}"))),
            (
                "statements",
                framed(|_, line| {
                    format!("INSERT INTO t (q) VALUES ('{}');", line.replace('\'', "''"))
                }),
            ),
            ("list", framed(|_, line| format!("    '{}',", line.replace('\'', "''")))),
            ("closing quote", framed(|_, line| format!("{line}\""))),
            ("right border", framed(|_, line| format!("{line:<60}|"))),
            ("double frame", framed(|_, line| format!("║ {line:<60} ║"))),
        ] {
            let plain = joined(&without_margins(rows(&text)));
            let same: Vec<&str> = plain.lines().map(|line| line.trim_start()).collect();
            let wanted: Vec<&str> = PLAN.lines().map(|line| line.trim_start()).collect();
            assert_eq!(same, wanted, "{name}");
        }
    }

    #[test]
    fn a_plan_without_margins_keeps_every_character() {
        assert_eq!(joined(&without_margins(rows(PLAN))), PLAN);
    }
}
