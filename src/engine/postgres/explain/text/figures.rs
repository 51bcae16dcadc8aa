//! Lines of figures: blocks, I/O times, WAL, memory.

use serde_json::{Map, Value};

use super::node_line::number;

/// `shared hit=1 read=2, local …, temp read=3 written=4`.
pub fn buffers(text: &str) -> Map<String, Value> {
    let mut keys = Map::new();
    for group in text.split(", ") {
        let mut words = group.split_whitespace();
        let Some(area) = words.next().map(capitalised) else { continue };
        for (what, blocks) in words.filter_map(|word| word.split_once('=')) {
            insert(&mut keys, format!("{area} {} Blocks", capitalised(what)), blocks);
        }
    }
    keys
}

/// `read=1.0 write=2.0`, `shared/local read=…, temp read=…` or `shared read=…, local read=…`.
pub fn io_timings(text: &str) -> Map<String, Value> {
    let mut keys = Map::new();
    for group in text.split(", ") {
        let (area, words) = match group.split_once(' ') {
            Some((area, words)) if !area.contains('=') => (area, words),
            _ => ("", group),
        };
        let prefix = match area {
            "" | "shared/local" => String::new(),
            _ => format!("{} ", capitalised(area)),
        };
        for (what, ms) in words.split_whitespace().filter_map(|word| word.split_once('=')) {
            insert(&mut keys, format!("{prefix}I/O {} Time", capitalised(what)), ms);
        }
    }
    keys
}

/// `records=1 fpi=2 bytes=3 buffers full=4`.
pub fn wal(text: &str) -> Map<String, Value> {
    let mut keys = Map::new();
    let text = text.replace("buffers full=", "full=");
    for (what, value) in text.split_whitespace().filter_map(|word| word.split_once('=')) {
        let key = match what {
            "records" => "WAL Records",
            "fpi" => "WAL FPI",
            "bytes" => "WAL Bytes",
            "full" => "WAL Buffers Full",
            _ => continue,
        };
        insert(&mut keys, key.to_owned(), value);
    }
    keys
}

/// `Buckets: 1024 (originally 512)  Batches: 1  Memory Usage: 9kB`: pairs two blanks apart.
pub fn pairs(text: &str) -> Vec<(&str, &str)> {
    let parts = text.split("  ").filter_map(|part| part.split_once(':'));
    parts.map(|(key, value)| (key.trim(), value.trim())).collect()
}

/// A count, with or without its unit.
pub fn kilobytes(text: &str) -> Option<Value> {
    number(text.trim().trim_end_matches("kB"))
}

pub fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

fn insert(keys: &mut Map<String, Value>, key: String, text: &str) {
    if let Some(value) = number(text) {
        keys.insert(key, value);
    }
}
