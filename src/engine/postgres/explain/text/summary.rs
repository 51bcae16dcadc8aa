//! What stands below (and, in logs, above) the tree of a text plan.

use serde_json::{Map, Value, json};

use super::super::paste::Row;
use super::figures::kilobytes;
use super::lines::{Line, split_list};
use super::node_line::number;
use super::property;

/// The document's keys other than `Plan`.
pub fn read(lines: &[Line]) -> Map<String, Value> {
    let mut keys = Map::new();
    let mut section = String::new();
    let base = lines.first().map_or(0, |line| line.column);
    for line in lines {
        if line.column <= base {
            section = line.text.split(':').next().unwrap_or_default().to_owned();
            top_level(&line.text, &mut keys);
        } else {
            nested(&section, &line.text, &mut keys);
        }
    }
    keys
}

/// A time with its unit, a trigger with its figures; of other lines nothing is known.
pub fn is_whole(text: &str) -> bool {
    if let Some(subject) = text.strip_prefix("Trigger ") {
        return trigger(subject).is_some();
    }
    let time = [
        "Planning Time:",
        "Planning time:",
        "Execution Time:",
        "Execution time:",
        "Total runtime:",
    ];
    let value = time.iter().find_map(|key| text.strip_prefix(key));
    value.is_none_or(|value| milliseconds(value.trim()).is_some())
}

fn top_level(text: &str, keys: &mut Map<String, Value>) {
    if let Some(trigger) = text.strip_prefix("Trigger ").and_then(trigger) {
        push(keys, "Triggers", trigger);
        return;
    }
    let Some((key, value)) = text.split_once(':') else { return };
    let value = value.trim();
    let found = match key {
        "Planning Time" | "Planning time" => milliseconds(value).map(|ms| ("Planning Time", ms)),
        "Execution Time" | "Execution time" => milliseconds(value).map(|ms| ("Execution Time", ms)),
        "Total runtime" => milliseconds(value).map(|ms| ("Total Runtime", ms)),
        "Settings" => Some(("Settings", settings(value))),
        "Query Identifier" => Some(("Query Identifier", number(value).unwrap_or(value.into()))),
        "Serialization" => Some(("Serialization", serialization(value))),
        _ => None,
    };
    if let Some((key, value)) = found {
        keys.insert(key.to_owned(), value);
    }
}

fn nested(section: &str, text: &str, keys: &mut Map<String, Value>) {
    if !matches!(section, "Planning" | "JIT" | "Serialization") {
        return;
    }
    let entry = keys.entry(section).or_insert_with(|| json!({}));
    let Some(object) = entry.as_object_mut() else { return };
    match text.split_once(':') {
        Some(("Memory", value)) => memory(value, object),
        Some(("Timing", value)) => drop(object.insert("Timing".to_owned(), jit_timing(value))),
        _ => property::read(text, object),
    }
}

/// `None` without its unit: the text was cut off in the middle of the number. Behind it an author may have
/// written a remark: `44.7 ms   <-- slow`.
fn milliseconds(text: &str) -> Option<Value> {
    let (value, remark) = text.split_once("ms")?;
    let apart = remark.is_empty()
        || remark.starts_with([' ', '\t'])
            && remark.trim_start().starts_with(['<', '#', '*', '\u{2190}', '-', '(', '/']);
    apart.then(|| number(value.trim()))?
}

/// The line that ends an executed plan, whole.
pub fn is_end(text: &str) -> bool {
    ["Execution Time:", "Execution time:", "Total runtime:"]
        .iter()
        .any(|key| text.starts_with(key) && is_whole(text))
}

/// `name = 'value', other = 'value'`.
fn settings(text: &str) -> Value {
    let pairs = split_list(text).into_iter().filter_map(|part| {
        let (name, value) = part.split_once('=')?;
        let value = value.trim();
        let bare = value.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
        Some((name.trim().to_owned(), Value::from(bare.unwrap_or(value))))
    });
    Value::Object(pairs.collect())
}

/// `name for constraint c on relation: time=0.1 calls=2`; the name is left out of constraints' triggers.
fn trigger(text: &str) -> Option<Value> {
    let (subject, figures) = text.rsplit_once(": ")?;
    let mut keys = Map::new();
    for (key, value) in figures.split_whitespace().filter_map(|word| word.split_once('=')) {
        let key = if key == "time" { "Time" } else { "Calls" };
        keys.insert(key.to_owned(), number(value)?);
    }
    let (subject, relation) = match subject.rsplit_once(" on ") {
        Some((subject, relation)) => (subject, Some(relation)),
        None => (subject, None),
    };
    let padded = format!(" {subject}");
    let (name, constraint) = match padded.split_once(" for constraint ") {
        Some((name, constraint)) => (name.trim(), Some(constraint)),
        None => (subject, None),
    };
    let named = (!name.is_empty()).then_some(name);
    for (key, value) in
        [("Trigger Name", named), ("Constraint Name", constraint), ("Relation", relation)]
    {
        if let Some(value) = value {
            keys.insert(key.to_owned(), value.into());
        }
    }
    keys.contains_key("Calls").then_some(Value::Object(keys))
}

/// `time=0.014 ms  output=1kB  format=text`.
fn serialization(text: &str) -> Value {
    let mut keys = Map::new();
    for (key, value) in text.split("  ").filter_map(|part| part.trim().split_once('=')) {
        let found = match key {
            "time" => milliseconds(value).map(|ms| ("Time", ms)),
            "output" => kilobytes(value).map(|kb| ("Output Volume", kb)),
            "format" => Some(("Format", value.into())),
            _ => None,
        };
        keys.extend(found.map(|(key, value)| (key.to_owned(), value)));
    }
    Value::Object(keys)
}

/// `used=12kB  allocated=16kB`.
fn memory(text: &str, keys: &mut Map<String, Value>) {
    for (key, value) in text.split_whitespace().filter_map(|word| word.split_once('=')) {
        let name = if key == "used" { "Memory Used" } else { "Memory Allocated" };
        keys.extend(kilobytes(value).map(|kb| (name.to_owned(), kb)));
    }
}

/// `Generation 0.1 ms (Deform 0.0 ms), Inlining 0.0 ms, …, Total 1.2 ms`: the parts are of no use here.
fn jit_timing(text: &str) -> Value {
    let total = text.rsplit_once("Total ").and_then(|(_, total)| milliseconds(total.trim()));
    json!({ "Total": total })
}

fn push(keys: &mut Map<String, Value>, key: &str, value: Value) {
    let list = keys.entry(key).or_insert_with(|| json!([]));
    if let Some(list) = list.as_array_mut() {
        list.push(value);
    }
}

/// The statement that auto_explain prints above the plan.
pub fn query_text(above: &[Row]) -> Option<String> {
    const KEY: &str = "Query Text:";
    let first = above.iter().position(|row| row.text.trim_start().starts_with(KEY))?;
    let (start, rest) = above.get(first..)?.split_first()?;
    let mut lines = vec![start.text.split_once(KEY)?.1.trim_start()];
    let parameters = |row: &&Row| row.text.trim_start().starts_with("Query Parameters:");
    lines.extend(rest.iter().take_while(|row| !parameters(row)).map(|row| &*row.text));
    Some(lines.join("\n").trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::figures::pairs;
    use super::*;

    #[test]
    fn triggers_of_every_form() {
        let bare = trigger("for constraint rental_fk on rental: time=1.500 calls=7").unwrap();
        assert_eq!(
            bare,
            json!({"Time": 1.5, "Calls": 7, "Constraint Name": "rental_fk", "Relation": "rental"})
        );
        let named = trigger("audit: calls=3").unwrap();
        assert_eq!(named, json!({"Calls": 3, "Trigger Name": "audit"}));
    }

    #[test]
    fn pairs_are_two_blanks_apart() {
        assert_eq!(
            pairs("Batches: 5  Memory Usage: 41kB"),
            [("Batches", "5"), ("Memory Usage", "41kB")]
        );
    }
}
