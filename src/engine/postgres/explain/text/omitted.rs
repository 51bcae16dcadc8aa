//! Zeros that the text form leaves out and the JSON form prints.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::label::keys_of;
use super::lines::Line;
use super::node_line::{self, Reading};
use super::root::ARROW;

/// Options that EXPLAIN was run with, told by what any line shows.
#[derive(Clone, Copy)]
pub struct Options {
    buffers: bool,
    io: bool,
    wal: bool,
}

impl Options {
    /// Known before the first node is made, so that none has to wait for the last.
    pub fn of(lines: &[Line]) -> Self {
        let any = |key: &str| lines.iter().any(|line| line.text.starts_with(key));
        let buffers = any("Buffers:") || !lines.iter().any(|line| reads_blocks(&line.text));
        Options { buffers, io: any("I/O Timings:"), wal: any("WAL:") }
    }
}

/// A plan in which no such node ran touches no block, so that silence about blocks is no news.
fn reads_blocks(line: &str) -> bool {
    let Reading::Whole(node) = node_line::read(line.strip_prefix(ARROW).unwrap_or(line)) else {
        return false;
    };
    let ran = node.figures.get("Actual Loops").is_none_or(|loops| loops.as_f64() != Some(0.0));
    let keys = keys_of(node.label);
    ran && (keys.contains_key("Relation Name") || keys.contains_key("Index Name"))
}

/// Puts into one node's keys, and its workers', what the JSON form would have.
pub fn restore(
    keys: &mut Map<String, Value>,
    workers: &mut BTreeMap<usize, Map<String, Value>>,
    options: Options,
) {
    restore_options(keys, options);
    restore_counts(keys);
    restore_executed(keys);
    for worker in workers.values_mut().filter(|w| w.contains_key("Actual Loops")) {
        restore_options(worker, Options { wal: false, ..options });
    }
}

fn restore_options(keys: &mut Map<String, Value>, options: Options) {
    if options.buffers && keys.contains_key("Actual Loops") {
        zero(keys, "Shared Hit Blocks");
    }
    if options.io && !keys.keys().any(|key| key.contains("I/O ")) {
        zero(keys, "I/O Read Time");
    }
    if options.wal {
        zero(keys, "WAL Records");
    }
}

fn restore_counts(keys: &mut Map<String, Value>) {
    match keys.get("Node Type").and_then(Value::as_str) {
        Some("Append" | "Merge Append") => zero(keys, "Subplans Removed"),
        Some("Aggregate") if has_text(keys, "Strategy", &["Hashed", "Mixed"]) => {
            zero(keys, "Planned Partitions");
        }
        _ => {}
    }
}

fn restore_executed(keys: &mut Map<String, Value>) {
    if !keys.contains_key("Actual Loops") {
        return;
    }
    let node_type = keys.get("Node Type").and_then(Value::as_str).unwrap_or_default().to_owned();
    for (condition, count) in [
        ("Filter", "Rows Removed by Filter"),
        ("Join Filter", "Rows Removed by Join Filter"),
        ("Recheck Cond", "Rows Removed by Index Recheck"),
    ] {
        if keys.contains_key(condition) {
            zero(keys, count);
        }
    }
    if node_type.starts_with("Index ") && keys.contains_key("Index Cond") {
        zero(keys, "Rows Removed by Index Recheck");
    }
    if node_type == "Bitmap Heap Scan" {
        zero(keys, "Exact Heap Blocks");
        zero(keys, "Lossy Heap Blocks");
    }
}

fn zero(keys: &mut Map<String, Value>, key: &str) {
    keys.entry(key).or_insert(0.into());
}

fn has_text(keys: &Map<String, Value>, key: &str, values: &[&str]) -> bool {
    keys.get(key).and_then(Value::as_str).is_some_and(|text| values.contains(&text))
}
