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
/// Left and right of a cell, in both of the shell's line styles.
const BORDERS: [char; 2] = ['|', '│'];

pub fn unframe(input: &str) -> Unframed {
    let input = input.trim_start_matches('\u{feff}');
    let lines: Vec<&str> = input.lines().map(|line| line.trim_end_matches('\r')).collect();
    from_log(&lines)
        .or_else(|| from_expanded(&lines))
        .or_else(|| from_table(&lines))
        .or_else(|| from_quoted(&lines, 0))
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
    let cells = lines.get(first + 1..)?.iter().filter_map(|line| line.split_once(BORDERS));
    let cells = cells.map(|(_, cell)| cell.strip_prefix(' ').unwrap_or(cell)).collect();
    Some(Unframed { text: joined(cells), first_line: first + 1, duration_ms: None })
}

/// The shell's table: a header, a rule of dashes, one row a line, `(N rows)`.
fn from_table(lines: &[&str]) -> Option<Unframed> {
    let header = lines.iter().position(|line| uncased(line) == HEADER)?;
    let ruled = lines.get(header + 1).is_some_and(|line| is_rule(line));
    let bordered = lines.get(header).is_some_and(|line| line.starts_with(BORDERS));
    let first_line = header + 1 + usize::from(ruled);
    if !ruled && let Some(quoted) = from_quoted(lines, first_line) {
        return Some(quoted);
    }
    let rows = lines.get(first_line..)?.iter().take_while(|line| !is_footer(line));
    let rows = rows.filter(|line| !(bordered && is_rule(line)));
    let cells =
        rows.map(|line| if ruled || bordered { cell(line, bordered) } else { *line }).collect();
    let text = if ruled { joined(cells) } else { cells.join("\n") };
    Some(Unframed { text, first_line, duration_ms: None })
}

fn uncased(line: &str) -> &str {
    line.trim_matches(|c: char| c == ' ' || BORDERS.contains(&c))
}

fn is_rule(line: &str) -> bool {
    const DRAWN: [char; 3] = ['-', '+', '|'];
    let drawn = |c: char| DRAWN.contains(&c) || ('\u{2500}'..='\u{257f}').contains(&c);
    line.chars().count() > 3 && line.chars().all(drawn)
}

fn is_footer(line: &str) -> bool {
    let inner = line.trim().strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    inner
        .and_then(|text| text.split_once(' '))
        .is_some_and(|(count, unit)| count.parse::<u64>().is_ok() && matches!(unit, "row" | "rows"))
}

/// The column is padded by one space on its left.
fn cell(line: &str, bordered: bool) -> &str {
    let inner = if bordered { line.trim_end().trim_matches(BORDERS) } else { line };
    inner.strip_prefix(' ').unwrap_or(inner)
}

/// A value of several lines, as JSON is, has a mark at the end of each line but the last. Text is
/// one row a line and has none, so that a plus sign there is the plan's own.
fn joined(cells: Vec<&str>) -> String {
    let start = cells.iter().find_map(|cell| cell.trim_start().chars().next());
    let several = matches!(start, Some('[' | '{'));
    let shown = |cell: &&str| match several {
        true => cell.trim_end().trim_end_matches(['+', '↵']).trim_end().to_owned(),
        false => cell.trim_end().to_owned(),
    };
    cells.iter().map(shown).collect::<Vec<_>>().join("\n")
}

/// Exports to CSV, and clients that copy a grid: rows stand in quotes where they need to, or always.
fn from_quoted(lines: &[&str], first_line: usize) -> Option<Unframed> {
    let body = lines.get(first_line..)?;
    let first = body.iter().find(|line| !line.trim().is_empty())?;
    let quoted = |line: &&str| line.starts_with('"');
    let any = body.iter().any(quoted);
    if !(first.starts_with('"') || (first_line > 0 && any)) {
        return None;
    }
    let text = body.join("\n");
    let mut reader = csv::ReaderBuilder::new();
    let mut reader = reader.has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut rows: Vec<String> = Vec::new();
    for record in reader.records() {
        rows.push(record.ok()?.get(0)?.to_owned());
    }
    Some(Unframed { text: rows.join("\n"), first_line, duration_ms: None })
}

/// Nothing around it but, perhaps, the fence of a code block.
fn bare(lines: &[&str]) -> Unframed {
    let fenced = |line: &str| line.trim_start().starts_with("```");
    let text: Vec<&str> = lines.iter().map(|line| if fenced(line) { "" } else { *line }).collect();
    Unframed { text: text.join("\n"), first_line: 0, duration_ms: None }
}
