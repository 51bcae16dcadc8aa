//! JSON text to a value, with bounds, and with the duplicate keys that the server can print.

use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::assemble::MAX_DEPTH;
use crate::plan::PlanError;

/// Each plan node opens an object and a list; parts inside a node need a few more.
const MAX_NESTING: usize = 2 * MAX_DEPTH + 16;

/// Reads one JSON document. What follows it is ignored: logs and shells append to plans.
pub fn read(text: &str) -> Result<Value, PlanError> {
    refuse_deep_nesting(text)?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    deserializer.disable_recursion_limit();
    Merging.deserialize(&mut deserializer).map_err(|error| malformed(text, &error))
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

/// Builds a [`Value`] in which two lists under one key are one list: the server prints `Workers`
/// twice in a node when some of them are hidden. Of other duplicates the last is kept.
struct Merging;

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
