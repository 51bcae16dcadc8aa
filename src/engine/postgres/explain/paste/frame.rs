//! What shells, clients and logs put around a plan as a whole, taken off again.

use super::row::{Row, joined, mentions_figures};
use super::shell::{from_asciidoc, from_expanded, without_wraps};

/// A plan's own lines, and what its surroundings said.
#[derive(Debug, Default, PartialEq)]
pub struct Unframed<'a> {
    pub rows: Vec<Row<'a>>,
    /// What follows behind the frame: further plans, perhaps.
    pub rest: Vec<Row<'a>>,
    /// From a log entry `duration: … ms  plan:`.
    pub duration_ms: Option<f64>,
}

pub const HEADER: &str = "QUERY PLAN";
/// Left and right of a cell, in the line styles of shells.
pub const BORDERS: [char; 3] = ['|', '│', '║'];

pub fn unframe<'a>(rows: &'a [Row<'_>]) -> Unframed<'a> {
    from_log(rows)
        .or_else(|| from_expanded(rows))
        .or_else(|| from_asciidoc(rows))
        .or_else(|| from_table(rows))
        .or_else(|| from_quoted(rows))
        .unwrap_or_else(|| bare(rows))
}

/// A log entry; its continuation lines start with a tab, unless they were already taken off. In a
/// log of comma-separated values it is one field of several lines.
fn from_log<'a>(rows: &'a [Row<'_>]) -> Option<Unframed<'a>> {
    let (position, duration_ms) = rows
        .iter()
        .enumerate()
        .find_map(|(position, row)| Some((position, entry(rows, position, row)?)))?;
    let behind = rows.get(position + 1..).unwrap_or_default();
    let next = behind.iter().position(|row| announced_duration(&row.text).is_some());
    let (body, rest) = behind.split_at(next.unwrap_or(behind.len()));
    if rows.get(position).is_some_and(|row| row.text.contains("\"duration: ")) {
        return Some(Unframed { rows: quoted_field(body), rest: borrowed(rest), duration_ms });
    }
    let tabbed = body.first().is_some_and(|row| continued(row).is_some());
    let length = match tabbed {
        true => body.iter().take_while(|row| continued(row).is_some()).count(),
        false => body.len(),
    };
    let (body, foreign) = body.split_at(length);
    let rest = foreign.iter().chain(rest).map(Row::borrowed).collect();
    let body = body.iter().map(|row| row.with(continued(row).unwrap_or(&row.text))).collect();
    Some(Unframed { rows: body, rest, duration_ms })
}

fn borrowed<'a>(rows: &'a [Row<'_>]) -> Vec<Row<'a>> {
    rows.iter().map(Row::borrowed).collect()
}

/// The duration, where an entry with a plan begins. Servers that speak another language are known by
/// its shape.
fn entry(rows: &[Row], position: usize, row: &Row) -> Option<Option<f64>> {
    announced_duration(&row.text).or_else(|| {
        let follows = rows.get(position + 1).is_some_and(|next| next.text.starts_with('\t'));
        let (before, last) = row.text.trim_end().strip_suffix(':')?.rsplit_once(" ms")?;
        let (_, number) = before.rsplit_once(": ")?;
        let one_word = !last.trim().is_empty() && !last.trim().contains(' ');
        let number = number.trim().replace(',', ".").parse().ok()?;
        (follows && one_word).then_some(Some(number))
    })
}

fn announced_duration(line: &str) -> Option<Option<f64>> {
    let (_, rest) = line.split_once("duration: ")?;
    let (milliseconds, tail) = rest.split_once(" ms")?;
    tail.trim().starts_with("plan:").then(|| milliseconds.parse().ok())
}

/// The text of a continuation line. An empty one may have lost its tab to an editor.
fn continued<'a>(row: &'a Row<'_>) -> Option<&'a str> {
    let text = row.text.strip_prefix(' ').unwrap_or(&row.text);
    text.strip_prefix('\t').or_else(|| row.text.is_empty().then_some(""))
}

/// Up to the quote that closes the field; quotes inside are doubled.
fn quoted_field(body: &[Row]) -> Vec<Row<'static>> {
    let mut field = Vec::new();
    for row in body {
        let plain = row.text.replace("\"\"", "\u{1}");
        let text = plain.split('"').next().unwrap_or_default().replace('\u{1}', "\"");
        field.push(row.with(text));
        if plain.contains('"') {
            break;
        }
    }
    field
}

/// The shell's table: a header, a rule, one row a line, `(N rows)`. Some clients draw less of it.
fn from_table<'a>(rows: &'a [Row<'_>]) -> Option<Unframed<'a>> {
    let header = rows.iter().position(|row| uncased(&row.text) == HEADER)?;
    let below = rows.get(header + 1..)?;
    let rules = below.iter().take_while(|row| row.is_blank() || is_rule(&row.text)).count();
    let ruled = below.iter().take(rules).any(|row| is_rule(&row.text));
    let bordered = rows.get(header).is_some_and(|row| row.text.trim_start().starts_with(BORDERS));
    let body = below.get(if ruled { rules } else { 0 }..)?;
    if !ruled && let Some(quoted) = from_quoted(body) {
        return Some(quoted);
    }
    let end = body.iter().position(|row| is_footer(&row.text)).unwrap_or(body.len());
    let (body, rest) = body.split_at(end);
    let kept = body.iter().filter(|row| !is_rule(&row.text));
    let cells = kept.map(|row| if bordered { bordered_cell(row) } else { row.borrowed() });
    let cells = without_padding(without_wraps(cells.collect()));
    let rows = if ruled { one_value(cells) } else { cells };
    Some(Unframed { rows, rest: borrowed(rest), duration_ms: None })
}

fn uncased(line: &str) -> &str {
    line.trim_matches(|c: char| matches!(c, ' ' | '"' | '\'') || BORDERS.contains(&c))
}

pub fn is_rule(line: &str) -> bool {
    const DRAWN: [char; 4] = ['-', '+', '|', '='];
    let drawn = |c: char| DRAWN.contains(&c) || ('\u{2500}'..='\u{257f}').contains(&c);
    // `| :--- |` tells a page how to align the column.
    let line: String = match line.contains("---") {
        true => line.chars().filter(|c| !matches!(c, ' ' | ':')).collect(),
        false => line.trim().to_owned(),
    };
    line.chars().count() > 3 && line.chars().all(drawn)
}

/// `(8 rows)`, in any language.
pub fn is_footer(line: &str) -> bool {
    let inner = line.trim().strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    inner.and_then(|text| text.split_once(' ')).is_some_and(|(count, unit)| {
        count.parse::<u64>().is_ok() && unit.chars().all(|c| c.is_alphabetic() || c == '.')
    })
}

/// The shell sets a blank in front of each value.
fn without_padding(cells: Vec<Row<'_>>) -> Vec<Row<'_>> {
    let padded =
        cells.iter().filter(|cell| !cell.is_blank()).all(|cell| cell.text.starts_with(' '));
    if !padded {
        return cells;
    }
    cells.into_iter().map(Row::without_first_blank).collect()
}

/// What stands between the borders. Blanks in front are left: indentation is counted from the root.
fn cell(line: &str) -> &str {
    line.trim_end().trim_end_matches(BORDERS).trim_start().trim_start_matches(BORDERS)
}

/// A border inside is escaped where pages are written so.
fn bordered_cell<'a>(row: &'a Row<'_>) -> Row<'a> {
    let cell = cell(&row.text);
    if cell.contains("\\|") { row.with(cell.replace("\\|", "|")) } else { row.with(cell) }
}

/// A value of several lines, as JSON is, has a mark at the end of each line but the last. Text is
/// one row a line and has none, so that a plus sign there is the plan's own.
pub fn one_value<'a>(cells: Vec<Row<'a>>) -> Vec<Row<'a>> {
    let first = cells.iter().map(|cell| cell.text.trim_start()).find(|text| !text.is_empty());
    let several = first.is_some_and(|text| {
        text.starts_with(['[', '{', '<', '+'])
            || text.starts_with("- ") && text.trim_end().ends_with(['+', '↵', ':'])
    });
    let shown = |cell: Row<'a>| match several {
        true => cell.cut(cell.text.trim_end().trim_end_matches(['+', '↵']).trim_end().len()),
        false => cell.cut(cell.text.trim_end().len()),
    };
    cells.into_iter().map(shown).collect()
}

/// Exports to CSV, and clients that copy a grid: rows stand in quotes where they need to, or always.
fn from_quoted(rows: &[Row]) -> Option<Unframed<'static>> {
    let first = rows.iter().find(|row| !row.is_blank())?;
    if ["\"Plan\":", "\"Node Type\":"].iter().any(|key| first.text.contains(key)) {
        return None;
    }
    let below_header = first.text.trim() == HEADER;
    let body = if below_header { rows.get(1..)? } else { rows };
    let any = body.iter().any(|row| row.text.starts_with('"'));
    if !(first.text.starts_with('"') || any && mentions_figures(&first.text) && closes(body)) {
        return None;
    }
    let number = body.first().map_or(1, |row| row.number);
    let mut reader = csv::ReaderBuilder::new();
    let text = joined(body);
    let mut reader = reader.has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut found = Vec::new();
    for record in reader.records() {
        let record = record.ok()?;
        let line = record.position().map_or(1, csv::Position::line) as usize;
        let cell = record.get(0)?;
        found.extend(
            cell.lines().map(|l| Row { number: number + line - 1, text: l.to_owned().into() }),
        );
    }
    Some(Unframed { rows: found, ..Unframed::default() })
}

/// Every row that opens a quote closes it.
fn closes(rows: &[Row]) -> bool {
    let mut quoted = rows.iter().filter(|row| row.text.starts_with('"'));
    quoted.all(|row| row.text.len() > 1 && row.text.trim_end().ends_with('"'))
}

/// Nothing around it but, perhaps, the fence of a code block.
fn bare<'a>(rows: &'a [Row<'_>]) -> Unframed<'a> {
    let fenced = |row: &Row| row.text.trim_start().starts_with("```");
    let rows = rows.iter().map(|row| if fenced(row) { row.with("") } else { row.borrowed() });
    Unframed { rows: rows.collect(), ..Unframed::default() }
}
