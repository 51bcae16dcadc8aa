//! What shells, clients and logs put around a plan, taken off again.

/// A plan's own text, and what its surroundings said.
#[derive(Debug, Default, PartialEq)]
pub struct Unframed {
    pub text: String,
    /// Line of the input that `text` begins on, counted from 0.
    pub first_line: usize,
    /// From a log entry `duration: … ms  plan:`.
    pub duration_ms: Option<f64>,
}

const HEADER: &str = "QUERY PLAN";

pub fn unframe(input: &str) -> Unframed {
    let input = input.trim_start_matches('\u{feff}');
    let lines: Vec<&str> = input.lines().map(|line| line.trim_end_matches('\r')).collect();
    from_log(&lines)
        .or_else(|| from_expanded(&lines))
        .or_else(|| from_table(&lines))
        .or_else(|| from_quoted(&lines))
        .unwrap_or_else(|| bare(&lines))
}

/// A log entry; its continuation lines start with a tab, unless they were already taken off.
fn from_log(lines: &[&str]) -> Option<Unframed> {
    let (position, duration_ms) = lines.iter().enumerate().find_map(|(position, line)| {
        let (_, rest) = line.split_once("duration: ")?;
        let (milliseconds, tail) = rest.split_once(" ms")?;
        tail.trim().starts_with("plan:").then_some((position, milliseconds.parse().ok()))
    })?;
    let rest = lines.get(position + 1..).unwrap_or_default();
    let tabbed = rest.first().is_some_and(|line| line.starts_with('\t'));
    let body: Vec<&str> = match tabbed {
        true => rest.iter().map_while(|line| line.strip_prefix('\t')).collect(),
        false => rest.to_vec(),
    };
    Some(Unframed { text: body.join("\n"), first_line: position + 1, duration_ms })
}

/// The shell's expanded display: `QUERY PLAN | …`, one record a row.
fn from_expanded(lines: &[&str]) -> Option<Unframed> {
    let first = lines.iter().position(|line| line.starts_with("-[ RECORD "))?;
    let cells = lines.get(first + 1..)?.iter().filter_map(|line| line.split_once('|'));
    let cells = cells.map(|(_, cell)| uncontinued(cell.strip_prefix(' ').unwrap_or(cell)));
    let text: Vec<&str> = cells.collect();
    Some(Unframed { text: text.join("\n"), first_line: first + 1, duration_ms: None })
}

/// The shell's table: a header, a rule of dashes, one row a line, `(N rows)`.
fn from_table(lines: &[&str]) -> Option<Unframed> {
    let header = lines.iter().position(|line| line.trim_matches(['|', ' ']) == HEADER)?;
    let after = lines.get(header + 1..)?;
    let ruled = after.first().is_some_and(|line| is_rule(line));
    let bordered = lines.get(header).is_some_and(|line| line.starts_with('|'));
    let first_line = header + 1 + usize::from(ruled);
    let rows = lines.get(first_line..)?.iter().take_while(|line| !is_footer(line));
    let rows = rows.filter(|line| !(bordered && is_rule(line))).map(|line| cell(line, bordered));
    let text: Vec<&str> = rows.map(|row| if ruled { uncontinued(row) } else { row }).collect();
    Some(Unframed { text: text.join("\n"), first_line, duration_ms: None })
}

fn is_rule(line: &str) -> bool {
    line.contains("---") && line.chars().all(|c| matches!(c, '-' | '+' | '|'))
}

fn is_footer(line: &str) -> bool {
    let inner = line.trim().strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    inner
        .and_then(|text| text.split_once(' '))
        .is_some_and(|(count, unit)| count.parse::<u64>().is_ok() && matches!(unit, "row" | "rows"))
}

/// The column is padded by one space on its left.
fn cell(line: &str, bordered: bool) -> &str {
    let inner = match bordered {
        true => line.trim_end().trim_start_matches('|').trim_end_matches('|'),
        false => line,
    };
    inner.strip_prefix(' ').unwrap_or(inner)
}

/// A `+` (or `↵`) at the end of a cell says that its value goes on in the next line. It stands
/// after padding, so that a condition which itself ends in a plus sign right at its end is safe.
fn uncontinued(cell: &str) -> &str {
    let bare = cell.trim_end();
    match bare.strip_suffix(['+', '↵']) {
        Some(rest) if rest.is_empty() || rest.ends_with([' ', '{', '[', ',', '}', ']', '"']) => {
            rest.trim_end()
        }
        _ => bare,
    }
}

/// Clients that copy a grid put every row in quotes.
fn from_quoted(lines: &[&str]) -> Option<Unframed> {
    let first_line = lines.iter().position(|line| !line.trim().is_empty())?;
    let rows: Vec<&str> = lines.get(first_line..)?.iter().map(|line| line.trim()).collect();
    let rows: Vec<&str> = rows.into_iter().filter(|row| !row.is_empty()).collect();
    let rows: Vec<&str> = rows.iter().map_while(|row| quoted(row)).collect::<Vec<_>>();
    let total = lines.iter().filter(|line| !line.trim().is_empty()).count();
    if rows.is_empty() || rows.len() != total {
        return None;
    }
    let text = rows.join("\n").replace("\"\"", "\"");
    Some(Unframed { text, first_line, duration_ms: None })
}

fn quoted(row: &str) -> Option<&str> {
    row.strip_prefix('"')?.strip_suffix('"')
}

/// Nothing around it but, perhaps, the fence of a code block.
fn bare(lines: &[&str]) -> Unframed {
    let text: Vec<&str> = lines
        .iter()
        .map(|line| if line.trim_start().starts_with("```") { "" } else { *line })
        .collect();
    Unframed { text: text.join("\n"), first_line: 0, duration_ms: None }
}
