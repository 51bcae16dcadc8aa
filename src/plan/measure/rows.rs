//! Rows over all loops: `rows_total`, `removed_total` and `removed_fraction`.

use crate::plan::{Actual, Node, Removed};
use crate::stats::Interval;

/// A mean of 0 over 100 000 loops may hide 49 999 rows.
pub fn rows_total(actual: &Actual) -> Interval {
    over_loops(actual.rows, actual.rows_rounding, actual.loops)
}

/// Filter, join filter and recheck together; `None` where the node removes nothing by nature.
pub fn removed_total(node: &Node) -> Option<Interval> {
    let loops = node.actual?.loops;
    let Removed { by_filter, by_join_filter, by_recheck, rounding } = node.removed;
    let counts: Vec<f64> = [by_filter, by_join_filter, by_recheck].into_iter().flatten().collect();
    if counts.is_empty() {
        return None;
    }
    Some(counts.into_iter().map(|mean| over_loops(mean, rounding, loops)).sum())
}

/// removed / (removed + kept).
pub fn removed_fraction(removed: Interval, kept: Interval) -> Interval {
    let fraction = |removed: f64, kept: f64| {
        let read = removed + kept;
        if read > 0.0 { removed / read } else { 0.0 }
    };
    Interval::new(fraction(removed.low, kept.high), fraction(removed.high, kept.low))
}

fn over_loops(mean: f64, rounding: f64, loops: f64) -> Interval {
    Interval::new((mean - rounding).max(0.0), mean + rounding) * loops
}
