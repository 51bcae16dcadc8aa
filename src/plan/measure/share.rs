//! Shares of the whole, and what the whole is.

use super::charges::time_of;
use crate::plan::{NodeId, Plan};
use crate::stats::Interval;

/// Execution time where known, else the root's.
pub fn whole(plan: &Plan, wall: &[Interval]) -> f64 {
    plan.execution_ms.unwrap_or_else(|| time_of(wall, NodeId(0)).mid())
}

/// Between 0 and 1.
pub fn share(part: Interval, whole: f64) -> Interval {
    if whole <= 0.0 {
        return Interval::ZERO;
    }
    Interval::new((part.low / whole).min(1.0), (part.high / whole).min(1.0))
}
