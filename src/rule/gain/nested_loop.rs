//! G5 at a join: the inner side read once instead of once for each row of the outer side, or the pairs
//! that a join filter throws away not made at all.

use crate::plan::{NodeKind, Relationship};
use crate::rule::facts::NodeSite;
use crate::stats::Interval;

/// Putting a row into a hash table, or probing it, milliseconds.
const PROBE_MS: Interval = Interval { low: 0.000_2, high: 0.002 };
/// Comparing one pair, milliseconds.
const COMPARE_MS: Interval = Interval { low: 0.000_02, high: 0.000_2 };

pub fn saved(site: &NodeSite<'_>) -> Option<Interval> {
    match site.node.kind {
        NodeKind::NestedLoop => saved_by_one_pass(site),
        _ => saved_by_fewer_pairs(site),
    }
}

/// The whole inner side and the join's own time, less one pass over the inner side and a probe for each
/// outer row. What one pass takes is known only where each loop reads the same; where the inner side is
/// searched by a value of the outer row, reading it whole may cost as much as all searches.
fn saved_by_one_pass(site: &NodeSite<'_>) -> Option<Interval> {
    let inner = site.input(Relationship::Inner)?;
    let metrics = site.metrics_of(inner)?;
    let (all, own) = (metrics.wall_ms?, site.metrics.self_ms?);
    let loops = metrics.loops.max(1.0);
    let probes = Interval::new(loops * PROBE_MS.low, loops * PROBE_MS.high);
    if site.inner_is_searched() {
        let most = all.minus_clamped(probes);
        return Some(Interval::new(0.0, most.high));
    }
    let once = Interval::new(all.low / loops, all.high / loops);
    Some((all + own).minus_clamped(once + probes))
}

fn saved_by_fewer_pairs(site: &NodeSite<'_>) -> Option<Interval> {
    let own = site.metrics.self_ms?;
    let pairs = site.join_removed_low()?;
    let compared = Interval::new(pairs * COMPARE_MS.low, pairs * COMPARE_MS.high);
    Some(Interval::new(0.0, compared.high.min(own.high)))
}
