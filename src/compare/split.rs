//! One run against itself: its earlier rounds against its later ones, judged as two nights are.

use super::records::records;
use super::{Comparison, Criteria, SelfCheck, Verdict};
use crate::run::Run;
use crate::stats::Interval;

/// Compares the first half of the run's rounds with the second, by the very method and criteria that the run is compared by
/// with another night. A machine on which the two halves differ would make any comparison differ.
/// `comparison`, with the other night, says how small an effect it could have seen.
pub fn split_check(run: &Run, comparison: &Comparison, criteria: &Criteria) -> SelfCheck {
    let (first, second) = halves(run);
    let split = records(&first, &second, criteria);
    let differs = |verdict| matches!(verdict, Verdict::Improved | Verdict::Regressed);
    let judged = split.queries.iter().filter(|query| query.ratio_interval.is_some());
    let failures: Vec<String> = (split.queries.iter().filter(|query| differs(query.verdict)))
        .filter_map(|query| {
            let percent = (query.ratio? - 1.0).abs() * 100.0;
            let id = &query.query;
            Some(format!("{id}: its later half differs from its earlier one by {percent:.0} %"))
        })
        .collect();
    SelfCheck {
        passed: failures.is_empty(),
        compared: judged.count() as u32,
        failures,
        smallest_effect: range(comparison, criteria),
    }
}

fn halves(run: &Run) -> (Run, Run) {
    let (mut first, mut second) = (run.clone(), run.clone());
    for (a, b) in first.queries.iter_mut().zip(&mut second.queries) {
        let middle = a.rounds_ms.len() / 2;
        a.rounds_ms.truncate(middle);
        b.rounds_ms.drain(..middle);
    }
    (first, second)
}

/// From the steadiest to the unsteadiest query whose time alone could reach the least share that counts.
fn range(comparison: &Comparison, criteria: &Criteria) -> Option<Interval> {
    let notable = |share: Option<f64>| share.is_some_and(|share| share >= criteria.least_share);
    let queries = comparison.queries.iter().filter(|query| notable(query.share));
    queries.filter_map(|query| query.smallest_effect).fold(None, |range, effect| {
        let range: Interval = range.unwrap_or(Interval::exact(effect));
        Some(Interval::new(range.low.min(effect), range.high.max(effect)))
    })
}
