//! The statements of a log, in its order.

use super::marks::{Given, Mark, Span, announced, is_statement};
use super::values::{self, Set};

/// A statement as it was sent once.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub sql: String,
    pub line: usize,
    pub values: Option<Set>,
}

/// Lines below a statement that may hold its values: others of the same program stand between them.
const NEAR: usize = 24;

pub fn entries(text: &str) -> Vec<Entry> {
    let plain: Vec<String> = text.lines().map(without_colours).collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(line) = plain.get(at) {
        let Some((mark, rest)) = announced(line) else {
            at += 1;
            continue;
        };
        let below = plain.get(at + 1..).unwrap_or_default();
        let taken = taken(mark.span, below);
        let sql = std::iter::once(rest).chain(below.iter().take(taken).map(String::as_str));
        let sql = sql.filter(|line| !line.trim().is_empty()).collect::<Vec<_>>().join("\n");
        let behind = below.get(taken..).unwrap_or_default();
        if is_statement(&sql) {
            let (sql, values) = with_values(&sql, mark, behind);
            found.push(Entry { sql, line: at + 1, values });
        }
        at += 1 + taken;
    }
    found
}

/// How many of the lines below belong to the statement.
fn taken(span: Span, below: &[String]) -> usize {
    let own = |line: &&String| match span {
        Span::Line | Span::Next => false,
        Span::Indented => line.starts_with([' ', '\t']) && announced(line).is_none(),
        Span::UpTo(word) => !line.contains(word),
    };
    match span {
        Span::Next => usize::from(!below.is_empty()),
        _ => below.iter().take_while(own).count(),
    }
}

fn with_values(sql: &str, mark: Mark, below: &[String]) -> (String, Option<Set>) {
    let near = below.iter().take(NEAR).take_while(|line| announced(line).is_none());
    let (sql, values) = match mark.given {
        Given::Written => (sql, None),
        Given::Behind(text) => match sql.rsplit_once(text) {
            Some((sql, list)) => (sql, values::list(&format!("{}{list}", brackets(text)))),
            None => (sql, None),
        },
        Given::Below(text) => {
            let mut lists = near.filter_map(|line| line.split_once(text));
            (sql, lists.next().and_then(|(_, list)| values::list(list)))
        }
        Given::OneByOne(text) => {
            let lines = near.filter_map(|line| line.split_once(text).map(|(_, rest)| rest));
            (sql, values::numbered(lines))
        }
        Given::Typed(text) => {
            let mut lists = near.filter_map(|line| line.split_once(text));
            (sql, lists.next().map(|(_, list)| values::typed(list)))
        }
    };
    (ended(sql), values)
}

/// The brackets that `text`, behind which a list stands, has already opened.
fn brackets(text: &str) -> &str {
    text.trim_start_matches(|c| c != '[')
}

/// Up to the semicolon that a library puts behind it; what follows is the library's own.
fn ended(sql: &str) -> String {
    let sql = sql.split("; args=").next().unwrap_or(sql);
    sql.trim().trim_end_matches(';').to_owned()
}

/// Without the colours of a terminal.
fn without_colours(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, colour)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = colour.split_once('m').map_or("", |(_, behind)| behind);
    }
    plain + rest
}
