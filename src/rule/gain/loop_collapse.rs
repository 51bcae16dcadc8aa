//! G5: one pass instead of one for each row.

use crate::rule::facts::{HabitSite, NodeSite, SequenceSite};
use crate::stats::Interval;

/// Probing a hash table or an index for one outer row, milliseconds.
const PROBE_MS: Interval = Interval { low: 0.000_2, high: 0.002 };
/// Share of the repeated executions that one set-wise execution still costs.
const BATCHED: Interval = Interval { low: 0.1, high: 0.5 };

/// All loops but one, less the probing that takes their place.
pub fn saved(site: &NodeSite<'_>) -> Option<Interval> {
    let all = site.metrics.wall_ms?;
    let loops = site.metrics.loops.max(1.0);
    let rest = Interval::new(
        all.low / loops + loops * PROBE_MS.low,
        all.high / loops + loops * PROBE_MS.high,
    );
    Some(all.minus_clamped(rest))
}

/// The executions of one occurrence, on the mean, in one statement.
pub fn saved_by_one_statement(site: &HabitSite<'_>) -> Interval {
    let occurrences = site.habit.occurrences.max(1) as f64;
    let total = site.habit.total_ms.max(0.0) / occurrences;
    let once = site.habit.total_ms.max(0.0) / site.habit.calls.max(1) as f64;
    let most = (total * (1.0 - BATCHED.low)).min(total - once).max(0.0);
    Interval::new((total * (1.0 - BATCHED.high)).min(most), most)
}

/// All executions of the second step in one: round trips and start-up are saved, rows are not.
pub fn saved_by_batching(site: &SequenceSite<'_>) -> Interval {
    let total = site.second.total_ms.max(0.0);
    let once = total / f64::from(site.second.times.max(1));
    let most = (total * (1.0 - BATCHED.low)).min(total - once);
    Interval::new((total * (1.0 - BATCHED.high)).min(most), most)
}
