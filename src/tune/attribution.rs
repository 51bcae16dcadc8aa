//! Attributes a slower query to one of several indexes.

use super::change::Change;
use super::decide::{Decision, Measured, uses};
use super::slower::is_slower;
use crate::advise::Advice;
use crate::compare::Verdict;

/// When a query that uses several new indexes is slower, taking all of them away would take good ones
/// too. Of those that help somebody only the one goes that saves the others least; whether that was
/// enough is for the next look to say. One that is dropped for a reason of its own is the first suspect.
pub fn attribute(
    advice: &Advice,
    standing: &[Change],
    mut decisions: Vec<Decision>,
    measured: &Measured<'_>,
) -> Vec<Decision> {
    let mut spared: Vec<usize> = (0..standing.len())
        .filter(|at| matches!(decisions[*at], Decision::Drop { .. }))
        .filter(|at| saved_ms(advice, standing[*at], measured) > 0.0)
        .collect();
    for query in slower(measured) {
        let used: Vec<usize> = (0..standing.len())
            .filter(|at| serves(advice, standing[*at], query, measured))
            .collect();
        let suspect =
            |at: &&usize| matches!(decisions[**at], Decision::Drop { .. }) && !spared.contains(at);
        if used.iter().any(|at| suspect(&at)) {
            continue;
        }
        let least = used.iter().copied().min_by(|a, b| {
            let saved = |at: usize| saved_ms(advice, standing[at], measured);
            saved(*a).total_cmp(&saved(*b)).then(a.cmp(b))
        });
        spared.retain(|at| Some(*at) != least);
    }
    for at in spared {
        if let Some(ratio) = best_ratio(advice, standing[at], measured) {
            decisions[at] = Decision::Keep { ratio };
        }
    }
    decisions
}

fn slower<'m>(measured: &'m Measured<'_>) -> Vec<&'m str> {
    let queries = measured.comparison.queries.iter();
    let slower = queries.filter(|query| is_slower(query));
    slower.map(|query| query.query.as_str()).collect()
}

fn serves(advice: &Advice, change: Change, query: &str, measured: &Measured<'_>) -> bool {
    let Change::Index(i) = change else { return false };
    measured.after.query(query).is_some_and(|run| uses(run, &advice.indexes[i].names()))
}

/// Weighted milliseconds that the queries using the index take less than before.
fn saved_ms(advice: &Advice, change: Change, measured: &Measured<'_>) -> f64 {
    let faster = measured.comparison.queries.iter().filter(|query| {
        query.verdict == Verdict::Improved && serves(advice, change, &query.query, measured)
    });
    faster
        .filter_map(|query| {
            let (before, after) = (query.before.as_ref()?, query.after.as_ref()?);
            Some(query.weight * (before.latency.p50_ms - after.latency.p50_ms))
        })
        .sum()
}

fn best_ratio(advice: &Advice, change: Change, measured: &Measured<'_>) -> Option<f64> {
    let faster = measured.comparison.queries.iter().filter(|query| {
        query.verdict == Verdict::Improved && serves(advice, change, &query.query, measured)
    });
    faster.filter_map(|query| query.ratio).min_by(f64::total_cmp)
}
