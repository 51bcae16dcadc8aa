//! A table of statements with how often each was called, as a server's statistics view gives it: exported to CSV, or as the
//! shell prints it.

use super::entries::Entry;

/// Names that views and their exports give the column of statements, and the one of calls.
const STATEMENTS: [&str; 5] = ["query", "query_text", "digest_text", "sql_text", "statement"];
const CALLS: [&str; 4] = ["calls", "count_star", "exec_count", "executions"];

/// A statement of the table and its calls.
pub type Listed = (Entry, usize);

pub fn listed(text: &str) -> Option<Vec<Listed>> {
    printed(text).or_else(|| [',', ';', '\t'].into_iter().find_map(|comma| exported(text, comma)))
}

struct Columns {
    statement: usize,
    calls: Option<usize>,
}

impl Columns {
    fn of(names: &[String]) -> Option<Columns> {
        let position = |known: &[&str]| {
            names.iter().position(|name| known.contains(&name.trim().to_ascii_lowercase().as_str()))
        };
        // One column alone may be the first line of anything.
        let statement = position(&STATEMENTS).filter(|_| names.len() > 1)?;
        Some(Columns { statement, calls: position(&CALLS) })
    }

    fn listed(&self, cells: &[String], line: usize) -> Option<Listed> {
        let sql = cells.get(self.statement)?.trim().trim_end_matches(';').to_owned();
        let calls = self.calls.and_then(|at| cells.get(at)?.trim().parse().ok()).unwrap_or(1);
        super::marks::is_statement(&sql).then_some((Entry { sql, line, values: None }, calls))
    }
}

fn exported(text: &str, comma: char) -> Option<Vec<Listed>> {
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.delimiter(comma as u8).has_headers(false).flexible(true);
    let mut reader = reader.from_reader(text.as_bytes());
    let mut records = reader.records();
    let cells = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect::<Vec<_>>();
    let columns = Columns::of(&cells(&records.next()?.ok()?))?;
    let found = records.filter_map(|record| {
        let record = record.ok()?;
        let line = record.position().map_or(1, csv::Position::line) as usize;
        columns.listed(&cells(&record), line)
    });
    Some(found.collect()).filter(|found: &Vec<_>| !found.is_empty())
}

/// The shell's table: a line of a cell that goes on ends with `+`.
fn printed(text: &str) -> Option<Vec<Listed>> {
    let lines: Vec<&str> = text.lines().collect();
    let rule = lines.iter().position(|line| is_rule(line))?;
    let ends: Vec<usize> =
        lines[rule].char_indices().filter(|(_, c)| *c == '+').map(|(at, _)| at).collect();
    let columns = Columns::of(&cells(lines.get(rule.checked_sub(1)?)?, &ends))?;
    let mut found = Vec::new();
    let mut open: Option<(Vec<String>, usize)> = None;
    for (line, number) in lines.iter().zip(1..).skip(rule + 1) {
        if line.starts_with('(') || line.trim().is_empty() {
            break;
        }
        let (mut row, first) =
            open.take().unwrap_or_else(|| (vec![String::new(); ends.len() + 1], number));
        let mut goes_on = false;
        for (cell, piece) in row.iter_mut().zip(cells(line, &ends)) {
            let piece = piece.strip_prefix(' ').unwrap_or(&piece).trim_end();
            goes_on |= piece.ends_with('+');
            cell.push_str(piece.strip_suffix('+').unwrap_or(piece).trim_end());
            cell.push('\n');
        }
        match goes_on {
            true => open = Some((row, first)),
            false => found.extend(columns.listed(&row, first)),
        }
    }
    (!found.is_empty()).then_some(found)
}

fn is_rule(line: &str) -> bool {
    line.contains("-+-") && line.chars().all(|c| matches!(c, '-' | '+'))
}

/// Cut at the characters where the rule below the header crosses.
fn cells(line: &str, ends: &[usize]) -> Vec<String> {
    let letters: Vec<char> = line.chars().collect();
    let starts = std::iter::once(0).chain(ends.iter().map(|end| end + 1));
    let ends = ends.iter().copied().chain([letters.len()]);
    let cell = |(start, end): (usize, usize)| letters.get(start..end.min(letters.len()));
    starts.zip(ends).map(|span| cell(span).unwrap_or_default().iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Vec<(String, usize, usize)>> {
        let listed = listed(text)?.into_iter();
        Some(listed.map(|(entry, calls)| (entry.sql, calls, entry.line)).collect())
    }

    fn wanted(last_line: usize) -> Option<Vec<(String, usize, usize)>> {
        let first = ("SELECT a || 'b' FROM t WHERE c = $1".to_owned(), 9123, last_line - 1);
        Some(vec![first, ("SELECT count(*)\n FROM t".to_owned(), 812, last_line)])
    }

    #[test]
    fn an_export_of_the_statistics_view() {
        let text = "queryid,query,calls\n1,SELECT a || 'b' FROM t WHERE c = $1,9123\n2,\"SELECT count(*)\n FROM t\",812\n\
                    3,<insufficient privilege>,7\n";
        assert_eq!(read(text), wanted(3));
        assert_eq!(read(&text.replace(',', ";")), wanted(3));
    }

    #[test]
    fn the_view_as_the_shell_prints_it() {
        let text = "                query                | calls\n\
                    -------------------------------------+-------\n \
                    SELECT a || 'b' FROM t WHERE c = $1 |  9123\n \
                    SELECT count(*)                    +|   812\n  \
                    FROM t                             | \n(2 rows)\n";
        assert_eq!(read(text), wanted(4));
    }

    #[test]
    fn other_tables_are_none() {
        for text in
            ["", "query\nSELECT 1\n", "name,calls\nx,1\n", "SELECT query, calls FROM x;\nSELECT 2;"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
