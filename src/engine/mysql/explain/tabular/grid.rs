//! Cells of a table as clients print it: framed, tab-separated, or one column a line.

use super::Row;
use crate::plan::PlanError;

/// Columns that every version prints.
const WANTED: [&str; 4] = ["id", "select_type", "table", "key"];

/// Line of the column names, counted from 0, with the names in lower case.
pub fn header(text: &str) -> Option<(usize, Vec<String>)> {
    text.lines().enumerate().find_map(|(index, line)| {
        let names: Vec<String> =
            cells(line)?.iter().map(|name| name.to_ascii_lowercase()).collect();
        let all = WANTED.iter().all(|wanted| names.iter().any(|name| name == wanted));
        all.then_some((index, names))
    })
}

/// Framed by bars, or divided by tabs.
fn cells(line: &str) -> Option<Vec<String>> {
    let line = line.trim();
    if !line.starts_with(BARS) {
        let cells: Vec<String> = line.split('\t').map(|cell| cell.trim().to_owned()).collect();
        return (cells.len() > WANTED.len()).then_some(cells);
    }
    let spaced = between_blanks(line);
    let cells = if spaced.len() > WANTED.len() { spaced } else { at_every_bar(line) };
    (cells.len() > WANTED.len()).then_some(cells)
}

const BARS: [char; 2] = ['|', '│'];

fn at_every_bar(line: &str) -> Vec<String> {
    between_frames(line).split(BARS).map(|cell| cell.trim().to_owned()).collect()
}

/// Without the first and the last bar: of an empty last cell two stand together.
fn between_frames(line: &str) -> &str {
    let inside = line.strip_prefix(BARS).unwrap_or(line);
    inside.strip_suffix(BARS).unwrap_or(inside)
}

/// Clients leave a blank on either side of a bar; one without stands inside a cell: `range|filter`.
fn between_blanks(line: &str) -> Vec<String> {
    let (mut cells, mut cell) = (Vec::new(), String::new());
    let characters: Vec<char> = between_frames(line).chars().collect();
    for (at, c) in characters.iter().enumerate() {
        let blank = |neighbour: Option<&char>| neighbour.is_none_or(|c| c.is_whitespace());
        let before = at.checked_sub(1).and_then(|before| characters.get(before));
        if BARS.contains(c) && blank(before) && blank(characters.get(at + 1)) {
            cells.push(cell.trim().to_owned());
            cell.clear();
        } else {
            cell.push(*c);
        }
    }
    cells.push(cell.trim().to_owned());
    cells
}

/// Whether a column of the table holds what was counted while the statement ran.
pub fn has_counts(text: &str) -> bool {
    let vertical = || text.lines().any(|line| line.trim_start().starts_with("r_rows:"));
    match header(text) {
        Some((_, names)) => names.iter().any(|name| name == "r_rows"),
        None => vertical(),
    }
}

pub fn rows(text: &str) -> Result<Vec<Row>, PlanError> {
    let Some((start, names)) = header(text) else {
        return Err(PlanError::NotAPlan("EXPLAIN's column names are not in it".to_owned()));
    };
    let mut rows = Vec::new();
    for (index, line) in text.lines().enumerate().skip(start + 1) {
        let drawn = line.chars().all(|c| "+-|=─┼├┤┴└┘ :".contains(c));
        if drawn && !line.trim().is_empty() {
            continue;
        }
        let Some(mut cells) = cells(line) else {
            if rows.is_empty() {
                continue;
            }
            break;
        };
        if cells.len() != names.len() && line.trim_start().starts_with(BARS) {
            cells = at_every_bar(line.trim());
        }
        if cells.len() != names.len() {
            let message =
                format!("it has {} cells, the line of names has {}", cells.len(), names.len());
            return Err(PlanError::Malformed { line: index + 1, message });
        }
        rows.push(row(names.iter().cloned().zip(cells)));
    }
    Ok(rows)
}

/// `*** 1. row ***`, then `select_type: SIMPLE`.
pub fn is_vertical(text: &str) -> bool {
    let has = |name: &str| text.lines().any(|line| line.trim_start().starts_with(name));
    has("select_type:") && has("table:")
}

pub fn vertical(text: &str) -> Vec<Row> {
    let mut rows: Vec<Vec<(String, String)>> = Vec::new();
    for line in text.lines() {
        let Some((name, value)) = line.split_once(':') else { continue };
        let name = name.trim().to_ascii_lowercase();
        if name == "id" || rows.is_empty() {
            rows.push(Vec::new());
        }
        if let Some(row) = rows.last_mut() {
            row.push((name, value.trim().to_owned()));
        }
    }
    let rows = rows.into_iter().map(|pairs| row(pairs.into_iter()));
    rows.filter(|row| row.contains_key("select_type")).collect()
}

fn row(pairs: impl Iterator<Item = (String, String)>) -> Row {
    pairs
        .filter(|(_, value)| {
            !value.is_empty() && value != "NULL" && value != "(NULL)" && value != "\\N"
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_spellings_of_one_table_are_the_same() {
        let framed = "+----+\n| id | select_type | table | type | key  | Extra |\n+----+\n|  1 | SIMPLE | f | ALL | NULL | Using where |\n+----+\n1 row in set";
        let tabs =
            "id\tselect_type\ttable\ttype\tkey\tExtra\n1\tSIMPLE\tf\tALL\tNULL\tUsing where\n";
        let lines = "*** 1. row ***\n           id: 1\n  select_type: SIMPLE\n        table: f\n         type: ALL\n          key: NULL\n        Extra: Using where\n1 row in set";
        let wanted = rows(framed).unwrap();
        assert_eq!(wanted.len(), 1);
        assert_eq!(wanted[0].get("extra").map(String::as_str), Some("Using where"));
        assert!(!wanted[0].contains_key("key"));
        assert_eq!(rows(tabs).unwrap(), wanted);
        assert!(is_vertical(lines));
        assert_eq!(vertical(lines), wanted);
    }

    #[test]
    fn a_bar_inside_a_cell_divides_nothing() {
        let text = "+----+\n| id | select_type | table | type | key | Extra |\n+----+\n| 1 | SIMPLE | r | range|filter | a|b | Using rowid filter |\n+----+\n";
        let rows = rows(text).unwrap();
        assert_eq!(rows[0].get("type").map(String::as_str), Some("range|filter"));
        let narrow = "|id|select_type|table|type|key|Extra|\n|1|SIMPLE|f|ALL|NULL||\n";
        assert_eq!(super::rows(narrow).unwrap()[0].get("type").map(String::as_str), Some("ALL"));
    }

    #[test]
    fn a_row_with_missing_cells_is_refused_with_its_line() {
        let text = "id\tselect_type\ttable\ttype\tkey\tExtra\n1\tSIMPLE\tf\tALL\tNULL\n";
        assert!(matches!(rows(text), Err(PlanError::Malformed { line: 2, .. })));
    }
}
