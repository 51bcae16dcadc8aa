//! `cpu_ms`: the time a node took in all its loops, summed over the processes that ran it.

use crate::plan::{Actual, Node};
use crate::stats::Interval;

/// `None` for a plan without timing; nothing for a node that never ran.
pub fn processor_time(node: &Node) -> Option<Interval> {
    let actual = node.actual.as_ref()?;
    if actual.loops == 0.0 {
        return Some(Interval::ZERO);
    }
    over_loops(actual)
}

/// The mean per loop, with the server's rounding, times the loops.
pub fn over_loops(actual: &Actual) -> Option<Interval> {
    let mean = actual.total_ms?;
    let low = (mean - actual.time_rounding_ms).max(0.0);
    Some(Interval::new(low, mean + actual.time_rounding_ms) * actual.loops)
}
