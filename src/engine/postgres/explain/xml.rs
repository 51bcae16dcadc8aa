//! The XML form of EXPLAIN as the document that the JSON form would have been.

use quick_xml::events::{BytesRef, Event};
use quick_xml::{Reader, escape};
use serde_json::{Map, Value};

use super::assemble::MAX_DEPTH;
use crate::plan::PlanError;

/// Each plan node opens two elements; parts inside a node need a few more.
const MAX_NESTING: usize = 2 * MAX_DEPTH + 16;

/// Elements that hold one other element over and over.
const LISTS: [&str; 7] =
    ["Plans", "Workers", "Triggers", "Grouping-Sets", "Hash-Keys", "Group-Keys", "explain"];
/// Keys of which each grouping set has a list, an empty one too.
const SETS: [&str; 2] = ["Hash-Keys", "Group-Keys"];

/// An element whose end has not come yet.
struct Open {
    name: String,
    text: String,
    keys: Map<String, Value>,
    items: Vec<Value>,
}

pub fn read(text: &str) -> Result<Value, PlanError> {
    let mut reader = Reader::from_str(text);
    let mut open = vec![element("")];
    loop {
        let event = reader.read_event();
        let line = || 1 + text.get(..reader.buffer_position() as usize).map_or(0, lines_in);
        match event.map_err(|error| malformed(line(), &error.to_string()))? {
            Event::Start(start) => {
                if open.len() > MAX_NESTING {
                    return Err(PlanError::TooLarge(format!(
                        "the XML is nested more than {MAX_NESTING} levels deep, which no plan is"
                    )));
                }
                open.push(element(&String::from_utf8_lossy(start.name().as_ref())));
            }
            Event::Text(part) => said(&mut open, &part.decode().unwrap_or_default()),
            Event::CData(part) => said(&mut open, &part.decode().unwrap_or_default()),
            Event::GeneralRef(reference) => said(&mut open, &resolved(&reference)),
            Event::End(_) => close(&mut open),
            Event::Eof => break,
            _ => {}
        }
    }
    match (open.len(), open.pop()) {
        (1, Some(mut document)) => Ok(document.keys.remove("explain").unwrap_or_default()),
        _ => Err(malformed(
            lines_in(text).max(1),
            "it ends in the middle of the plan; was it cut off when it was copied?",
        )),
    }
}

fn lines_in(text: &str) -> usize {
    text.matches('\n').count()
}

fn element(name: &str) -> Open {
    Open { name: name.to_owned(), text: String::new(), keys: Map::new(), items: Vec::new() }
}

fn said(open: &mut [Open], text: &str) {
    if let Some(last) = open.last_mut() {
        last.text.push_str(text);
    }
}

/// `&lt;` and its like, `&#39;`.
fn resolved(reference: &BytesRef) -> String {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return character.to_string();
    }
    let name = reference.decode().unwrap_or_default();
    escape::resolve_predefined_entity(&name).unwrap_or_default().to_owned()
}

fn close(open: &mut Vec<Open>) {
    if open.len() < 2 {
        return;
    }
    let Some(ended) = open.pop() else { return };
    let Some(parent) = open.last_mut() else { return };
    let name = ended.name.clone();
    let key = key_in(parent, &name);
    let value = match value_of(ended, &key) {
        Value::String(text) if text.is_empty() && SETS.contains(&parent.name.as_str()) => {
            Value::Array(Vec::new())
        }
        value => value,
    };
    // A log's plan has no <Query> around its parts.
    let bare = parent.name == "explain" && name != "Query";
    if name == "Item" || LISTS.contains(&parent.name.as_str()) && !bare {
        parent.items.push(value);
        return;
    }
    match (parent.keys.get_mut(&key), value) {
        // The server prints the list of workers twice where some of them are hidden.
        (Some(Value::Array(known)), Value::Array(more)) => known.extend(more),
        (_, value) => {
            parent.keys.insert(key, value);
        }
    }
}

fn value_of(element: Open, key: &str) -> Value {
    if element.name == "explain" && element.items.is_empty() && !element.keys.is_empty() {
        return vec![Value::from(element.keys)].into();
    }
    if LISTS.contains(&element.name.as_str()) || !element.items.is_empty() {
        return element.items.into();
    }
    if !element.keys.is_empty() {
        return element.keys.into();
    }
    match (key, element.text.as_str()) {
        ("Parallel Aware" | "Async Capable" | "Disabled" | "Single Copy", "true") => true.into(),
        ("Parallel Aware" | "Async Capable" | "Disabled" | "Single Copy", "false") => false.into(),
        ("Actual Rows", rows) => number(rows).unwrap_or_else(|| rows.into()),
        _ => element.text.into(),
    }
}

/// With a fraction where it has one: it tells the server's version.
fn number(text: &str) -> Option<Value> {
    let number = text.parse::<f64>().ok()?;
    serde_json::Number::from_f64(number).map(Value::Number)
}

/// Two groups of a sort in parts, and the spaces in them, stand under one name each: their order tells.
fn key_in(parent: &Open, name: &str) -> String {
    match name {
        "Incremental-Sort-Groups" if parent.keys.contains_key("Full-sort Groups") => {
            "Pre-sorted Groups".to_owned()
        }
        "Incremental-Sort-Groups" => "Full-sort Groups".to_owned(),
        "Sort-Space" => {
            let second = parent.keys.contains_key("Sort Space Memory");
            let area = if second || !sorts_in_memory(parent) { "Disk" } else { "Memory" };
            format!("Sort Space {area}")
        }
        _ => key_of(name),
    }
}

fn sorts_in_memory(group: &Open) -> bool {
    let methods = group.keys.get("Sort Methods Used").and_then(Value::as_array);
    let mut names = methods.into_iter().flatten().filter_map(Value::as_str);
    names.any(|name| !name.starts_with("external"))
}

/// Names of elements cannot hold blanks or slashes.
fn key_of(name: &str) -> String {
    match name {
        "I-O-Read-Time"
        | "Shared-I-O-Read-Time"
        | "Local-I-O-Read-Time"
        | "Temp-I-O-Read-Time"
        | "I-O-Write-Time"
        | "Shared-I-O-Write-Time"
        | "Local-I-O-Write-Time"
        | "Temp-I-O-Write-Time" => name.replace("I-O", "I/O").replace('-', " "),
        "Full-sort-Groups" => "Full-sort Groups".to_owned(),
        "Pre-sorted-Groups" => "Pre-sorted Groups".to_owned(),
        "One-Time-Filter" => "One-Time Filter".to_owned(),
        _ => name.replace('-', " "),
    }
}

fn malformed(line: usize, message: &str) -> PlanError {
    PlanError::Malformed { line, message: format!("not valid XML ({message})") }
}
