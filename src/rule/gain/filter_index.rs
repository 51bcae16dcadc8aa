//! G1: an index that finds the kept rows instead of reading and discarding the others.

use crate::rule::facts::NodeSite;
use crate::stats::Interval;

/// Fetching one cached row, milliseconds: clustered, scattered.
const FETCH_MS: Interval = Interval { low: 0.000_5, high: 0.002 };
/// Descending a B-tree once, milliseconds.
const DESCENT_MS: Interval = Interval { low: 0.001, high: 0.005 };

pub fn saved(site: &NodeSite<'_>) -> Option<Interval> {
    let own = site.metrics.self_ms?;
    let rows = site.metrics.rows_total?;
    let descents = site.metrics.loops;
    let cheapest = rows.low * FETCH_MS.low + descents * DESCENT_MS.low;
    let dearest = rows.high * FETCH_MS.high + descents * DESCENT_MS.high;
    Some(own.minus_clamped(Interval::new(cheapest, dearest)))
}
