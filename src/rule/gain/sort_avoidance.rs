//! G7: an index that yields rows in order, so that nothing is sorted, and under a LIMIT little is read.

use crate::rule::facts::NodeSite;
use crate::stats::Interval;

/// Fetching one row through the index instead, milliseconds: clustered, scattered.
const FETCH_MS: Interval = Interval { low: 0.000_5, high: 0.002 };

pub fn saved(site: &NodeSite<'_>) -> Option<Interval> {
    let own = site.metrics.self_ms?;
    let input = site.input_rows();
    let output = site.metrics.rows_total?;
    if output.high >= input.low {
        return Some(Interval::new(0.0, own.high));
    }
    let all = site.metrics.wall_ms?;
    let fetch = Interval::new(output.low * FETCH_MS.low, output.high * FETCH_MS.high);
    let spared = all.minus_clamped(fetch);
    Some(Interval::new(own.low.min(spared.high), spared.high))
}
