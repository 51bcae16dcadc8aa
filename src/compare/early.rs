//! Verdicts that are plain after a few blocks, and executions that are not waited for to their end.

use std::collections::BTreeMap;
use std::time::Duration;

use super::samples::{Samples, Which};
use crate::run::QueryRun;
use crate::stats::{Interval, Paired};

/// Apart by so much in every block: nothing that a neighbour does makes that of two equals.
const PLAIN: f64 = 2.0;

/// Blocks at the least, and where one side was cut off in each of them.
const FEWEST: usize = 3;
const FEWEST_CUT: usize = 2;

/// The chance, taken high, that one block of two equals is apart by [`PLAIN`] in a given direction.
const BY_CHANCE: f64 = 0.1;

/// An execution is cut off at so many times what the other side takes.
const CUT_OFF: u32 = 5;

/// And not before this: a ratio of short times is worth knowing to the end.
const SHORTEST_CUT: Duration = Duration::from_millis(200);

/// The longest executions seen of one query, by side and parameter set: sets are as unequal as they like.
#[derive(Debug, Clone, Default)]
pub struct Longest {
    /// Of any set, by the run that was made before the change.
    pub before: Option<Duration>,
    seen: [BTreeMap<usize, Duration>; 2],
}

impl Longest {
    pub fn of_run(run: Option<&QueryRun>) -> Longest {
        let latency = run.and_then(|run| run.latency.as_ref());
        let before = latency.map(|latency| Duration::from_secs_f64(latency.max_ms.max(0.0) / 1e3));
        Longest { before, ..Longest::default() }
    }

    pub fn note(&mut self, which: Which, set: usize, elapsed: Duration) {
        let longest = self.seen[which as usize].entry(set).or_default();
        *longest = elapsed.max(*longest);
    }

    fn of(&self, which: Which, set: usize) -> Option<Duration> {
        let seen = self.seen[which as usize].get(&set).copied();
        seen.or(self.before.filter(|_| which == Which::Before))
    }

    /// When to end an execution, by what the other side took with the same values; `None` where that is not known, or the
    /// execution will end before that anyhow.
    pub fn limit(&self, which: Which, set: usize) -> Option<Duration> {
        let other = match which {
            Which::Before => Which::After,
            Which::After => Which::Before,
        };
        let limit = (self.of(other, set)? * CUT_OFF).max(SHORTEST_CUT);
        self.of(which, set).is_none_or(|own| own * 2 > limit).then_some(limit)
    }
}

/// What the blocks of a query say where every one of them says the same and says it loudly; `None` where more are needed.
/// `queries` are tested together: the more there are, the more blocks it takes to be sure of each. The interval is the range of the blocks.
pub fn plain(samples: &Samples, queries: usize) -> Option<Paired> {
    let logs: Vec<f64> = samples.blocks().into_iter().map(|block| block.log_ratio()).collect();
    let p_value = 2.0 * BY_CHANCE.powi(logs.len() as i32);
    let is_cut = samples.before.cut.max(samples.after.cut) >= logs.len() as u64;
    let fewest = if is_cut { FEWEST_CUT } else { FEWEST };
    let enough = logs.len() >= fewest && p_value * queries.max(1) as f64 <= 0.05;
    let far = PLAIN.ln();
    let one_way = logs.iter().all(|log| *log <= -far) || logs.iter().all(|log| *log >= far);
    if !enough || !one_way {
        return None;
    }
    let low = logs.iter().copied().fold(f64::INFINITY, f64::min);
    let high = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let estimate = crate::stats::median(logs)?;
    Some(Paired { estimate, interval: Interval::new(low, high), p_value })
}

/// Says of a ratio that it is a bound: one side was not waited for.
pub fn note(samples: &Samples) -> Option<String> {
    let (before, after) = (samples.before.cut > 0, samples.after.cut > 0);
    let side = match (before, after) {
        (true, false) => "before",
        (false, true) => "after",
        _ => return None,
    };
    Some(format!(
        "executions {side} the change were cut off once they had taken several times as long: \
         the ratio is at least this far from 1"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(before: &[f64], after: &[f64], cut: u64) -> Samples {
        let mut samples = Samples::default();
        samples.before.blocks = before.to_vec();
        samples.before.cut = cut;
        samples.after.blocks = after.to_vec();
        samples
    }

    #[test]
    fn three_blocks_of_twice_the_time_are_plain_and_anything_less_is_not() {
        let faster = plain(&samples(&[9.0, 8.0, 9.0], &[3.0, 4.0, 3.0], 0), 1).unwrap();
        assert!((faster.interval.high - 0.5f64.ln()).abs() < 1e-9);
        assert!((faster.estimate - (1.0f64 / 3.0).ln()).abs() < 1e-9);
        assert!(plain(&samples(&[3.0; 3], &[6.0; 3], 0), 16).is_some(), "slower is as plain");
        assert_eq!(plain(&samples(&[9.0; 3], &[3.0, 5.0, 3.0], 0), 1), None);
        assert_eq!(plain(&samples(&[9.0; 2], &[3.0; 2], 0), 1), None);
        assert_eq!(plain(&samples(&[9.0, 9.0, 1.0], &[3.0; 3], 0), 1), None, "not one way");
    }

    #[test]
    fn what_is_cut_off_is_plain_sooner_and_many_queries_take_more_blocks() {
        assert!(plain(&samples(&[5.0; 2], &[1.0; 2], 2), 1).is_some());
        assert!(plain(&samples(&[9.0; 3], &[3.0; 3], 0), 99).is_none());
        assert!(plain(&samples(&[9.0; 4], &[3.0; 4], 0), 99).is_some());
        assert_eq!(plain(&samples(&[], &[], 0), 1), None);
    }

    #[test]
    fn an_execution_is_cut_off_by_what_the_other_side_took_with_the_same_values() {
        let ms = Duration::from_millis;
        let mut longest = Longest { before: Some(ms(4_000)), ..Longest::default() };
        assert_eq!(longest.limit(Which::Before, 0), None, "nothing is known of the other side");
        assert_eq!(longest.limit(Which::After, 0), Some(ms(20_000)));
        longest.note(Which::After, 0, ms(300));
        assert_eq!(longest.limit(Which::Before, 0), Some(ms(1_500)));
        assert_eq!(longest.limit(Which::Before, 1), None, "of other values nothing is known");
        assert_eq!(longest.limit(Which::After, 0), None, "it ends sooner");
        longest.note(Which::After, 0, ms(1));
        longest.note(Which::After, 1, ms(1));
        assert_eq!(
            longest.limit(Which::Before, 1),
            Some(SHORTEST_CUT),
            "short times are waited for"
        );
        longest.note(Which::Before, 1, ms(2));
        assert_eq!(longest.limit(Which::Before, 1), None);
    }
}
