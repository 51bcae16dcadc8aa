//! One property line of a node, or of a worker in it, as the keys of a JSON plan.

use serde_json::{Map, Value, json};

use super::figures::{buffers, io_timings, kilobytes, pairs, wal};
use super::lines::split_list;
use super::node_line::{actual_figures, number};

const LISTS: [&str; 4] = ["Output", "Sort Key", "Presorted Key", "Conflict Arbiter Indexes"];

/// Kept as they are, even if they look like a number.
const TEXTS: [&str; 12] = [
    "Filter",
    "Index Cond",
    "Recheck Cond",
    "Hash Cond",
    "Merge Cond",
    "Join Filter",
    "One-Time Filter",
    "TID Cond",
    "Order By",
    "Cache Key",
    "Run Condition",
    "Function Call",
];

/// Adds what `line` says to `keys`, which may already hold the node's type.
pub fn read(line: &str, keys: &mut Map<String, Value>) {
    if let Some(inner) = line.strip_prefix("actual ") {
        keys.extend(actual_figures(inner).map(|(figures, _)| figures).unwrap_or_default());
        return;
    }
    let Some((key, value)) = line.split_once(':') else { return };
    let (key, value) = (key.trim(), value.trim());
    match key {
        "Buffers" => keys.extend(buffers(value)),
        "I/O Timings" => keys.extend(io_timings(value)),
        "WAL" => keys.extend(wal(value)),
        "Sort Method" => sort_method(line, keys),
        "Full-sort Groups" | "Pre-sorted Groups" => sort_groups(key, line, keys),
        "Heap Blocks" => heap_blocks(value, keys),
        "Tuples" => tuples(value, keys),
        "Buckets" => hash(line, keys),
        "Planned Partitions" | "Batches" => aggregate(line, keys),
        "Hits" => cache(line, keys),
        "Storage" => storage(line, keys),
        "Group Key" | "Hash Key" => grouping(key, value, keys),
        _ if LISTS.contains(&key) => {
            keys.insert(key.to_owned(), split_list(value).into());
        }
        _ => {
            keys.insert(key.to_owned(), plain(key, value));
        }
    }
}

fn plain(key: &str, value: &str) -> Value {
    match value {
        _ if TEXTS.contains(&key) => value.into(),
        "true" => true.into(),
        "false" => false.into(),
        _ => number(value).unwrap_or_else(|| value.into()),
    }
}

/// `Sort Method: external merge  Disk: 1208kB`.
fn sort_method(line: &str, keys: &mut Map<String, Value>) {
    for (key, value) in pairs(line) {
        match key {
            "Sort Method" => drop(keys.insert(key.to_owned(), value.into())),
            "Memory" | "Disk" => {
                keys.insert("Sort Space Type".to_owned(), key.into());
                insert(keys, "Sort Space Used", kilobytes(value));
            }
            _ => {}
        }
    }
}

/// `Full-sort Groups: 4  Sort Method: quicksort  Average Memory: 27kB  Peak Memory: 27kB`.
fn sort_groups(name: &str, line: &str, keys: &mut Map<String, Value>) {
    let mut group = Map::new();
    for (key, value) in pairs(line) {
        match key.split_once(' ') {
            _ if key == name => insert(&mut group, "Group Count", number(value)),
            Some(("Sort", _)) => {
                group.insert("Sort Methods Used".to_owned(), split_list(value).into());
            }
            Some((measure @ ("Average" | "Peak"), area)) => {
                let space = group.entry(format!("Sort Space {area}")).or_insert_with(|| json!({}));
                space[format!("{measure} Sort Space Used")] = kilobytes(value).unwrap_or_default();
            }
            _ => {}
        }
    }
    keys.insert(name.to_owned(), group.into());
}

fn heap_blocks(value: &str, keys: &mut Map<String, Value>) {
    for (what, blocks) in value.split_whitespace().filter_map(|word| word.split_once('=')) {
        match what {
            "exact" => insert(keys, "Exact Heap Blocks", number(blocks)),
            "lossy" => insert(keys, "Lossy Heap Blocks", number(blocks)),
            _ => {}
        }
    }
}

/// What MERGE did: `inserted=1 updated=2 deleted=3 skipped=4`.
fn tuples(value: &str, keys: &mut Map<String, Value>) {
    for (what, count) in value.split_whitespace().filter_map(|word| word.split_once('=')) {
        insert(keys, &format!("Tuples {}", super::figures::capitalised(what)), number(count));
    }
}

/// The original figures are printed only where they differ.
fn hash(line: &str, keys: &mut Map<String, Value>) {
    for (key, value) in pairs(line) {
        let (now, before) = value
            .split_once(" (originally ")
            .map_or((value, value), |(now, before)| (now, before.trim_end_matches(')')));
        match key {
            "Buckets" | "Batches" => {
                insert(keys, &format!("Hash {key}"), number(now));
                insert(keys, &format!("Original Hash {key}"), number(before));
            }
            "Memory Usage" => insert(keys, "Peak Memory Usage", kilobytes(value)),
            _ => {}
        }
    }
}

fn aggregate(line: &str, keys: &mut Map<String, Value>) {
    for (key, value) in pairs(line) {
        match key {
            "Planned Partitions" => insert(keys, key, number(value)),
            "Batches" => {
                insert(keys, "HashAgg Batches", number(value));
                keys.entry("Disk Usage").or_insert(0.into());
            }
            "Memory Usage" => insert(keys, "Peak Memory Usage", kilobytes(value)),
            "Disk Usage" => insert(keys, key, kilobytes(value)),
            _ => {}
        }
    }
}

fn cache(line: &str, keys: &mut Map<String, Value>) {
    for (key, value) in pairs(line) {
        match key {
            "Memory Usage" => insert(keys, "Peak Memory Usage", kilobytes(value)),
            _ => insert(keys, &format!("Cache {key}"), number(value)),
        }
    }
}

fn storage(line: &str, keys: &mut Map<String, Value>) {
    for (key, value) in pairs(line) {
        match key {
            "Maximum Storage" => insert(keys, key, kilobytes(value)),
            _ => drop(keys.insert(key.to_owned(), value.into())),
        }
    }
}

/// A single grouping is `Group Key`; from the second on they are grouping sets.
fn grouping(key: &str, value: &str, keys: &mut Map<String, Value>) {
    let set: Vec<String> = split_list(value).into_iter().filter(|part| part != "()").collect();
    let first = keys.remove("Group Key");
    let known = keys.get_mut("Grouping Sets").and_then(Value::as_array_mut);
    match (known, first) {
        (Some(sets), _) => sets.push(json!({ format!("{key}s"): [set] })),
        (None, Some(first)) => {
            let sets = json!([{ "Group Keys": [first] }, { format!("{key}s"): [set] }]);
            keys.insert("Grouping Sets".to_owned(), sets);
        }
        (None, None) if key == "Group Key" => {
            keys.insert(key.to_owned(), set.into());
        }
        (None, None) => {
            keys.insert("Grouping Sets".to_owned(), json!([{ "Hash Keys": [set] }]));
        }
    }
}

fn insert(keys: &mut Map<String, Value>, key: &str, value: Option<Value>) {
    if let Some(value) = value {
        keys.insert(key.to_owned(), value);
    }
}
