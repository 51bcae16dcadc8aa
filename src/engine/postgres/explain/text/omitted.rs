//! Zeros that the text form leaves out and the JSON form prints.

use serde_json::{Map, Value};

use super::draft::Draft;

/// Options that EXPLAIN was run with, told by what any node shows.
#[derive(Clone, Copy)]
struct Options {
    buffers: bool,
    io: bool,
    wal: bool,
}

pub fn restore(drafts: &mut [Draft]) {
    let options = Options {
        buffers: any(drafts, is_buffers) || !drafts.iter().any(|draft| reads_blocks(&draft.keys)),
        io: any(drafts, |key| key.contains("I/O ")),
        wal: any(drafts, |key| key.starts_with("WAL ")),
    };
    for draft in drafts {
        restore_options(&mut draft.keys, options);
        restore_counts(&mut draft.keys);
        restore_executed(&mut draft.keys);
        for worker in draft.workers.values_mut().filter(|w| w.contains_key("Actual Loops")) {
            restore_options(worker, Options { wal: false, ..options });
        }
    }
}

fn is_buffers(key: &str) -> bool {
    key.ends_with(" Blocks") && !key.ends_with("Heap Blocks")
}

/// A plan in which no such node ran touches no block, so that silence about blocks is no news.
fn reads_blocks(keys: &Map<String, Value>) -> bool {
    let ran = keys.get("Actual Loops").is_none_or(|loops| loops.as_f64() != Some(0.0));
    ran && (keys.contains_key("Relation Name") || keys.contains_key("Index Name"))
}

fn any(drafts: &[Draft], known: impl Fn(&str) -> bool) -> bool {
    drafts.iter().any(|draft| draft.keys.keys().any(|key| known(key)))
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
