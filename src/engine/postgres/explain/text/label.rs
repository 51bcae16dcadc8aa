//! From the label of a text plan (`Parallel Hash Left Join`) to the keys of a JSON plan.

use serde_json::{Map, Value};

use super::super::kind::kind_of;
use super::target::{identifier, target};
use crate::plan::NodeKind;

/// Keys that the label stands for.
pub fn keys_of(label: &str) -> Map<String, Value> {
    let mut keys = Map::new();
    let mut rest = label.trim();
    for (word, key) in [("Parallel ", "Parallel Aware"), ("Async ", "Async Capable")] {
        if let Some(after) = rest.strip_prefix(word) {
            keys.insert(key.to_owned(), true.into());
            rest = after;
        }
    }
    let known = join(rest, &mut keys)
        || aggregate(rest, &mut keys)
        || set_operation(rest, &mut keys)
        || modification(rest, &mut keys)
        || scan(rest, &mut keys);
    if !known {
        put(&mut keys, "Node Type", rest);
    }
    keys
}

/// Node types that need no kind of their own here.
const MORE_TYPES: [&str; 6] =
    ["ProjectSet", "Sample Scan", "Named Tuplestore Scan", "Task", "Map Task", "Merge Task"];

/// `text` is a node's name as servers print it, without figures.
pub fn is_label(text: &str) -> bool {
    let keys = keys_of(text);
    let node_type = keys.get("Node Type").and_then(Value::as_str).unwrap_or_default();
    kind_of(node_type) != NodeKind::Other
        || MORE_TYPES.contains(&node_type)
        || text.starts_with("Custom Scan (")
}

/// A node's name with its figures, or alone.
pub fn begins_label(text: &str) -> bool {
    let end = text.find("  (").unwrap_or(text.len());
    text.starts_with(|c: char| c.is_ascii_uppercase()) && is_label(text[..end].trim_end())
}

fn put(keys: &mut Map<String, Value>, key: &str, value: &str) {
    keys.insert(key.to_owned(), value.into());
}

/// `Hash Join` is an inner join; the type of any other stands in the middle: `Hash Right Anti Join`.
fn join(label: &str, keys: &mut Map<String, Value>) -> bool {
    let found = [("Nested Loop", "Nested Loop"), ("Hash", "Hash Join"), ("Merge", "Merge Join")]
        .into_iter()
        .find_map(|(start, node_type)| Some((label.strip_prefix(start)?, node_type)));
    let Some((rest, node_type)) = found else { return false };
    let join_type = match rest {
        "" if node_type == "Nested Loop" => "Inner",
        " Join" => "Inner",
        _ => match rest.strip_prefix(' ').and_then(|rest| rest.strip_suffix(" Join")) {
            Some(middle) => middle,
            None => return false,
        },
    };
    put(keys, "Node Type", node_type);
    put(keys, "Join Type", join_type);
    true
}

fn aggregate(label: &str, keys: &mut Map<String, Value>) -> bool {
    let (mode, rest) = ["Partial", "Finalize"]
        .into_iter()
        .find_map(|mode| Some((mode, label.strip_prefix(mode)?.strip_prefix(' ')?)))
        .unwrap_or(("Simple", label));
    let strategy = match rest {
        "Aggregate" => "Plain",
        "GroupAggregate" => "Sorted",
        "HashAggregate" => "Hashed",
        "MixedAggregate" => "Mixed",
        _ => return false,
    };
    put(keys, "Node Type", "Aggregate");
    put(keys, "Strategy", strategy);
    put(keys, "Partial Mode", mode);
    true
}

fn set_operation(label: &str, keys: &mut Map<String, Value>) -> bool {
    let found = [("HashSetOp ", "Hashed"), ("SetOp ", "Sorted")]
        .into_iter()
        .find_map(|(start, strategy)| Some((label.strip_prefix(start)?, strategy)));
    let Some((command, strategy)) = found else { return false };
    put(keys, "Node Type", "SetOp");
    put(keys, "Strategy", strategy);
    put(keys, "Command", command);
    true
}

fn modification(label: &str, keys: &mut Map<String, Value>) -> bool {
    let found = ["Insert", "Update", "Delete", "Merge"].into_iter().find_map(|operation| {
        Some((operation, label.strip_prefix(operation)?.strip_prefix(" on ")?))
    });
    let Some((operation, relation)) = found else { return false };
    put(keys, "Node Type", "ModifyTable");
    put(keys, "Operation", operation);
    put_target(keys, "Relation Name", relation);
    true
}

fn scan(label: &str, keys: &mut Map<String, Value>) -> bool {
    if index_scan(label, keys) {
        return true;
    }
    let Some((node_type, object)) = label.split_once(" on ") else { return false };
    match node_type {
        "Foreign Insert" | "Foreign Update" | "Foreign Delete" => {
            put(keys, "Node Type", "Foreign Scan");
            put(keys, "Operation", node_type.trim_start_matches("Foreign "));
        }
        _ => put(keys, "Node Type", node_type),
    }
    match target_key(node_type) {
        Some("Index Name") => put(keys, "Index Name", &target(object).name),
        Some(key) => put_target(keys, key, object),
        None => put(keys, "Alias", &target(object).name),
    }
    true
}

/// What a scan of this type reads; `None` for what has but an alias.
fn target_key(node_type: &str) -> Option<&'static str> {
    match node_type {
        "Bitmap Index Scan" => Some("Index Name"),
        "Function Scan" => Some("Function Name"),
        "Table Function Scan" => Some("Table Function Name"),
        "Named Tuplestore Scan" => Some("Tuplestore Name"),
        "CTE Scan" | "WorkTable Scan" => Some("CTE Name"),
        "Values Scan" | "Subquery Scan" => None,
        _ => Some("Relation Name"),
    }
}

/// `Index Scan Backward using name on relation`.
fn index_scan(label: &str, keys: &mut Map<String, Value>) -> bool {
    let Some((before, after)) = label.split_once(" using ") else { return false };
    let (node_type, direction) = match before.strip_suffix(" Backward") {
        Some(node_type) => (node_type, "Backward"),
        None => (before, "Forward"),
    };
    let (index, rest) = identifier(after);
    put(keys, "Node Type", node_type);
    put(keys, "Scan Direction", direction);
    put(keys, "Index Name", &index);
    if let Some(relation) = rest.strip_prefix(" on ") {
        put_target(keys, "Relation Name", relation);
    }
    true
}

/// The text form leaves out an alias that equals the name; the JSON form always has one.
fn put_target(keys: &mut Map<String, Value>, key: &str, text: &str) {
    let found = target(text);
    put(keys, key, &found.name);
    put(keys, "Alias", found.alias.as_deref().unwrap_or(&found.name));
    if let Some(schema) = &found.schema {
        put(keys, "Schema", schema);
    }
}
