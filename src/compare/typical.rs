//! Executions that got slower only sometimes: the fastest of a block do not show it, the median does.

use super::samples::Samples;
use super::verdict::ratio;
use super::{Cause, Criteria, Level, Signal};
use crate::stats::signed_rank;

/// Medians contain what other processes did, so they need stronger evidence.
const CERTAIN: f64 = 0.001;

/// A warning when the medians of the blocks are slower beyond doubt. For queries whose floor is not.
pub fn slower_in_part(samples: &Samples, criteria: &Criteria) -> Option<Signal> {
    let (before, after) = (&samples.before.medians, &samples.after.medians);
    let blocks: Vec<(f64, f64)> = before.iter().copied().zip(after.iter().copied()).collect();
    let logs: Vec<f64> = blocks.iter().map(|(before, after)| (after / before).ln()).collect();
    let paired = signed_rank(&logs)?;
    let (ratio, interval) = ratio(&paired);
    let mean =
        |of: fn(&(f64, f64)) -> f64| blocks.iter().map(of).sum::<f64>() / blocks.len() as f64;
    let change_ms = mean(|block| block.1) - mean(|block| block.0);
    let slower = paired.p_value < CERTAIN
        && interval.low > 1.0 + criteria.tolerance
        && interval.high.is_finite()
        && change_ms >= criteria.least_ms;
    slower.then(|| {
        let message = format!(
            "the median is {:.0} % slower although the fastest executions are not: slower only at times",
            (ratio - 1.0) * 100.0
        );
        Signal::new(Level::Warning, message, Cause::SlowerInPart { ratio, interval })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::samples::SideSamples;

    fn samples(ratio: f64) -> Samples {
        let side = |factor: f64| {
            let medians = (0..16).map(|i| factor * (10.0 + f64::from(i % 3))).collect();
            SideSamples::recorded(None, None, medians)
        };
        Samples { before: side(1.0), after: side(ratio), failure: None }
    }

    #[test]
    fn slower_medians_are_a_warning_and_steady_ones_none() {
        let signal = slower_in_part(&samples(1.3), &Criteria::default()).unwrap();
        assert!(signal.message.contains("30 % slower"), "{}", signal.message);
        assert_eq!(slower_in_part(&samples(1.04), &Criteria::default()), None);
        assert_eq!(slower_in_part(&samples(0.7), &Criteria::default()), None);
    }
}
