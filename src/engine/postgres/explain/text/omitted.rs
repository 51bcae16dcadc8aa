//! What the text form leaves out and the JSON form prints: zeros, and what was known of all nodes only when
//! the last was read.

use serde_json::{Map, Value};

use super::super::precision::Precision;
use crate::plan::{Buffers, IoTime, Node};

/// Options that EXPLAIN was run with and the server's habits, told by what any node shows.
#[derive(Default)]
pub struct Seen {
    buffers: bool,
    /// A node ran that must have touched blocks.
    reads_blocks: bool,
    io: bool,
    wal: bool,
    /// Rows were printed with decimals, as servers from 18 on do.
    pub decimals: bool,
}

impl Seen {
    pub fn note(&mut self, keys: &Map<String, Value>) {
        self.buffers |= keys.keys().any(|key| is_buffers(key));
        self.io |= keys.keys().any(|key| key.contains("I/O "));
        self.wal |= keys.keys().any(|key| key.starts_with("WAL "));
        self.reads_blocks |= reads_blocks(keys);
    }

    /// A node's silence about what another tells is a zero.
    pub fn complete(&self, root: &mut Node) {
        let precision = if self.decimals { Precision::DECIMALS } else { Precision::INTEGERS };
        // A plan in which no such node ran touches no block, so that silence about blocks is no news.
        let buffers = self.buffers || !self.reads_blocks;
        let mut pending = vec![root];
        while let Some(node) = pending.pop() {
            let of_workers = node.workers.iter_mut().map(|w| (&mut w.actual, &mut w.buffers));
            for (actual, blocks) in
                std::iter::once((&mut node.actual, &mut node.buffers)).chain(of_workers)
            {
                let Some(actual) = actual else { continue };
                actual.rows_rounding = precision.rows(actual.loops);
                if buffers {
                    blocks.get_or_insert_with(Buffers::default);
                }
            }
            if self.io {
                node.io.get_or_insert_with(IoTime::default);
            }
            if self.wal {
                node.wal.get_or_insert_with(Default::default);
            }
            pending.extend(&mut node.children);
        }
    }
}

fn is_buffers(key: &str) -> bool {
    key.ends_with(" Blocks") && !key.ends_with("Heap Blocks")
}

fn reads_blocks(keys: &Map<String, Value>) -> bool {
    let ran = keys.get("Actual Loops").is_none_or(|loops| loops.as_f64() != Some(0.0));
    ran && (keys.contains_key("Relation Name") || keys.contains_key("Index Name"))
}

/// Puts into a node's keys the zeros that depend on it alone.
pub fn restore(keys: &mut Map<String, Value>) {
    if keys.keys().any(|key| is_buffers(key)) {
        zero(keys, "Shared Hit Blocks");
    }
    if keys.keys().any(|key| key.starts_with("WAL ")) {
        zero(keys, "WAL Records");
    }
    restore_counts(keys);
    restore_executed(keys);
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
