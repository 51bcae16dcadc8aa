//! JSON text to a value, with bounds, and with the duplicate keys that the server can print.

use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::assemble::MAX_DEPTH;
use super::paste::mentions_figures;
use crate::plan::PlanError;

/// Each plan node opens an object and a list; parts inside a node need a few more.
const MAX_NESTING: usize = 2 * MAX_DEPTH + 16;

/// Reads one JSON document, and returns it with what follows it: logs and shells append to plans.
pub fn read(text: &str) -> Result<(Value, &str), PlanError> {
    refuse_deep_nesting(text)?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    deserializer.disable_recursion_limit();
    let mut documents = deserializer.into_iter::<Merged>();
    let first = documents.next().unwrap_or_else(|| Err(Error::custom("no JSON in it")));
    let Merged(value) = first.map_err(|error| malformed(text, &error))?;
    let end = documents.byte_offset();
    Ok((value, text.get(end..).unwrap_or_default()))
}

/// `"Plan": {…` at the very beginning: what encloses it was not copied.
pub fn beginning_is_missing() -> PlanError {
    PlanError::Malformed {
        line: 1,
        message: "the beginning of the JSON is missing: a plan starts with [ or {".to_owned(),
    }
}

/// Line breaks inside strings come from a narrow display: JSON spells its own as two characters.
pub fn without_breaks_in_strings(text: &str) -> String {
    let (mut in_string, mut escaped) = (false, false);
    let kept = |c: &char| {
        match c {
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => in_string = !in_string,
            '\n' | '\r' if in_string => return false,
            _ => {}
        }
        true
    };
    text.chars().filter(kept).collect()
}

/// Documents of a log follow each other: the first that holds a plan, and what is behind it.
pub fn first_with_plan(mut value: Value, mut behind: &str) -> (Value, &str) {
    while !holds_plan(&value) && behind.trim_start().starts_with('{') {
        match read(behind) {
            Ok((next, rest)) => (value, behind) = (next, rest),
            Err(_) => break,
        }
    }
    (value, behind)
}

fn holds_plan(value: &Value) -> bool {
    let found = |object: &Value| object.get("Plan").is_some() || object.get("Node Type").is_some();
    found(value) || value.get(0).is_some_and(found) || wrapped_plan(value).is_some()
}

/// The text of a plan that stands in a string: a log's message, or the rows of a result.
pub fn wrapped_plan(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => lines_of(items).or_else(|| entries_of(items)),
        Value::Object(object) => {
            object.get("Plan").is_none().then(|| object.values().find_map(plan_in))?
        }
        _ => None,
    }
}

fn plan_in(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => {
            let plan = text.contains("plan:\n")
                || mentions_figures(text)
                || text.contains("\"Node Type\"");
            plan.then(|| text.clone())
        }
        Value::Object(object) => object.values().find_map(plan_in),
        Value::Array(items) => lines_of(items).or_else(|| entries_of(items)),
        _ => None,
    }
}

/// One line an entry, or one a row of a single column.
fn lines_of(items: &[Value]) -> Option<String> {
    let line = |item: &Value| match item {
        Value::String(line) => Some(line.clone()),
        Value::Object(row) if row.len() == 1 => {
            row.values().next().and_then(Value::as_str).map(str::to_owned)
        }
        Value::Array(row) if row.len() == 1 => {
            row.first().and_then(Value::as_str).map(str::to_owned)
        }
        _ => None,
    };
    let lines: Option<Vec<String>> = items.iter().map(line).collect();
    lines.filter(|lines| !lines.is_empty()).map(|lines| lines.join("\n"))
}

/// Entries of a log that are one document: the plans in them below each other, or the lines that each of them has one of.
fn entries_of(items: &[Value]) -> Option<String> {
    let entries = || items.iter().filter(|item| item.is_object() && item.get("Plan").is_none());
    let whole = |text: &String| text.trim_end().contains('\n');
    let plans: Vec<String> = entries().filter_map(plan_in).filter(whole).collect();
    if !plans.is_empty() {
        return Some(plans.join("\n"));
    }
    let keys = entries().next()?.as_object()?.keys();
    let mut columns = keys.map(|key| {
        let lines = entries().filter_map(|entry| entry.get(key)?.as_str());
        lines.map(|line| line.trim_end_matches('\n')).collect::<Vec<_>>().join("\n")
    });
    columns.find(|text| text.lines().count() > 1 && mentions_figures(text))
}

/// The documents of a stream, one a line.
pub fn documents(text: &str) -> Value {
    let mut found = Vec::new();
    let mut rest = text;
    while rest.trim_start().starts_with('{') {
        let Ok((value, behind)) = read(rest) else { break };
        found.push(value);
        rest = behind;
    }
    Value::Array(found)
}

/// How many further plans a text holds that is not read.
pub fn plans_in(text: &str) -> usize {
    text.matches("\"Plan\":").count() + text.matches(" plan:\\n").count()
}

/// Checked before parsing, because parsing and dropping a document recurse as deep as it nests.
fn refuse_deep_nesting(text: &str) -> Result<(), PlanError> {
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_NESTING {
            return Err(PlanError::TooLarge(format!(
                "the JSON is nested more than {MAX_NESTING} levels deep, which no plan is; is the input intact?"
            )));
        }
    }
    Ok(())
}

fn malformed(text: &str, error: &serde_json::Error) -> PlanError {
    let message = if error.is_eof() {
        "the JSON ends in the middle of the plan; was it cut off when it was copied?".to_owned()
    } else {
        format!("not valid JSON ({error})")
    };
    let line = error.line().clamp(1, text.lines().count().max(1));
    PlanError::Malformed { line, message }
}

/// A document read by [`Merging`].
struct Merged(Value);

impl<'de> serde::Deserialize<'de> for Merged {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Merging.deserialize(deserializer).map(Merged)
    }
}

/// Builds a [`Value`] in which two lists under one key are one list: the server prints `Workers`
/// twice in a node when some of them are hidden. Of other duplicates the last is kept.
pub struct Merging;

impl<'de> DeserializeSeed<'de> for Merging {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Merging {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut found = Vec::new();
        while let Some(item) = items.next_element_seed(Merging)? {
            found.push(item);
        }
        Ok(Value::Array(found))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut found = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(Merging)?;
            insert(&mut found, key, value);
        }
        Ok(Value::Object(found))
    }
}

fn insert(map: &mut Map<String, Value>, key: String, value: Value) {
    match (map.get_mut(&key), value) {
        (Some(Value::Array(known)), Value::Array(more)) => known.extend(more),
        (_, value) => {
            map.insert(key, value);
        }
    }
}
