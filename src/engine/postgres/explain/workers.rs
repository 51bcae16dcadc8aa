//! What each parallel worker did in a node, and its share in figures the node states for the leader only.

use serde_json::Value;

use super::fields::Fields;
use super::parts;
use super::precision::Precision;
use crate::plan::{Aggregation, Memoization, Node, Worker};

/// Entries about one worker can come in two lists (see `json`): they become one.
pub fn workers(list: &[Value], precision: Precision) -> Vec<Worker> {
    let mut found: Vec<Worker> = Vec::new();
    for entry in list.iter().filter_map(Value::as_object) {
        let worker = worker(&mut Fields::of(entry), found.len(), precision);
        match found.iter_mut().find(|known| known.number == worker.number) {
            Some(known) => complete(known, worker),
            None => found.push(worker),
        }
    }
    found.sort_by_key(|worker| worker.number);
    found
}

fn worker(fields: &mut Fields, position: usize, precision: Precision) -> Worker {
    Worker {
        number: fields.count("Worker Number").map_or(position, |number| number as usize),
        actual: parts::actual(fields, precision),
        buffers: parts::buffers(fields),
        sort: parts::sort(fields).map(Box::new),
        aggregate: parts::aggregate_memory(fields).map(Box::new),
        memoize: parts::memoize(fields).map(Box::new),
    }
}

fn complete(known: &mut Worker, more: Worker) {
    known.actual = known.actual.or(more.actual);
    known.buffers = known.buffers.or(more.buffers);
    known.sort = known.sort.take().or(more.sort);
    known.aggregate = known.aggregate.take().or(more.aggregate);
    known.memoize = known.memoize.take().or(more.memoize);
}

/// Hashed aggregates, caches and (from 18 on) bitmap blocks are counted by each process for itself,
/// and the node states the leader's part: the node is given the sum.
pub fn add_up(node: &mut Node, list: &[Value]) {
    for worker in &node.workers {
        if let (Some(whole), Some(part)) = (&mut node.aggregate, &worker.aggregate) {
            add_aggregate(whole, part);
        }
        if let (Some(whole), Some(part)) = (&mut node.memoize, &worker.memoize) {
            add_memoize(whole, part);
        }
    }
    add_blocks(&mut node.exact_heap_blocks, list, "Exact Heap Blocks");
    add_blocks(&mut node.lossy_heap_blocks, list, "Lossy Heap Blocks");
}

fn add_aggregate(whole: &mut Aggregation, part: &Aggregation) {
    whole.batches = whole.batches.max(part.batches);
    whole.peak_memory_kb = whole.peak_memory_kb.max(part.peak_memory_kb);
    whole.disk_kb = sum(whole.disk_kb, part.disk_kb);
}

fn add_memoize(whole: &mut Memoization, part: &Memoization) {
    whole.hits = whole.hits.saturating_add(part.hits);
    whole.misses = whole.misses.saturating_add(part.misses);
    whole.evictions = whole.evictions.saturating_add(part.evictions);
    whole.overflows = whole.overflows.saturating_add(part.overflows);
}

fn add_blocks(whole: &mut Option<u64>, list: &[Value], key: &str) {
    for entry in list.iter().filter_map(Value::as_object) {
        *whole = sum(*whole, Fields::of(entry).count(key));
    }
}

fn sum(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.saturating_add(b)),
        (a, b) => a.or(b),
    }
}
