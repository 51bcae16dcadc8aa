//! G6: answering from the index without looking the rows up in the table.

use crate::rule::facts::NodeSite;
use crate::stats::Interval;

/// Share of an index-only scan's time that looking up one row for each entry takes.
const LOOKUP: Interval = Interval { low: 0.3, high: 0.8 };

pub fn saved(site: &NodeSite<'_>) -> Option<Interval> {
    let own = site.metrics.self_ms?;
    let rows = site.metrics.rows_total?.low.max(1.0);
    let looked_up = (site.node.heap_fetches? as f64 / rows).min(1.0);
    Some(Interval::new(own.low * LOOKUP.low * looked_up, own.high * LOOKUP.high * looked_up))
}
