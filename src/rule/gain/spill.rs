//! G2: memory enough to stay off the disk.

use crate::plan::{Metrics, NodeKind};
use crate::rule::facts::NodeSite;
use crate::stats::Interval;

/// Bytes of a temporary block.
const BLOCK: f64 = 8192.0;
/// Temporary files are written through the cache: bytes per millisecond, slow and fast.
const BANDWIDTH: Interval = Interval { low: 300_000.0, high: 2_000_000.0 };
/// Share of the node's own time that the extra pass over the data takes.
const EXTRA_PASS: Interval = Interval { low: 0.1, high: 0.2 };

/// A hash table is written by its own node and read, with the other side's rows, by the join above it.
pub fn saved(site: &NodeSite<'_>) -> Option<Interval> {
    let mut saved = saved_at(site.metrics)?;
    if site.node.kind == NodeKind::Hash
        && let Some(join) = site.parent_metrics()
    {
        saved = saved + saved_at(join)?;
    }
    Some(saved)
}

fn saved_at(metrics: &Metrics) -> Option<Interval> {
    let own = metrics.self_ms?;
    let io = measured_io(metrics).unwrap_or_else(|| modelled_io(metrics));
    let pass = Interval::new(own.low * EXTRA_PASS.low, own.high * EXTRA_PASS.high);
    let saved = io + pass;
    Some(Interval::new(saved.low.min(own.low), saved.high.min(own.high)))
}

/// The server's own clock, where it times temporary files. It adds up what all processes waited, who
/// wait at the same time: elapsed is their mean at least, and twice that where they share unevenly.
fn measured_io(metrics: &Metrics) -> Option<Interval> {
    const UNEVEN: f64 = 2.0;
    let io = metrics.self_io?;
    let both = io.temp_read_ms + io.temp_write_ms;
    let mean = both / processes(metrics);
    (both > 0.0).then(|| Interval::new(mean, both.min(mean * UNEVEN)))
}

fn modelled_io(metrics: &Metrics) -> Interval {
    let blocks = metrics.self_buffers.map_or(0, |b| b.temp_read + b.temp_written);
    let bytes = blocks as f64 * BLOCK;
    Interval::new(bytes / BANDWIDTH.high / processes(metrics), bytes / BANDWIDTH.low)
}

/// Processes that ran the node at the same time: below a gather each counts as a loop.
fn processes(metrics: &Metrics) -> f64 {
    if metrics.in_parallel { metrics.loops.max(1.0) } else { 1.0 }
}
