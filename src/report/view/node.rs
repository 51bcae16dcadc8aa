//! One line of a plan tree.

use serde::Serialize;

use super::node_details::{Detail, details};
use crate::plan::{Metrics, Node, Relationship};
use crate::report::format;

/// From here on an estimate is marked as wrong.
const MISESTIMATED: f64 = 10.0;

#[derive(Debug, Clone, Serialize)]
pub struct NodeRow {
    pub id: usize,
    pub depth: usize,
    /// Levels of the tree that end after this row; 0 when children follow.
    pub closes: usize,
    pub label: String,
    /// `on film f, index film_pkey`.
    pub target: String,
    /// `InitPlan 1`, `parallel`, join type.
    pub tags: Vec<String>,
    /// Rows per loop: `1,000 → 12`.
    pub rows: String,
    pub loops: Option<String>,
    pub self_time: Option<String>,
    /// Of the whole, 0 to 100.
    pub share: Option<f64>,
    pub share_text: Option<String>,
    /// `est. 120× too low`, with the reason to forgive it.
    pub misestimate: Option<String>,
    pub spill: Option<String>,
    pub removed: Option<String>,
    pub never_executed: bool,
    pub details: Vec<Detail>,
}

impl NodeRow {
    pub fn of(node: &Node, metrics: Option<&Metrics>, depth: usize) -> Self {
        let never_executed = node.actual.is_some_and(|a| a.loops == 0.0);
        let share = metrics.and_then(|m| m.self_share).map(|s| s.mid().clamp(0.0, 1.0));
        NodeRow {
            id: node.id.0,
            depth,
            closes: 0,
            label: node.label.clone(),
            target: target(node),
            tags: tags(node),
            rows: rows(node, never_executed),
            loops: node.actual.filter(|a| a.loops > 1.0).map(|a| format::count(a.loops)),
            self_time: metrics.and_then(|m| m.self_ms).map(|ms| format::millis(ms.mid())),
            share: share.map(|s| s * 100.0),
            share_text: share.map(format::percent),
            misestimate: metrics.and_then(misestimate),
            spill: spill(node),
            removed: metrics.and_then(removed),
            never_executed,
            details: details(node, metrics),
        }
    }
}

fn target(node: &Node) -> String {
    let mut target = String::new();
    if let Some(name) = node.relation.as_ref().or(node.source.as_ref()) {
        target = format!("on {name}");
        if let Some(alias) = node.alias.as_ref().filter(|alias| *alias != name) {
            target.push_str(&format!(" {alias}"));
        }
    }
    if let Some(index) = &node.index {
        let gap = if target.is_empty() { "" } else { ", " };
        target.push_str(&format!("{gap}index {index}"));
    }
    target
}

fn tags(node: &Node) -> Vec<String> {
    let mut tags = Vec::new();
    if let Relationship::InitPlan | Relationship::SubPlan = node.relationship {
        tags.push(node.subplan_name.clone().unwrap_or("subquery".to_owned()));
    } else {
        tags.extend(node.subplan_name.clone());
    }
    tags.extend(
        node.join_type.iter().filter(|kind| *kind != "Inner").map(|kind| format!("{kind} join")),
    );
    tags.extend(node.operation.clone());
    if node.parallel_aware {
        tags.push("parallel".to_owned());
    }
    tags
}

fn rows(node: &Node, never_executed: bool) -> String {
    let estimated = node.plan_rows.map(format::count);
    match (estimated, node.actual) {
        (Some(estimated), _) if never_executed => format!("{estimated} estimated"),
        (None, _) if never_executed => String::new(),
        (Some(estimated), Some(actual)) => format!("{estimated} → {}", format::count(actual.rows)),
        (Some(estimated), None) => format!("{estimated} estimated"),
        (None, Some(actual)) => format::count(actual.rows),
        (None, None) => String::new(),
    }
}

fn misestimate(metrics: &Metrics) -> Option<String> {
    let wrong = metrics.misestimate.filter(|m| m.ratio.low >= MISESTIMATED)?;
    if metrics.estimate_exempt.is_some() {
        return None;
    }
    let direction = if wrong.under { "too low" } else { "too high" };
    let inherited = if metrics.misestimate_origin.is_some() { ", inherited" } else { "" };
    Some(format!("estimate {} {direction}{inherited}", format::factor(wrong.ratio.low)))
}

fn removed(metrics: &Metrics) -> Option<String> {
    let removed = metrics.removed_total.filter(|removed| removed.high >= 1.0)?;
    Some(format!("{} rows removed", format::count_range(removed)))
}

fn spill(node: &Node) -> Option<String> {
    let worker_sorts = node.workers.iter().filter_map(|w| w.sort.as_ref());
    let sorts: Vec<_> = node.sort.iter().chain(worker_sorts).filter(|s| s.on_disk).collect();
    if !sorts.is_empty() {
        let kilobytes: u64 = sorts.iter().filter_map(|s| s.space_kb).sum();
        return Some(format!("sorted on disk, {}", format::bytes(kilobytes as f64 * 1024.0)));
    }
    if let Some(batches) = node.hash.as_ref().and_then(|h| h.batches).filter(|batches| *batches > 1)
    {
        return Some(format!("hash spilled, {} batches", format::count(batches as f64)));
    }
    let disk = node.aggregate.as_ref().and_then(|a| a.disk_kb).filter(|kb| *kb > 0);
    disk.map(|kb| format!("aggregated on disk, {}", format::bytes(kb as f64 * 1024.0)))
}
