//! From whatever a user pastes to a plan.

use serde_json::Value;

use super::document::{from_json, from_text};
use super::paste::{
    self, Row, Unframed, joined, plain, rejoined, unfolded, unframe, with_line_breaks,
    without_margins, without_tabs,
};
use super::{json, text, xml, yaml};
use crate::engine::Explained;
use crate::plan::{Plan, PlanError};

/// A plan of ten thousand nodes takes about 10 MB.
const MAX_BYTES: usize = 100 * 1024 * 1024;

/// A log's entry in JSON holds a text that holds a plan; nobody wraps it further.
const MOST_WRAPPINGS: usize = 3;

/// Columns that people's editors give a tab, the server's own habit first.
const TAB_WIDTHS: [usize; 3] = [8, 4, 2];

/// Reads one EXPLAIN output in any form, bare, from the shell's table, or out of a log entry. What
/// cannot be read as a whole is refused.
pub fn parse(input: &str) -> Result<Plan, PlanError> {
    wrapped(input, MOST_WRAPPINGS)
}

/// The plan of a JSON document as the server sent it, together with the document.
pub fn explained(document: &str) -> Result<Explained, PlanError> {
    refuse_unusable(document)?;
    let (raw, _) = json::read(document)?;
    Ok(Explained { plan: from_json(raw.clone())?, raw })
}

/// As it stands; else with lines put together that fill one width, as terminals break them; else with
/// lines put together that cannot begin a line of a plan.
fn wrapped(input: &str, wrappings: usize) -> Result<Plan, PlanError> {
    refuse_unusable(input)?;
    if let Some(plan) = bare_document(input) {
        return Ok(plan);
    }
    if let Some(plan) = record(input, wrappings) {
        return Ok(plan);
    }
    // A tag behind a line would pass for an author's remark.
    let cells = input.trim_start().starts_with('<') && input.contains("</td>");
    if let Some(plan) = cells.then(|| wrapped_otherwise(input, wrappings)).flatten() {
        return Ok(plan);
    }
    let rows = paste::rows(input);
    let error = match read(rows.clone(), wrappings, false) {
        Ok(plan) => return Ok(plan),
        Err(error) => error,
    };
    let unfolded = unfolded(&rows);
    let whole = unfolded.as_ref().and_then(|rows| read(rows.clone(), wrappings, false).ok());
    let whole = whole.or_else(|| read(rows, wrappings, true).ok());
    let whole = whole.or_else(|| read(unfolded?, wrappings, true).ok());
    whole.or_else(|| wrapped_otherwise(input, wrappings)).ok_or(error)
}

/// In a program's strings, or in the source of a web page.
fn wrapped_otherwise(input: &str, wrappings: usize) -> Option<Plan> {
    let wrappings = wrappings.checked_sub(1)?;
    let inner = paste::listed(input).or_else(|| paste::without_tags(input))?;
    wrapped(&inner, wrappings).ok()
}

/// The common case: nothing around the document. It is read without being split into lines, which would
/// take a large plan's room several times over.
fn bare_document(input: &str) -> Option<Plan> {
    let first = Row { number: 1, text: input.trim_start().lines().next()?.into() };
    let document = match format_of(&[first]) {
        Format::Json => {
            let (value, behind) = json::read(input).ok()?;
            let bare = behind.trim().is_empty() && json::wrapped_plan(&value).is_none();
            bare.then_some(value)?
        }
        Format::Xml => xml::read(input).ok()?,
        Format::Yaml => yaml::read(input).ok()?,
        Format::Text => return None,
    };
    from_json(document).ok()
}

/// A log's entry or a row, as one document: what stands in it is a plan's text. Read before lines are looked at, of which the
/// whole entry may be one that begins as a server's own log does.
fn record(input: &str, wrappings: usize) -> Option<Plan> {
    let start = input.trim_start();
    if !start.starts_with(['{', '[']) {
        return None;
    }
    let wrappings = wrappings.checked_sub(1)?;
    let (value, behind) = json::read(start).ok()?;
    // Of several documents each may hold one line.
    if behind.trim_start().starts_with('{') {
        let all = json::wrapped_plan(&json::documents(start));
        if let Some(plan) = all.and_then(|all| wrapped(&all, wrappings).ok()) {
            return Some(plan);
        }
    }
    let (value, behind) = json::first_with_plan(value, behind);
    let plan = wrapped(&json::wrapped_plan(&value)?, wrappings).ok()?;
    Some(with_further(plan, json::plans_in(behind)))
}

/// Plans that are not judged are counted.
fn with_further(mut plan: Plan, more: usize) -> Plan {
    if more > 0 {
        let known = plan.extra.get("Further Plans").and_then(Value::as_u64).unwrap_or(0);
        plan.extra.insert("Further Plans".to_owned(), (known + more as u64).into());
    }
    plan
}

fn refuse_unusable(input: &str) -> Result<(), PlanError> {
    if input.trim().is_empty() {
        return Err(PlanError::Empty);
    }
    if input.len() > MAX_BYTES {
        let megabytes = input.len() / (1024 * 1024);
        return Err(PlanError::TooLarge(format!(
            "{megabytes} MB is more than any single plan takes (limit {} MB)",
            MAX_BYTES / (1024 * 1024)
        )));
    }
    if input.contains('\0') {
        return Err(PlanError::NotAPlan("it is binary data, not text".to_owned()));
    }
    Ok(())
}

/// A document is tried as it stands before margins are sought: its lines have much in common.
fn read(rows: Vec<Row<'_>>, wrappings: usize, rejoin: bool) -> Result<Plan, PlanError> {
    let bare = unframe(&rows);
    let mut refusal = None;
    if !matches!(format_of(&bare.rows), Format::Text) {
        match read_structured(&bare, wrappings) {
            Ok(plan) => return Ok(plan),
            Err(error) => refusal = Some(error),
        }
    }
    drop(bare);
    let narrow = without_margins(rows.clone());
    let stripped = unframe(&narrow);
    let text = matches!(format_of(&stripped.rows), Format::Text);
    let read = match (text, &refusal) {
        (true, None) => {
            drop(stripped);
            drop(narrow);
            read_text(rows, rejoin)
        }
        (true, Some(_)) => Err(PlanError::Empty),
        (false, _) => read_structured(&stripped, wrappings),
    };
    read.map_err(|error| refusal.unwrap_or(error))
}

fn read_structured(unframed: &Unframed, wrappings: usize) -> Result<Plan, PlanError> {
    let plan = match format_of(&unframed.rows) {
        Format::Yaml => read_as(unframed, yaml::read),
        Format::Xml => read_as(unframed, xml::read),
        Format::Json | Format::Text => read_json(unframed, wrappings),
    }?;
    Ok(with_duration(plan, unframed.duration_ms))
}

/// A log's entry holds the plan alone: the duration in front of it is the time that EXPLAIN prints below.
fn with_duration(mut plan: Plan, duration_ms: Option<f64>) -> Plan {
    if plan.root.actual.is_some() && duration_ms.is_some() {
        plan.execution_ms = plan.execution_ms.or(duration_ms);
        plan.notices.retain(|notice| notice != text::NO_EXECUTION_TIME);
    }
    plan
}

enum Format {
    Json,
    Text,
    Yaml,
    Xml,
}

fn format_of(rows: &[Row]) -> Format {
    let mut filled = rows.iter().map(|row| row.text.trim()).filter(|text| !text.is_empty());
    let Some(first) = filled.next() else { return Format::Text };
    let yaml = std::iter::once(first)
        .chain(filled.take(2))
        .any(|line| matches!(line, "- Plan:" | "Plan:") || line.starts_with("- Query Text:"));
    match first.chars().next() {
        Some('[' | '{') => Format::Json,
        Some('"') if !paste::mentions_figures(first) || first.ends_with('"') => Format::Json,
        Some('<') if first.starts_with("<explain") || first.starts_with("<?xml") => Format::Xml,
        _ if yaml => Format::Yaml,
        _ => Format::Text,
    }
}

fn read_json(unframed: &Unframed, wrappings: usize) -> Result<Plan, PlanError> {
    let text = joined(&unframed.rows);
    let (value, behind) = read_document(&text).map_err(|error| moved(error, &unframed.rows))?;
    let (value, behind) = json::first_with_plan(value, behind);
    if let Some(inner) = json::wrapped_plan(&value) {
        let wrappings = wrappings.checked_sub(1).ok_or_else(nested_too_often)?;
        return wrapped(&inner, wrappings);
    }
    let more = json::plans_in(behind)
        + unframed.rest.iter().map(|r| json::plans_in(&r.text)).sum::<usize>();
    drop(text);
    Ok(with_further(from_json(value)?, more))
}

/// As it stands; else without the line breaks that a display put inside strings; else with the
/// brackets that were left behind when it was copied.
fn read_document(text: &str) -> Result<(Value, &str), PlanError> {
    let headless = text.trim_start().starts_with('"') && text.contains("\"Node Type\"");
    let error = match json::read(text) {
        Ok((value, behind)) if !(headless && behind.trim_start().starts_with(':')) => {
            return Ok((value, behind));
        }
        Ok(_) => json::beginning_is_missing(),
        Err(error) => error,
    };
    let mended = match headless {
        true => format!("[{{{text}"),
        false => json::without_breaks_in_strings(text),
    };
    json::read(&mended).map(|(value, _)| (value, "")).map_err(|_| error)
}

fn nested_too_often() -> PlanError {
    PlanError::TooLarge("a text in a text in a text: give the plan itself".to_owned())
}

fn read_as(
    unframed: &Unframed,
    reader: impl Fn(&str) -> Result<Value, PlanError>,
) -> Result<Plan, PlanError> {
    let value = reader(&joined(&unframed.rows)).map_err(|error| moved(error, &unframed.rows))?;
    from_json(value)
}

fn read_text(rows: Vec<Row<'_>>, rejoin: bool) -> Result<Plan, PlanError> {
    refuse_another_servers(&rows)?;
    let rows = without_margins(plain(with_line_breaks(rows)));
    let unframed = unframe(&rows);
    let tabbed = unframed.rows.iter().any(|row| row.text.contains('\t'));
    if !tabbed {
        let Unframed { rows, rest, duration_ms } = unframed;
        return Ok(with_duration(from_text(read_lines(rows, &rest, rejoin)?), duration_ms));
    }
    let mut first_error = None;
    for width in TAB_WIDTHS {
        match read_lines(without_tabs(&unframed.rows, width), &unframed.rest, rejoin) {
            Ok(found) => return Ok(with_duration(from_text(found), unframed.duration_ms)),
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    Err(first_error.unwrap_or(PlanError::Empty))
}

fn read_lines(rows: Vec<Row<'_>>, rest: &[Row], rejoin: bool) -> Result<text::TextPlan, PlanError> {
    match rejoin {
        true => text::read(&rejoined(&rows).unwrap_or(rows), rest),
        false => text::read(&rows, rest),
    }
}

/// Another server prints trees with arrows too, but a single cost.
fn refuse_another_servers(rows: &[Row]) -> Result<(), PlanError> {
    let single_cost = |row: &Row| {
        let cost = row.text.split_once("(cost=").and_then(|(_, rest)| rest.split_once(" rows="));
        cost.is_some_and(|(cost, _)| !cost.contains("..") && cost.parse::<f64>().is_ok())
    };
    let arrow = |row: &Row| row.text.contains("-> ");
    if rows.iter().any(|row| arrow(row) && single_cost(row)) {
        return Err(PlanError::NotAPlan(
            "it is a plan of the MySQL server in its tree form".to_owned(),
        ));
    }
    // A warehouse that descends from this server marks its nodes; it has no indexes, and other settings.
    let marked = |row: &Row| {
        let name = row.text.trim_start_matches([' ', '|', '"', '-', '>']);
        name.starts_with("XN ") && paste::mentions_figures(&row.text)
    };
    if rows.iter().any(marked) {
        return Err(PlanError::NotAPlan(
            "it is a plan of Amazon Redshift, whose remedies are others than this server's"
                .to_owned(),
        ));
    }
    Ok(())
}

/// Line numbers count from the top of what the user gave.
fn moved(error: PlanError, rows: &[Row]) -> PlanError {
    match error {
        PlanError::Malformed { line, message } => {
            let line = rows.get(line.saturating_sub(1)).map_or(line, |row| row.number);
            PlanError::Malformed { line, message }
        }
        other => other,
    }
}
