//! The groups of keys that nodes, workers and the planning section share.

use serde_json::{Map, Value};

use super::fields::Fields;
use super::precision::Precision;
use crate::plan::{
    Actual, Aggregation, Buffers, Hashing, IoTime, Memoization, Removed, Sorting, WalUse,
};

/// `None` unless the plan was executed. A node that never ran has no times.
pub fn actual(fields: &mut Fields, precision: Precision) -> Option<Actual> {
    let loops = fields.number("Actual Loops")?.max(0.0);
    let rows = fields.number("Actual Rows").unwrap_or(0.0).max(0.0);
    let mut time = |key: &str| fields.number(key).filter(|_| loops > 0.0).map(|ms| ms.max(0.0));
    let (startup_ms, total_ms) = (time("Actual Startup Time"), time("Actual Total Time"));
    Some(Actual {
        startup_ms,
        total_ms,
        rows,
        loops,
        rows_rounding: precision.rows(loops),
        time_rounding_ms: precision.time_ms(),
    })
}

pub fn removed(fields: &mut Fields, loops: f64, precision: Precision) -> Removed {
    Removed {
        by_filter: fields.number("Rows Removed by Filter"),
        by_join_filter: fields.number("Rows Removed by Join Filter"),
        by_recheck: fields.number("Rows Removed by Index Recheck"),
        rounding: precision.removed(loops),
    }
}

pub fn buffers(fields: &mut Fields) -> Option<Buffers> {
    if !fields.has("Shared Hit Blocks") {
        return None;
    }
    let mut blocks = |key: &str| fields.count(key).unwrap_or(0);
    Some(Buffers {
        shared_hit: blocks("Shared Hit Blocks"),
        shared_read: blocks("Shared Read Blocks"),
        shared_dirtied: blocks("Shared Dirtied Blocks"),
        shared_written: blocks("Shared Written Blocks"),
        local_hit: blocks("Local Hit Blocks"),
        local_read: blocks("Local Read Blocks"),
        local_dirtied: blocks("Local Dirtied Blocks"),
        local_written: blocks("Local Written Blocks"),
        temp_read: blocks("Temp Read Blocks"),
        temp_written: blocks("Temp Written Blocks"),
    })
}

/// Up to 16 shared and local I/O are one pair of keys; from 17 on there are two.
pub fn io(fields: &mut Fields) -> Option<IoTime> {
    let mut sum = |keys: &[&str]| {
        let times: Vec<f64> = keys.iter().filter_map(|key| fields.number(key)).collect();
        (!times.is_empty()).then(|| times.iter().sum::<f64>())
    };
    let read = sum(&["I/O Read Time", "Shared I/O Read Time", "Local I/O Read Time"]);
    let write = sum(&["I/O Write Time", "Shared I/O Write Time", "Local I/O Write Time"]);
    let temp_read = sum(&["Temp I/O Read Time"]);
    let temp_write = sum(&["Temp I/O Write Time"]);
    read.or(write).or(temp_read).or(temp_write)?;
    Some(IoTime {
        read_ms: read.unwrap_or(0.0),
        write_ms: write.unwrap_or(0.0),
        temp_read_ms: temp_read.unwrap_or(0.0),
        temp_write_ms: temp_write.unwrap_or(0.0),
    })
}

pub fn wal(fields: &mut Fields) -> Option<WalUse> {
    let records = fields.count("WAL Records")?;
    Some(WalUse {
        records,
        full_page_images: fields.count("WAL FPI").unwrap_or(0),
        bytes: fields.count("WAL Bytes").unwrap_or(0),
        buffers_full: fields.count("WAL Buffers Full").unwrap_or(0),
    })
}

/// The plain sort's keys, or the two groups of an incremental sort put together.
pub fn sort(fields: &mut Fields) -> Option<Sorting> {
    let keys = fields.texts("Sort Key");
    let presorted_keys = fields.texts("Presorted Key").unwrap_or_default();
    let method = fields.text("Sort Method");
    let space_kb = fields.count("Sort Space Used");
    let on_disk = fields.text("Sort Space Type").is_some_and(|kind| kind == "Disk");
    let groups: Vec<Sorting> = ["Full-sort Groups", "Pre-sorted Groups"]
        .into_iter()
        .filter_map(|key| fields.object(key).map(sort_group))
        .collect();
    if keys.is_none() && method.is_none() && groups.is_empty() {
        return None;
    }
    Some(Sorting {
        keys: keys.unwrap_or_default(),
        presorted_keys,
        method: method.or_else(|| joined_methods(&groups)),
        space_kb: space_kb.or_else(|| groups.iter().filter_map(|group| group.space_kb).max()),
        on_disk: on_disk || groups.iter().any(|group| group.on_disk),
        merge_passes: None,
        // The first rows of a group are sorted in full, the rest of it after that: both count it.
        groups: groups.iter().filter_map(|group| group.groups).max(),
    })
}

fn sort_group(group: &Map<String, Value>) -> Sorting {
    let mut fields = Fields::of(group);
    let mut peak = |key: &str| {
        fields.object(key).and_then(|space| Fields::of(space).count("Peak Sort Space Used"))
    };
    let (memory, disk) = (peak("Sort Space Memory"), peak("Sort Space Disk"));
    Sorting {
        method: fields.texts("Sort Methods Used").map(|methods| methods.join(", ")),
        space_kb: memory.max(disk),
        on_disk: disk.is_some(),
        groups: fields.count("Group Count"),
        ..Sorting::default()
    }
}

fn joined_methods(groups: &[Sorting]) -> Option<String> {
    let mut methods: Vec<&str> = Vec::new();
    for method in groups.iter().filter_map(|group| group.method.as_deref()) {
        for one in method.split(", ").filter(|one| !one.is_empty()) {
            if !methods.contains(&one) {
                methods.push(one);
            }
        }
    }
    (!methods.is_empty()).then(|| methods.join(", "))
}

pub fn hash(fields: &mut Fields) -> Hashing {
    Hashing {
        buckets: fields.count("Hash Buckets"),
        original_buckets: fields.count("Original Hash Buckets"),
        batches: fields.count("Hash Batches"),
        original_batches: fields.count("Original Hash Batches"),
        peak_memory_kb: fields.count("Peak Memory Usage"),
    }
}

/// The figures of a hashed aggregate; a worker prints these and nothing else of it.
pub fn aggregate_memory(fields: &mut Fields) -> Option<Aggregation> {
    let batches = fields.count("HashAgg Batches")?;
    Some(Aggregation {
        batches: Some(batches),
        peak_memory_kb: fields.count("Peak Memory Usage"),
        disk_kb: fields.count("Disk Usage"),
        ..Aggregation::default()
    })
}

pub fn aggregate(fields: &mut Fields) -> Aggregation {
    let memory = aggregate_memory(fields).unwrap_or_default();
    Aggregation {
        strategy: fields.text("Strategy"),
        partial_mode: fields.text("Partial Mode"),
        group_keys: group_keys(fields),
        planned_partitions: fields.count("Planned Partitions"),
        ..memory
    }
}

/// Every key of every grouping set, once.
fn group_keys(fields: &mut Fields) -> Vec<String> {
    let mut keys = fields.texts("Group Key").unwrap_or_default();
    for set in fields.array("Grouping Sets").unwrap_or_default() {
        for list in ["Group Keys", "Hash Keys"].iter().filter_map(|key| set.get(key)) {
            collect_texts(list, &mut keys);
        }
    }
    keys
}

/// Keys of a grouping set are a list of lists.
fn collect_texts(list: &Value, keys: &mut Vec<String>) {
    let inner = list.as_array().into_iter().flatten();
    let texts = inner.flat_map(|set| set.as_array().into_iter().flatten());
    for key in texts.filter_map(Value::as_str) {
        if !keys.iter().any(|known| known == key) {
            keys.push(key.to_owned());
        }
    }
}

pub fn memoize(fields: &mut Fields) -> Option<Memoization> {
    let key = fields.text("Cache Key");
    let hits = fields.count("Cache Hits");
    if key.is_none() && hits.is_none() {
        return None;
    }
    Some(Memoization {
        key,
        hits: hits.unwrap_or(0),
        misses: fields.count("Cache Misses").unwrap_or(0),
        evictions: fields.count("Cache Evictions").unwrap_or(0),
        overflows: fields.count("Cache Overflows").unwrap_or(0),
    })
}
