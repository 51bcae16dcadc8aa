//! Every side against itself: where a method finds a difference there, its verdicts do not count.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::block::Block;
use super::conclude::Taken;
use super::precision::smallest_effect;
use super::samples::{SideSamples, Which};
use super::verdict::{Evidence, verdict};
use super::{Criteria, Verdict};
use crate::stats::{Interval, Paired, q_values, signed_rank};

/// What came of comparing each side of each query with itself, under the criteria of the comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SelfCheck {
    /// No query differs from itself. Where one does, no gate may rest on the comparison.
    pub passed: bool,
    /// Halves that were compared: queries × sides. None for one execution a block, or too few blocks.
    pub compared: u32,
    /// Sentences that name the queries that differ from themselves.
    pub failures: Vec<String>,
    /// The smallest slow-down of a query that would have been found in four of five such measurements, as a
    /// share: from the steadiest to the unsteadiest query that takes a notable part of the workload.
    pub smallest_effect: Option<Interval>,
}

/// A refusal for nothing is as bad as a false alarm: this often at most, by chance alone.
const CERTAIN: f64 = 0.002;

/// Splits the executions of each block into two halves, and judges one against the other.
pub fn self_check(taken: &[Taken<'_>], workload_ms: f64, criteria: &Criteria) -> SelfCheck {
    let halves: Vec<Half<'_>> = taken.iter().flat_map(halves).collect();
    let p_values: Vec<f64> = halves.iter().map(|half| half.paired.p_value).collect();
    let judged = halves.iter().zip(q_values(&p_values));
    let failures: Vec<String> =
        judged.filter_map(|(half, q_value)| half.failure(q_value, workload_ms, criteria)).collect();
    SelfCheck {
        passed: failures.is_empty(),
        compared: halves.len() as u32,
        failures,
        smallest_effect: range(taken, workload_ms, criteria),
    }
}

struct Half<'t> {
    taken: &'t Taken<'t>,
    which: Which,
    paired: Paired,
    mean: Block,
}

fn halves<'t>(taken: &'t Taken<'t>) -> Vec<Half<'t>> {
    let half = |which: Which, side: &SideSamples| {
        let blocks = &side.halves;
        let logs: Vec<f64> = blocks.iter().map(|block| block.log_ratio()).collect();
        let paired = signed_rank(&logs).filter(|paired| paired.interval.high.is_finite())?;
        let mean = |of: fn(&Block) -> f64| blocks.iter().map(of).sum::<f64>() / blocks.len() as f64;
        let mean = Block { before_ms: mean(|b| b.before_ms), after_ms: mean(|b| b.after_ms) };
        Some(Half { taken, which, paired, mean })
    };
    let samples = taken.samples;
    if samples.failure.is_some() {
        return Vec::new();
    }
    let both = [half(Which::Before, &samples.before), half(Which::After, &samples.after)];
    both.into_iter().flatten().collect()
}

impl Half<'_> {
    fn failure(&self, q_value: f64, workload_ms: f64, criteria: &Criteria) -> Option<String> {
        let change_ms = self.mean.after_ms - self.mean.before_ms;
        let share = change_ms.abs() * self.taken.weight / workload_ms.max(f64::MIN_POSITIVE);
        let evidence = Evidence {
            paired: self.paired,
            q_value,
            change_ms,
            before_ms: self.mean.before_ms,
            share,
        };
        let certain = Criteria { q_value: CERTAIN, ..*criteria };
        let (word, _) = verdict(&evidence, &certain);
        let side = match self.which {
            Which::Before => "before",
            Which::After => "after",
        };
        matches!(word, Verdict::Improved | Verdict::Regressed).then(|| {
            let percent = self.paired.estimate.exp_m1().abs() * 100.0;
            format!("{} ({side}) differs from itself by {percent:.0} %", self.taken.query)
        })
    }
}

/// Of the queries whose time alone could reach the least share of the workload that counts.
fn range(taken: &[Taken<'_>], workload_ms: f64, criteria: &Criteria) -> Option<Interval> {
    let notable = taken.iter().filter(|taken| {
        let time = taken.samples.mean_ms(Which::Before).unwrap_or(0.0) * taken.weight;
        taken.samples.failure.is_none() && time >= criteria.least_share * workload_ms
    });
    let effects = notable.filter_map(|taken| {
        let logs: Vec<f64> = taken.samples.blocks().into_iter().map(Block::log_ratio).collect();
        smallest_effect(&signed_rank(&logs)?, criteria.tolerance)
    });
    effects.fold(None, |range: Option<Interval>, effect| {
        Some(range.map_or(Interval::exact(effect), |range| {
            Interval::new(range.low.min(effect), range.high.max(effect))
        }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::samples::Samples;

    fn side(ratio: f64) -> SideSamples {
        let halves = (0..16).map(|i| {
            let noise = 1.0 + f64::from(i % 5) / 1000.0;
            Block { before_ms: 10.0, after_ms: 10.0 * ratio * noise }
        });
        let mut side = SideSamples::recorded(None, None, vec![10.0; 16]);
        side.halves = halves.collect();
        side
    }

    #[test]
    fn a_side_that_differs_from_itself_fails_the_check() {
        let samples = Samples { before: side(1.0), after: side(1.2), failure: None };
        let taken = [Taken { query: "q", weight: 1.0, samples: &samples }];
        let check = self_check(&taken, 10.0, &Criteria::default());
        assert_eq!(check.compared, 2);
        assert!(!check.passed);
        assert_eq!(check.failures, ["q (after) differs from itself by 20 %"]);
        let steady = Samples { after: side(1.0), ..samples };
        let taken = [Taken { query: "q", weight: 1.0, samples: &steady }];
        assert!(self_check(&taken, 10.0, &Criteria::default()).passed);
    }
}
