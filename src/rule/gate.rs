//! Guards that hold for every rule (catalogue, section 1.4): below them nothing is worth a sentence.

use crate::plan::{Evidence, NodeKind};

use super::definition::Rule;
use super::facts::{NodeSite, reads_base_table};

/// Milliseconds a node and all below it must take.
const LEAST_MS: f64 = 1.0;
/// Share of the query it must take.
const LEAST_SHARE: f64 = 0.05;
/// Rows a table access must touch before an index is worth a thought.
const LEAST_ROWS: f64 = 500.0;
/// Blocks its table must have.
const LEAST_PAGES: u64 = 10;

/// The node never ran, although the plan was executed.
pub fn is_idle(site: &NodeSite<'_>) -> bool {
    site.node.actual.is_some() && !site.metrics.executed
}

/// The node is too short or too small for this rule. A wrong estimate does its harm elsewhere,
/// in the nodes above: there the rule looks for it.
pub fn is_negligible(site: &NodeSite<'_>, rule: &Rule) -> bool {
    let harms_elsewhere = rule.definition.gain == "G8";
    !harms_elsewhere && (is_short(site) || is_small(site))
}

fn is_short(site: &NodeSite<'_>) -> bool {
    // What a hash table costs falls due in the join above it.
    let join = site.parent_metrics().filter(|_| site.node.kind == NodeKind::Hash);
    let Some(wall) = join.unwrap_or(site.metrics).wall_ms else { return false };
    let share = site.measurements.total_ms.map_or(0.0, |total| total * LEAST_SHARE);
    wall.high < LEAST_MS.max(share)
}

fn is_small(site: &NodeSite<'_>) -> bool {
    let reads_itself = reads_base_table(site.node).is_some_and(|scan| scan.id == site.node.id);
    if !reads_itself {
        return false;
    }
    let rows = |interval: Option<crate::stats::Interval>| interval.map_or(f64::MAX, |i| i.high);
    let removed = site.metrics.removed_total.map_or(0.0, |removed| removed.high);
    let touched = rows(site.metrics.rows_total) + removed;
    touched < LEAST_ROWS || site.table.is_some_and(|table| (1..LEAST_PAGES).contains(&table.pages))
}

/// Why `rule` cannot judge from a plan of this quality; `None` when it can.
pub fn lacking(rule: &Rule, evidence: Evidence) -> Option<String> {
    let needed = rule.definition.evidence;
    (evidence > needed)
        .then(|| format!("it needs {}; this plan has {}", described(needed), described(evidence)))
}

fn described(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::A => "times, buffers, workers and settings (evidence A)",
        Evidence::B => "times for each node (evidence B)",
        Evidence::C => "an executed plan (evidence C)",
        Evidence::D => "estimates only (evidence D)",
    }
}
