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
    let searching = searching_share(site);
    let least = cheapest.max(own.low * searching.low);
    let most = dearest.max(own.high * searching.high);
    let saved = own.minus_clamped(Interval::new(least, most));
    // Which of several conditions discards the rows a plan does not tell: perhaps one that the index leaves aside.
    Some(if site.filter.is_undecided() { Interval::new(0.0, saved.high) } else { saved })
}

/// Blocks on the way down a B-tree, of one search.
const HEIGHT: Interval = Interval { low: 2.0, high: 4.0 };

/// Part of an index scan's work that is the searching itself: with more columns in the index it is searched as often.
fn searching_share(site: &NodeSite<'_>) -> Interval {
    let searches = matches!(site.node.kind, NodeKind::IndexScan | NodeKind::IndexOnlyScan);
    if !searches || site.node.index_cond.is_none() {
        return Interval::ZERO;
    }
    let loops = site.metrics.loops.max(1.0);
    let of_rows = |rows: Option<Interval>| rows.map_or(0.0, |rows| rows.high) / loops;
    let fetched = of_rows(site.metrics.rows_total) + of_rows(site.metrics.removed_total);
    let touched = site.metrics.self_buffers.map(|b| (b.shared_hit + b.shared_read) as f64 / loops);
    let share = |height: f64| {
        let blocks = touched.filter(|blocks| *blocks > 0.0).unwrap_or(height + fetched);
        (height / blocks).min(1.0)
    };
    Interval::new(share(HEIGHT.low), share(HEIGHT.high))
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
