//! The tree as text: arrows, four blanks a level.

use super::figures;
use super::step::Step;
use crate::plan::{Plan, PlanError};

/// No statement nests deeper, and a tree is walked by recursion.
const MAX_DEPTH: usize = 500;

/// An arrow line, and the lines that continue it (a literal may hold a line break).
struct Line {
    number: usize,
    column: usize,
    text: String,
}

/// Whether it is this form rather than another server's with arrows: there each line has a width, and other names.
pub fn looks_like_tree(text: &str) -> bool {
    let lines = lines(&normalised(text));
    let others = lines.iter().any(|line| line.text.contains(" width="));
    !others && lines.iter().any(|line| is_own(&line.text))
}

/// Operations that only this server names so.
fn is_own(operation: &str) -> bool {
    const OPENINGS: [&str; 32] = [
        "<not executable",
        "Aggregate using temporary table",
        "Aggregate: ",
        "Batched key access ",
        "Constant row from ",
        "Count rows in ",
        "Covering index ",
        "Delete from ",
        "Filter: ",
        "Full-text index search on ",
        "Group (no aggregates)",
        "Group aggregate",
        "Index lookup on ",
        "Index range scan on ",
        "Index scan on ",
        "Inner hash join",
        "Insert into ",
        "Left hash join",
        "Limit/Offset: ",
        "Limit: ",
        "Materialize table function",
        "Multi-range index lookup on ",
        "Nested loop ",
        "Rows fetched before execution",
        "Select #",
        "Single-row ",
        "Sort row IDs",
        "Sort: ",
        "Stream results",
        "Table scan on ",
        "Zero input rows",
        "Zero rows",
    ];
    OPENINGS.iter().any(|opening| operation.starts_with(opening))
}

pub fn read(text: &str) -> Result<Plan, PlanError> {
    let text = normalised(text);
    let lines = lines(&text);
    if let Some(line) = lines.iter().find(|line| line.text.starts_with("<not executable")) {
        return Err(malformed(
            line,
            "the server has no plan in this form for the statement; FORMAT=TRADITIONAL has one",
        ));
    }
    let (mut roots, further) = steps(&lines)?;
    if roots.is_empty() {
        return Err(PlanError::NotAPlan("there is no operation in it".to_owned()));
    }
    let mut root = roots.remove(0);
    root.inputs.extend(roots);
    let mut plan = super::plan(root);
    if further > 0 {
        plan.extra.insert("Further Plans".to_owned(), further.into());
    }
    Ok(plan)
}

/// Line breaks that a client printed as two characters, and frames around each line, taken away.
fn normalised(text: &str) -> String {
    let text = &unquoted(text);
    let text = if is_escaped(text) { unescaped(text) } else { text.to_owned() };
    let text = text.replace('\u{a0}', " ").replace("\r\n", "\n");
    let arrows = text.lines().filter(|line| arrow(line).is_some()).count();
    let framed = text.lines().filter(|line| is_framed(line) && arrow(line).is_some()).count();
    match framed > 1 && framed == arrows {
        true => text.lines().map(unframed).collect::<Vec<_>>().join("\n"),
        false => text,
    }
}

/// A client that copies a row of its grid puts it in quotes, those inside escaped.
fn unquoted(text: &str) -> String {
    let (head, body) = match text.trim().split_once('\n') {
        Some((head, body)) if head.trim().trim_matches(['\'', '"']) == "EXPLAIN" => {
            (head, body.trim())
        }
        _ => ("", text.trim()),
    };
    let inside = ['\'', '"'].into_iter().find_map(|quote| {
        let inside = body.strip_prefix(quote)?.strip_suffix(quote)?;
        let tree = inside.trim_start().starts_with("-> ");
        tree.then(|| inside.replace(&format!("\\{quote}"), &quote.to_string()))
    });
    inside.map_or_else(|| text.to_owned(), |inside| format!("{head}\n{inside}"))
}

/// A client's batch mode prints the whole tree in one line, below the column's name.
fn is_escaped(text: &str) -> bool {
    let mut arrows = text.lines().filter(|line| arrow(line).is_some());
    let (Some(only), None) = (arrows.next(), arrows.next()) else { return false };
    let only = only.trim_end();
    only.ends_with("\\n")
        || only.split("\\n").skip(1).any(|rest| rest.trim_start().starts_with("-> "))
}

/// `\n` is a line break, `\\` one backslash.
fn unescaped(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => match characters.next() {
                Some('n') => written.push('\n'),
                Some('t') => written.push('\t'),
                Some('\\') | None => written.push('\\'),
                Some(other) => written.extend(['\\', other]),
            },
            other => written.push(other),
        }
    }
    written
}

fn is_framed(line: &str) -> bool {
    line.trim_start().starts_with(['|', '│'])
}

fn unframed(line: &str) -> String {
    let line = line.trim_end().trim_end_matches(['|', '│']);
    line.replacen(['|', '│'], " ", 1)
}

/// Column and text of what follows the line's arrow.
fn arrow(line: &str) -> Option<(usize, &str)> {
    let at = line.find("-> ")?;
    let before = line.get(..at)?;
    let bare = before.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '|' | '│'));
    let bare = bare.strip_prefix("EXPLAIN:").unwrap_or(bare);
    bare.trim().is_empty().then(|| (before.chars().count(), line.get(at + 3..).unwrap_or_default()))
}

fn lines(text: &str) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for (index, raw) in text.lines().enumerate() {
        if let Some((column, text)) = arrow(raw) {
            let first_is_framed =
                lines.is_empty() && raw.get(..column).is_some_and(|b| !b.trim().is_empty());
            let column = if first_is_framed { 0 } else { column };
            lines.push(Line {
                number: index + 1,
                column,
                text: text.trim_end_matches(" |").trim_end().to_owned(),
            });
        } else if let Some(last) = lines.last_mut() {
            if ends_the_plan(raw) {
                break;
            }
            last.text.push('\n');
            last.text.push_str(raw);
        }
    }
    for line in &mut lines {
        line.text.truncate(line.text.trim_end().len());
    }
    lines
}

/// A frame, a client's count of rows, the next record.
fn ends_the_plan(line: &str) -> bool {
    let line = line.trim();
    let counted = line.split_once(' ').is_some_and(|(count, rest)| {
        count.bytes().all(|b| b.is_ascii_digit()) && rest.starts_with("row")
    });
    line == "|"
        || line.starts_with("+-")
        || line.starts_with("***")
        || line.starts_with("Query OK")
        || counted
}

/// The roots: the statement's, and subqueries of its select list; and how many other plans follow.
fn steps(lines: &[Line]) -> Result<(Vec<Step>, usize), PlanError> {
    // Open steps with their columns, outermost first.
    let mut open: Vec<(usize, Step)> = Vec::new();
    let mut roots: Vec<Step> = Vec::new();
    let mut further = 0;
    for line in lines {
        let step = figures::split(&line.text).map_err(|why| malformed(line, &why))?;
        while open.last().is_some_and(|(column, _)| *column >= line.column) {
            close(&mut open, &mut roots);
        }
        let new_root = open.is_empty() && !roots.is_empty();
        if further > 0 || (new_root && !is_heading(&step.operation)) {
            further += usize::from(new_root);
            if new_root {
                continue;
            }
        }
        if open.len() >= MAX_DEPTH {
            return Err(malformed(line, "it is nested deeper than any plan"));
        }
        if further == 0 {
            open.push((line.column, step));
        }
    }
    while !open.is_empty() {
        close(&mut open, &mut roots);
    }
    Ok((roots, further))
}

fn close(open: &mut Vec<(usize, Step)>, roots: &mut Vec<Step>) {
    let Some((_, step)) = open.pop() else { return };
    let step = without_heading(step);
    match open.last_mut() {
        Some((_, parent)) => parent.inputs.push(step),
        None => roots.push(step),
    }
}

/// Lines that only say what the one below them is for.
fn is_heading(operation: &str) -> bool {
    operation == "Hash"
        || operation == "Repeat until convergence"
        || operation.starts_with("Select #")
}

fn without_heading(mut step: Step) -> Step {
    let only = step.inputs.len() == 1 && is_heading(&step.operation) && step.total_cost.is_none();
    match step.inputs.pop() {
        Some(mut input) if only => {
            input.heading = Some(step.operation);
            input
        }
        input => {
            step.inputs.extend(input);
            step
        }
    }
}

fn malformed(line: &Line, why: &str) -> PlanError {
    PlanError::Malformed { line: line.number, message: why.to_owned() }
}
