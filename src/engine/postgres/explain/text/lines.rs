//! Lines of a plan with their indentation; a literal that contains line breaks stays one line.

use std::borrow::Cow;

use super::super::paste::{Row, has_figures};
use super::label::is_label;

/// A line break inside a literal makes a property span lines; more than this is no literal.
const LONGEST_LITERAL: usize = 200;

#[derive(Debug, Clone)]
pub struct Line<'a> {
    /// Of the input, counted from 1.
    pub number: usize,
    /// Blanks in front.
    pub column: usize,
    pub text: Cow<'a, str>,
    /// A blank line stands in front of it.
    pub apart: bool,
}

/// Lines from `first` (counted from 0) on, blank ones left out.
pub fn lines_from<'a>(rows: &'a [Row<'_>], first: usize) -> Vec<Line<'a>> {
    let mut found = Vec::new();
    let mut next = first;
    while let Some(row) = rows.get(next) {
        let taken = spanned(rows, next);
        if !row.is_blank() {
            let text = match taken {
                1 => row.text.trim().into(),
                _ => whole(rows.get(next..next + taken).unwrap_or_default()).into(),
            };
            let apart =
                next.checked_sub(1).and_then(|before| rows.get(before)).is_some_and(Row::is_blank);
            found.push(Line { number: row.number, column: column(&row.text), text, apart });
        }
        next += taken;
    }
    found
}

fn whole(rows: &[Row]) -> String {
    let lines: Vec<&str> = rows.iter().map(|row| &*row.text).collect();
    lines.join("\n").trim().to_owned()
}

pub fn column(line: &str) -> usize {
    line.chars().take_while(|c| *c == ' ').count()
}

/// How many rows belong together: up to the one that closes an open literal. A row with a node's
/// figures is never inside one.
fn spanned(rows: &[Row], first: usize) -> usize {
    let mut open = false;
    for (taken, row) in rows.iter().skip(first).take(LONGEST_LITERAL).enumerate() {
        if taken > 0 && has_figures(&row.text) {
            return 1;
        }
        open = leaves_literal_open(&row.text, open);
        if !open {
            return taken + 1;
        }
    }
    1
}

/// An apostrophe in a quoted name is none.
fn leaves_literal_open(line: &str, open: bool) -> bool {
    let mut quote = open.then_some('\'');
    for c in line.chars() {
        match quote {
            Some(closing) if c == closing => quote = None,
            None if matches!(c, '\'' | '"') => quote = Some(c),
            _ => {}
        }
    }
    quote == Some('\'')
}

/// Keys that do not begin with a capital letter.
const SMALL_KEYS: [&str; 3] = ["extParam", "allParam", "initParam"];
const LONGEST_KEY: usize = 80;

/// The key of `Key: value`. A cast (`x::text`) is no key.
pub fn property_key(text: &str) -> Option<&str> {
    let (key, value) = text.split_once(':')?;
    let named = key.starts_with(|c: char| c.is_ascii_uppercase()) || SMALL_KEYS.contains(&key);
    let plain = key.len() <= LONGEST_KEY && !key.contains(['\'', '=', '\n']);
    (named && plain && !value.starts_with(':')).then_some(key)
}

/// `InitPlan 1 (returns $0)`, `SubPlan 2`, `CTE name`; servers before 9.0 did not number them.
pub fn is_announcement(text: &str) -> bool {
    matches!(text, "SubPlan" | "InitPlan")
        || ["InitPlan ", "SubPlan ", "CTE "].iter().any(|start| text.starts_with(start))
            && property_key(text).is_none()
            && !text.starts_with("CTE Scan on ")
}

/// The lines by which a change of several tables names them.
pub fn is_target(text: &str) -> bool {
    let text = text.strip_prefix("Foreign ").unwrap_or(text);
    ["Insert on ", "Update on ", "Delete on ", "Merge on "]
        .iter()
        .any(|start| text.starts_with(start))
}

/// What stands below a tree, in the root's own column.
pub fn is_summary(text: &str) -> bool {
    const KEYS: [&str; 12] = [
        "Planning Time",
        "Planning time",
        "Planning",
        "Execution Time",
        "Execution time",
        "Total runtime",
        "JIT",
        "Settings",
        "Query Identifier",
        "Serialization",
        "PlannedStmt",
        "Optimizer",
    ];
    text.starts_with("Trigger ") || property_key(text).is_some_and(|key| KEYS.contains(&key))
}

/// A property that only nodes have: in the root's own column it lost its indentation.
pub fn is_nodes_own(text: &str) -> bool {
    const KEYS: [&str; 14] = [
        "Output",
        "Sort Key",
        "Sort Method",
        "Presorted Key",
        "Group Key",
        "Hash Key",
        "Buckets",
        "Heap Blocks",
        "Heap Fetches",
        "Workers Planned",
        "Workers Launched",
        "Cache Key",
        "Index Searches",
        "Subplans Removed",
    ];
    let own = |key: &str| {
        KEYS.contains(&key)
            || key.ends_with("Cond")
            || key.ends_with("Filter")
            || key.starts_with("Rows Removed by")
            || key.starts_with("Worker ")
    };
    property_key(text).is_some_and(own) || is_announcement(text)
}

/// `text` can begin a line of a plan; what cannot was broken off the line before.
pub fn starts_a_line(text: &str) -> bool {
    let label = text.split("  (").next().unwrap_or_default();
    text.starts_with("->")
        || text.starts_with("Trigger ")
        || property_key(text).is_some()
        || is_announcement(text)
        || is_target(text)
        || is_label(label)
        || super::super::paste::is_footer(text)
        || has_figures(text) && text.starts_with(|c: char| c.is_ascii_uppercase())
}

/// Parts of a list as the server joins them, by commas outside quotes and brackets.
pub fn split_list(text: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let (mut depth, mut quote, mut start) = (0i32, None, 0);
    for (position, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth -= 1,
            (None, ',') if depth <= 0 => {
                parts.push(text[start..position].trim().to_owned());
                start = position + 1;
            }
            (None, _) => {}
        }
    }
    parts.push(text[start..].trim().to_owned());
    parts.retain(|part| !part.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::super::super::paste::rows;
    use super::*;

    #[test]
    fn literals_span_lines_and_names_do_not() {
        let text =
            ["  Filter: (a = 'x", "y'::text)", "  Output: \"o'clock\"", "  Sort Key: \"o'clock\""];
        let lines: Vec<String> = lines_from(&rows(&text.join("\n")), 0)
            .into_iter()
            .map(|line| line.text.into_owned())
            .collect();
        assert_eq!(
            lines,
            ["Filter: (a = 'x\ny'::text)", "Output: \"o'clock\"", "Sort Key: \"o'clock\""]
        );
    }

    #[test]
    fn lists_split_at_their_own_commas_only() {
        assert_eq!(
            split_list("a, f(b, c), 'd, e'::text, \"g, h\", ARRAY[1, 2]"),
            ["a", "f(b, c)", "'d, e'::text", "\"g, h\"", "ARRAY[1, 2]"]
        );
    }
}
