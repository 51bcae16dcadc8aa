//! From whatever a user pastes to a plan.

use serde_json::Value;

use super::document::from_json_with;
use super::framing::{Unframed, unframe};
use super::{json, text};
use crate::engine::Explained;
use crate::plan::{Plan, PlanError};

/// A plan of ten thousand nodes takes about 10 MB.
const MAX_BYTES: usize = 100 * 1024 * 1024;

/// Reads one EXPLAIN output in JSON or text form, bare, from the shell's table, or out of a log entry.
pub fn parse(input: &str) -> Result<Plan, PlanError> {
    explained(input).map(|explained| explained.plan)
}

/// As [`parse`], together with the document. For the text form it is the document that the JSON
/// form would have been, as far as the text tells.
pub fn explained(input: &str) -> Result<Explained, PlanError> {
    refuse_unusable(input)?;
    let unframed = unframe(input);
    let mut explained = match format_of(&unframed.text) {
        Format::Json => read_json(&unframed),
        Format::Text => read_text(&unframed),
        Format::Yaml => Err(unread_format("YAML")),
        Format::Xml => Err(unread_format("XML")),
    }?;
    let plan = &mut explained.plan;
    if plan.root.actual.is_some() {
        plan.execution_ms = plan.execution_ms.or(unframed.duration_ms);
    }
    Ok(explained)
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

enum Format {
    Json,
    Text,
    Yaml,
    Xml,
}

fn format_of(text: &str) -> Format {
    let start = text.trim_start();
    let yaml = start.lines().take(3).any(|line| {
        matches!(line.trim_end(), "- Plan:" | "Plan:") || line.starts_with("- Query Text:")
    });
    match start.chars().next() {
        Some('[' | '{' | '"') => Format::Json,
        Some('<') => Format::Xml,
        _ if yaml => Format::Yaml,
        _ => Format::Text,
    }
}

fn unread_format(name: &str) -> PlanError {
    PlanError::NotAPlan(format!(
        "plans in {name} are not read; run the statement again with EXPLAIN (…, FORMAT JSON)"
    ))
}

fn read_json(unframed: &Unframed) -> Result<Explained, PlanError> {
    let mut raw = json::read(&unframed.text).map_err(|error| moved(error, unframed.first_line))?;
    if let Value::String(inner) = &raw {
        raw = json::read(inner)?;
    }
    Ok(Explained { plan: from_json_with(&raw, None)?, raw })
}

fn read_text(unframed: &Unframed) -> Result<Explained, PlanError> {
    let (raw, precision) =
        text::read(&unframed.text).map_err(|error| moved(error, unframed.first_line))?;
    Ok(Explained { plan: from_json_with(&raw, Some(precision))?, raw })
}

/// Line numbers count from the top of what the user gave.
fn moved(error: PlanError, first_line: usize) -> PlanError {
    match error {
        PlanError::Malformed { line, message } => {
            PlanError::Malformed { line: line + first_line, message }
        }
        other => other,
    }
}
