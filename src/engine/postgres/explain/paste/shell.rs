//! Displays that the server's shell can be told to use in place of its table.

use super::frame::{BORDERS, HEADER, Unframed, is_rule, one_value};
use super::row::Row;

/// The expanded display, in any of its line styles: `QUERY PLAN | …` below `-[ RECORD 1 ]--`, one record a row. In a frame
/// each line has borders on the left and right as well.
pub fn from_expanded<'a>(rows: &'a [Row<'_>]) -> Option<Unframed<'a>> {
    let first = rows.iter().position(|row| begins_record(&row.text))?;
    let below = rows.get(first + 1..)?.iter();
    let cells = below.filter(|row| !begins_record(&row.text) && !is_rule(&row.text));
    let cells = cells.filter_map(|row| Some(row.with(expanded_cell(&row.text)?)));
    Some(Unframed { rows: one_value(cells.collect()), ..Unframed::default() })
}

fn begins_record(line: &str) -> bool {
    let drawn = |c: char| matches!(c, '-' | '+' | '*') || ('\u{2500}'..='\u{257f}').contains(&c);
    line.trim_start_matches(drawn).starts_with("[ RECORD ") && line.starts_with(drawn)
}

fn expanded_cell(line: &str) -> Option<&str> {
    let framed = line.starts_with(BORDERS);
    let inside = if framed { line.trim_start_matches(BORDERS) } else { line };
    let (_, cell) = inside.split_once(BORDERS)?;
    let cell = if framed { cell.trim_end().trim_end_matches(BORDERS) } else { cell };
    Some(cell.strip_prefix(' ').unwrap_or(cell))
}

/// A table as AsciiDoc: `^l|QUERY PLAN` between two `|====`, one cell a line.
pub fn from_asciidoc<'a>(rows: &'a [Row<'_>]) -> Option<Unframed<'a>> {
    let is_edge = |row: &Row| row.text.trim().trim_start_matches('|') == "====";
    let header = rows.iter().position(|row| {
        row.text.starts_with('^') && row.text.trim_end().trim_end_matches('|').ends_with(HEADER)
    })?;
    let body = rows.get(header + 1..)?;
    let end = body.iter().position(is_edge)?;
    let (body, rest) = body.split_at(end);
    let cells = body.iter().map(|row| {
        let cell = row.text.strip_prefix("l|").or_else(|| row.text.strip_prefix('|'));
        row.with(cell.unwrap_or(&row.text).replace("\\|", "|"))
    });
    let rest = rest.iter().skip(1).map(Row::borrowed).collect();
    Some(Unframed { rows: cells.collect(), rest, duration_ms: None })
}

/// What the shell puts at the end of a line that it wraps, and at the beginning of the next.
const WRAPS: [char; 2] = ['.', '…'];

/// Cells that were wrapped at the width of the terminal (`\pset format wrapped`), whole again.
pub fn without_wraps(cells: Vec<Row<'_>>) -> Vec<Row<'_>> {
    let goes_on = |pair: &[Row]| match pair {
        [one, next] => wrap_between(&one.text, &next.text).is_some(),
        _ => false,
    };
    if !cells.windows(2).any(goes_on) {
        return cells;
    }
    let mut whole: Vec<Row> = Vec::new();
    for cell in cells {
        let mark = whole.last().and_then(|last| wrap_between(&last.text, &cell.text));
        match (mark, whole.last_mut()) {
            (Some(mark), Some(last)) => {
                let text = last.text.to_mut();
                text.truncate(text.trim_end().len() - mark.len_utf8());
                text.push_str(&cell.text[mark.len_utf8()..]);
            }
            _ => whole.push(cell),
        }
    }
    whole
}

fn wrap_between(line: &str, next: &str) -> Option<char> {
    WRAPS.into_iter().find(|mark| line.trim_end().ends_with(*mark) && next.starts_with(*mark))
}

#[cfg(test)]
mod tests {
    use super::super::row::{joined, rows};
    use super::*;

    const PLAN: [&str; 2] =
        ["Sort  (cost=1.00..2.00 rows=1 width=4)", "  Sort Key: (a || '|'::text)"];

    #[test]
    fn every_line_style_of_the_expanded_display_is_one() {
        for (record, left, middle, right) in [
            ("-[ RECORD 1 ]--", "", " | ", ""),
            ("─[ RECORD 1 ]──", "", " │ ", ""),
            ("+-[ RECORD 1 ]-+", "| ", " | ", " |"),
            ("╔═[ RECORD 1 ]═╗", "║ ", " ║ ", " ║"),
        ] {
            let line = |line: &&str| format!("{record}\n{left}QUERY PLAN{middle}{line}{right}\n");
            let text: String = PLAN.iter().map(line).collect();
            let read = rows(&text);
            let plain = from_expanded(&read).map(|found| joined(&found.rows));
            assert_eq!(plain.as_deref(), Some(PLAN.join("\n").as_str()), "{record}");
        }
    }

    #[test]
    fn cells_of_a_page_are_lines() {
        let text =
            "[options=\"header\"]\n|====\n^l|QUERY PLAN\n|Sort\n|  Sort Key: (a \\|\\| b)\n|====\n";
        let read = rows(text);
        let plain = from_asciidoc(&read).map(|found| joined(&found.rows));
        assert_eq!(plain.as_deref(), Some("Sort\n  Sort Key: (a || b)"));
    }

    #[test]
    fn what_the_terminal_wrapped_is_one_line() {
        let wrapped =
            rows(" Sort  (cost=1.00.2.\n.0 rows=1.\n. width=4)      \n   Sort Key: a      ");
        let plain = joined(&without_wraps(wrapped));
        assert_eq!(plain, " Sort  (cost=1.00.20 rows=1 width=4)      \n   Sort Key: a      ");
        let own = " Sort Key: a.\n b";
        assert_eq!(joined(&without_wraps(rows(own))), own);
    }
}
