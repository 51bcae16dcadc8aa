//! What unfolds below a line of a plan tree.

use serde::Serialize;

use crate::plan::{Buffers, Metrics, Node};
use crate::report::format;

#[derive(Debug, Clone, Serialize)]
pub struct Detail {
    pub name: String,
    pub text: String,
    /// Conditions and lists are shown as code.
    pub code: bool,
}

pub fn details(node: &Node, metrics: Option<&Metrics>) -> Vec<Detail> {
    let mut details = conditions(node);
    details.extend(operator_facts(node));
    details.extend(metrics.into_iter().flat_map(measured_facts));
    details.extend(cost(node));
    details.extend(node.extra.iter().map(|(key, value)| plain(key, value.to_string())));
    details
}

fn code(name: &str, text: impl Into<String>) -> Detail {
    Detail { name: name.to_owned(), text: text.into(), code: true }
}

fn plain(name: &str, text: impl Into<String>) -> Detail {
    Detail { name: name.to_owned(), text: text.into(), code: false }
}

fn conditions(node: &Node) -> Vec<Detail> {
    let named = [
        ("Index condition", &node.index_cond),
        ("Join condition", &node.join_cond),
        ("Join filter", &node.join_filter),
        ("Filter", &node.filter),
        ("Recheck", &node.recheck_cond),
        ("One-time filter", &node.one_time_filter),
    ];
    let conditions = named.into_iter().filter_map(|(name, text)| Some(code(name, text.as_ref()?)));
    let sort = node.sort.iter().filter(|s| !s.keys.is_empty());
    let group = node.aggregate.iter().filter(|a| !a.group_keys.is_empty());
    conditions
        .chain(sort.map(|s| code("Sort key", s.keys.join(", "))))
        .chain(group.map(|a| code("Group key", a.group_keys.join(", "))))
        .chain((!node.output.is_empty()).then(|| code("Output", node.output.join(", "))))
        .collect()
}

fn operator_facts(node: &Node) -> Vec<Detail> {
    let mut facts = Vec::new();
    if let Some(method) = node.sort.as_ref().and_then(|s| s.method.as_ref()) {
        let space = node.sort.as_ref().and_then(|s| s.space_kb);
        let space = space.map(|kb| format!(", {}", format::bytes(kb as f64 * 1024.0)));
        facts.push(plain("Sort", format!("{method}{}", space.unwrap_or_default())));
    }
    if let Some(memory) = node.hash.as_ref().and_then(|h| h.peak_memory_kb) {
        facts.push(plain("Hash memory", format::bytes(memory as f64 * 1024.0)));
    }
    if let Some(memo) = &node.memoize {
        let (hits, misses) = (format::count(memo.hits as f64), format::count(memo.misses as f64));
        facts.push(plain("Cache", format!("{hits} hits, {misses} misses")));
    }
    let counted = [
        ("Heap fetches", node.heap_fetches),
        ("Exact heap blocks", node.exact_heap_blocks),
        ("Lossy heap blocks", node.lossy_heap_blocks),
        ("Index searches", node.index_searches),
    ];
    let counted = counted.into_iter().filter_map(|(name, value)| Some((name, value?)));
    facts.extend(counted.map(|(name, value)| plain(name, format::count(value as f64))));
    if let (Some(planned), Some(launched)) = (node.workers_planned, node.workers_launched) {
        facts.push(plain("Workers", format!("{planned} planned, {launched} launched")));
    }
    facts
}

fn measured_facts(metrics: &Metrics) -> Vec<Detail> {
    let times = [("Elapsed with children", metrics.wall_ms), ("Elapsed alone", metrics.self_ms)];
    let times = times.into_iter().filter_map(|(name, ms)| Some((name, ms?)));
    let mut facts: Vec<Detail> =
        times.map(|(name, ms)| plain(name, format::millis_range(ms))).collect();
    facts.extend(metrics.rows_total.map(|rows| plain("Rows in all", format::count_range(rows))));
    facts.extend(
        metrics
            .removed_fraction
            .filter(|f| f.high > 0.0)
            .map(|fraction| plain("Share of rows removed", format::percent(fraction.mid()))),
    );
    facts.extend(metrics.self_buffers.and_then(|b| buffers(&b)));
    facts.extend(metrics.self_io.filter(|io| io.read_ms + io.write_ms > 0.0).map(|io| {
        let (read, write) = (format::millis(io.read_ms), format::millis(io.write_ms));
        plain("I/O time", format!("{read} reading, {write} writing"))
    }));
    let exempt = metrics.estimate_exempt.iter();
    facts.extend(exempt.map(|why| plain("Estimate", format!("cannot be judged: {why}"))));
    facts
}

fn buffers(buffers: &Buffers) -> Option<Detail> {
    let parts = [
        ("found in cache", buffers.shared_hit),
        ("read", buffers.shared_read),
        ("dirtied", buffers.shared_dirtied),
        ("temporary read", buffers.temp_read),
        ("temporary written", buffers.temp_written),
        ("local", buffers.local_hit + buffers.local_read),
    ];
    let parts = parts.into_iter().filter(|(_, blocks)| *blocks > 0);
    let text: Vec<String> =
        parts.map(|(name, blocks)| format!("{} {name}", format::count(blocks as f64))).collect();
    (!text.is_empty()).then(|| plain("Blocks", text.join(", ")))
}

fn cost(node: &Node) -> Option<Detail> {
    let total = format::count(node.total_cost?);
    let text = match node.startup_cost {
        Some(startup) => format!("{} to the first row, {total} in all", format::count(startup)),
        None => total,
    };
    Some(plain("Planner cost", text))
}
