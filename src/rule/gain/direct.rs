//! G4: the value stands in the plan.

use crate::stats::Interval;

pub fn saved(stated_ms: Interval) -> Option<Interval> {
    let finite = stated_ms.low.is_finite() && stated_ms.high.is_finite();
    finite.then(|| Interval::new(stated_ms.low.max(0.0), stated_ms.high.max(0.0)))
}
