//! G1: an index that finds the kept rows instead of reading and discarding the others.

use crate::plan::NodeKind;
use crate::rule::facts::NodeSite;
use crate::stats::Interval;

/// Fetching one cached row, milliseconds: clustered, scattered.
const FETCH_MS: Interval = Interval { low: 0.000_5, high: 0.002 };
/// Descending a B-tree once, milliseconds.
const DESCENT_MS: Interval = Interval { low: 0.001, high: 0.005 };
/// Reading one block that is not cached and not the next one, milliseconds: flash, slow or shared storage.
const READ_MS: Interval = Interval { low: 0.02, high: 0.1 };

pub fn saved(site: &NodeSite<'_>) -> Option<Interval> {
    let own = site.metrics.self_ms?;
    let rows = site.metrics.rows_total?;
    let descents = site.metrics.loops;
    let blocks = blocks_left(site, rows);
    let cheapest = rows.low * FETCH_MS.low + descents * DESCENT_MS.low + blocks.low * READ_MS.low;
    let dearest =
        rows.high * FETCH_MS.high + descents * DESCENT_MS.high + blocks.high * READ_MS.high;
    Some(own.minus_clamped(Interval::new(cheapest, dearest)))
}

/// Blocks that the index would still have to read from storage: those that hold a kept row, as far as
/// the scan found its blocks uncached. Low where kept rows lie together, high where they are scattered.
fn blocks_left(site: &NodeSite<'_>, rows: Interval) -> Interval {
    if site.node.kind != NodeKind::SeqScan {
        return Interval::ZERO;
    }
    let Some((blocks, uncached)) = site.table_blocks().zip(uncached_share(site)) else {
        return Interval::ZERO;
    };
    let all = rows.low + site.metrics.removed_total.map_or(0.0, |removed| removed.low);
    let together = if all > 0.0 { blocks * (rows.low / all).min(1.0) } else { 0.0 };
    let scattered = blocks * (1.0 - (-rows.high / blocks.max(1.0)).exp());
    Interval::new(together * uncached, scattered * uncached)
}

fn uncached_share(site: &NodeSite<'_>) -> Option<f64> {
    let buffers = site.metrics.self_buffers?;
    let touched = (buffers.shared_hit + buffers.shared_read) as f64;
    (touched > 0.0).then(|| buffers.shared_read as f64 / touched)
}
