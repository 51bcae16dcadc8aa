//! From measured differences to a word.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Verdict;
use crate::stats::{Interval, Paired};

/// What it takes to call a difference one. A verdict needs all of them at once.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Criteria {
    /// The interval of the ratio must lie wholly beyond this, e.g. 0.05 for ±5 %.
    pub tolerance: f64,
    /// False discovery rate.
    pub q_value: f64,
    /// Milliseconds an execution.
    pub least_ms: f64,
    /// Weighted share of the workload's time, 0 to 1.
    pub least_share: f64,
}

impl Default for Criteria {
    fn default() -> Self {
        Criteria { tolerance: 0.05, q_value: 0.05, least_ms: 0.1, least_share: 0.01 }
    }
}

/// What was measured of one query.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    /// Of the logarithms of the block ratios.
    pub paired: Paired,
    pub q_value: f64,
    /// after − before, milliseconds an execution.
    pub change_ms: f64,
    /// Mean of the blocks before, milliseconds.
    pub before_ms: f64,
    /// |change| × weight as a share of the workload's time before.
    pub share: f64,
}

/// The ratio after / before, and its interval; unbounded above when there were too few blocks.
pub fn ratio(paired: &Paired) -> (f64, Interval) {
    let interval = Interval::new(paired.interval.low.exp(), paired.interval.high.exp());
    (paired.estimate.exp(), interval)
}

/// The verdict, and the sentence that explains it where the word alone would not do.
pub fn verdict(evidence: &Evidence, criteria: &Criteria) -> (Verdict, Option<String>) {
    let (_, interval) = ratio(&evidence.paired);
    let (lowest, highest) = (1.0 - criteria.tolerance, 1.0 + criteria.tolerance);
    let certain = evidence.q_value < criteria.q_value;
    let word = match () {
        () if !interval.high.is_finite() => {
            return (Verdict::Inconclusive, Some("too few blocks to tell".to_owned()));
        }
        () if certain && interval.high < lowest => Verdict::Improved,
        () if certain && interval.low > highest => Verdict::Regressed,
        () if lowest <= interval.low && interval.high <= highest => {
            return (Verdict::Unchanged, None);
        }
        () => return undecided(evidence, interval, criteria),
    };
    match immaterial(evidence, criteria) {
        Some(reason) => (Verdict::Unchanged, Some(reason)),
        None => (word, None),
    }
}

/// The workload's verdict, from the interval of its ratio alone: there is one of it, and it is all of the time.
pub fn whole(interval: Interval, criteria: &Criteria) -> Verdict {
    let (lowest, highest) = (1.0 - criteria.tolerance, 1.0 + criteria.tolerance);
    match () {
        () if interval.high < lowest => Verdict::Improved,
        () if interval.low > highest => Verdict::Regressed,
        () if lowest <= interval.low && interval.high <= highest => Verdict::Unchanged,
        () => Verdict::Inconclusive,
    }
}

/// The interval is too wide, or the test not sure. Where not even its far end would matter, nothing is left open.
fn undecided(
    evidence: &Evidence,
    interval: Interval,
    criteria: &Criteria,
) -> (Verdict, Option<String>) {
    let possible =
        format!("anything from {} to {} is possible", change(interval.low), change(interval.high));
    let furthest = (interval.high - 1.0).abs().max((1.0 - interval.low).abs());
    let largest_ms = furthest * evidence.before_ms;
    match largest_ms < criteria.least_ms {
        true => {
            let note = format!("{possible}, which is at most {largest_ms:.3} ms an execution");
            (Verdict::Unchanged, Some(note))
        }
        false => (Verdict::Inconclusive, Some(possible)),
    }
}

/// Why a difference that is certain does not matter.
fn immaterial(evidence: &Evidence, criteria: &Criteria) -> Option<String> {
    let (ratio, _) = ratio(&evidence.paired);
    if evidence.change_ms.abs() < criteria.least_ms {
        let by = evidence.change_ms.abs();
        return Some(format!("{}, but that is only {by:.3} ms an execution", change(ratio)));
    }
    let share = evidence.share * 100.0;
    (evidence.share < criteria.least_share)
        .then(|| format!("{}, but that is only {share:.2} % of the workload", change(ratio)))
}

/// `12 % slower`, `3.0 times as fast`.
fn change(ratio: f64) -> String {
    match ratio {
        r if r >= 2.0 => format!("{r:.1} times as slow"),
        r if r <= 0.5 && r > 0.0 => format!("{:.1} times as fast", 1.0 / r),
        r if r >= 1.0 => format!("{:.0} % slower", (r - 1.0) * 100.0),
        r => format!("{:.0} % faster", (1.0 - r) * 100.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evidence(low: f64, high: f64, q_value: f64) -> Evidence {
        let interval = Interval::new(low.ln(), high.ln());
        let paired = Paired { estimate: (low * high).sqrt().ln(), interval, p_value: q_value };
        Evidence { paired, q_value, change_ms: 10.0, before_ms: 50.0, share: 0.5 }
    }

    fn word(evidence: &Evidence) -> Verdict {
        verdict(evidence, &Criteria::default()).0
    }

    #[test]
    fn every_condition_is_needed() {
        let slower = evidence(1.2, 1.3, 0.01);
        assert_eq!(word(&slower), Verdict::Regressed);
        assert_eq!(word(&evidence(0.1, 0.2, 0.01)), Verdict::Improved);
        assert_eq!(word(&evidence(1.2, 1.3, 0.06)), Verdict::Inconclusive);
        assert_eq!(word(&evidence(1.04, 1.3, 0.01)), Verdict::Inconclusive);
        assert_eq!(word(&Evidence { change_ms: 0.09, ..slower }), Verdict::Unchanged);
        assert_eq!(word(&Evidence { share: 0.009, ..slower }), Verdict::Unchanged);
    }

    #[test]
    fn unchanged_is_told_apart_from_not_known() {
        assert_eq!(word(&evidence(0.97, 1.04, 0.9)), Verdict::Unchanged);
        assert_eq!(word(&evidence(0.97, 1.04, 0.001)), Verdict::Unchanged);
        let (verdict, note) = verdict(&evidence(0.8, 1.25, 0.9), &Criteria::default());
        assert_eq!(verdict, Verdict::Inconclusive);
        assert_eq!(note.unwrap(), "anything from 20 % faster to 25 % slower is possible");
    }

    #[test]
    fn what_cannot_matter_is_not_left_open() {
        let open = Evidence { before_ms: 0.2, ..evidence(0.8, 1.25, 0.9) };
        assert_eq!(word(&open), Verdict::Unchanged);
        assert_eq!(word(&Evidence { before_ms: 0.5, ..open }), Verdict::Inconclusive);
    }

    #[test]
    fn too_few_blocks_say_nothing() {
        assert_eq!(word(&evidence(0.0, f64::INFINITY, 0.001)), Verdict::Inconclusive);
    }
}
