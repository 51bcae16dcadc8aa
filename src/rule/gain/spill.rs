//! G2: memory enough to stay off the disk.

use crate::rule::facts::NodeSite;
use crate::stats::Interval;

/// Bytes of a temporary block.
const BLOCK: f64 = 8192.0;
/// Temporary files are written through the cache: bytes per millisecond, slow and fast.
const BANDWIDTH: Interval = Interval { low: 300_000.0, high: 2_000_000.0 };
/// Share of the node's own time that the extra pass over the data takes.
const EXTRA_PASS: Interval = Interval { low: 0.1, high: 0.2 };

pub fn saved(site: &NodeSite<'_>) -> Option<Interval> {
    let own = site.metrics.self_ms?;
    let io = measured_io(site).unwrap_or_else(|| modelled_io(site));
    let pass = Interval::new(own.low * EXTRA_PASS.low, own.high * EXTRA_PASS.high);
    let saved = io + pass;
    Some(Interval::new(saved.low.min(own.low), saved.high.min(own.high)))
}

/// The server's own clock, where it times temporary files.
fn measured_io(site: &NodeSite<'_>) -> Option<Interval> {
    let io = site.metrics.self_io?;
    let both = io.temp_read_ms + io.temp_write_ms;
    (both > 0.0).then(|| Interval::exact(both))
}

fn modelled_io(site: &NodeSite<'_>) -> Interval {
    let blocks = site.metrics.self_buffers.map_or(0, |b| b.temp_read + b.temp_written);
    let bytes = blocks as f64 * BLOCK;
    Interval::new(bytes / BANDWIDTH.high, bytes / BANDWIDTH.low)
}
