//! G4: the value stands in the plan.

use crate::stats::Interval;

pub fn saved(stated_ms: f64) -> Option<Interval> {
    stated_ms.is_finite().then(|| Interval::exact(stated_ms.max(0.0)))
}
