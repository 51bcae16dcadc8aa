//! From samples to a [`Comparison`].

use std::collections::{HashMap, HashSet};

use super::block::Block;
use super::difference::{differences, tables_that_differ};
use super::early::{self, plain};
use super::plan_change::{describe, has_changed, side_of};
use super::precision::{blocks_needed, smallest_effect};
use super::rank_tests::test;
use super::samples::{Samples, SideSamples, Which};
use super::self_check::self_check;
use super::signals::signals;
use super::typical::slower_in_part;
use super::verdict::{Evidence, ratio, verdict, whole};
use super::workload_ratio::{Part, workload_ratio};
use super::{Cause, Comparison, Criteria, Level, Method, QueryComparison, Side, Signal, Verdict};
use crate::engine::{DbError, DbErrorKind};
use crate::run::{QueryRun, Run, Status};
use crate::stats::{Paired, q_values};

/// What was measured of one query.
#[derive(Clone, Copy)]
pub struct Taken<'t> {
    pub query: &'t str,
    pub weight: f64,
    pub samples: &'t Samples,
}

/// How the samples are to be judged.
#[derive(Debug, Clone, Copy)]
pub struct Judging<'c> {
    pub method: Method,
    pub criteria: &'c Criteria,
    /// A query with the same plan was only looked at briefly, because nothing can have changed but that.
    pub same_plan_is_unchanged: bool,
    pub self_check: bool,
    /// A query may have been settled by a few blocks that all say the same.
    pub early: bool,
}

/// The records of both sides, with their queries at hand by id.
struct Sides<'r> {
    before: HashMap<&'r str, &'r QueryRun>,
    after: HashMap<&'r str, &'r QueryRun>,
    /// Names of tables that hold other data on the other side.
    other_data: HashSet<String>,
}

impl<'r> Sides<'r> {
    fn of(before: &'r Run, after: &'r Run) -> Self {
        let by_id = |run: &'r Run| run.queries.iter().map(|q| (q.id.as_str(), q)).collect();
        let other_data = tables_that_differ(before, after);
        Sides {
            before: by_id(before),
            after: by_id(after),
            other_data: other_data.into_iter().collect(),
        }
    }

    fn has_changed(&self, query: &str) -> bool {
        has_changed(self.before.get(query).copied(), self.after.get(query).copied())
    }

    /// As far as the text of the query tells what it reads; what cannot be parsed reads everything.
    fn same_data(&self, query: &QueryRun) -> bool {
        let differs = |name: &str| {
            let mut tables = self.other_data.iter();
            tables.any(|table| table.rsplit_once('.').is_some_and(|(_, table)| table == name))
        };
        match &query.shape {
            // A view hides what it reads.
            Some(shape) if self.other_data.is_empty() || !shape.tables.is_empty() => {
                !shape.tables.iter().any(|table| differs(&table.name))
            }
            _ => self.other_data.is_empty(),
        }
    }
}

/// Judges all queries together. Those that only one of the runs could measure are in it, as failed.
pub fn conclude(
    judging: Judging<'_>,
    (before, after): (&Run, &Run),
    taken: &[Taken<'_>],
) -> Comparison {
    let sides = Sides::of(before, after);
    let workload_before_ms = weighted(taken, Which::Before);
    let evidence = evidence(judging, &sides, taken, workload_before_ms);
    let judged = taken.iter().zip(&evidence);
    let mut queries: Vec<QueryComparison> = judged
        .map(|(taken, evidence)| QueryComparison {
            share: share(taken, workload_before_ms),
            ..compared(judging, &sides, taken, evidence.as_ref())
        })
        .collect();
    queries.extend(only_one_side(before, &sides));
    let equal: Vec<bool> = (taken.iter().zip(&evidence))
        .map(|(taken, evidence)| is_equal(judging, &sides, taken.query, evidence.as_ref()))
        .collect();
    let ratio = workload_ratio(&parts(taken, &equal));
    Comparison {
        queries,
        differences: differences(before, after),
        workload_ratio: ratio.map(|(ratio, _)| ratio),
        workload_ratio_interval: ratio.map(|(_, interval)| interval),
        workload_verdict: ratio.map(|(_, interval)| whole(interval, judging.criteria)),
        workload_before_ms,
        workload_after_ms: weighted_after(taken, &equal),
        self_check: judging
            .self_check
            .then(|| self_check(taken, workload_before_ms, judging.criteria)),
        criteria: Some(*judging.criteria),
        storage_before_bytes: Some(index_bytes(before)),
        storage_after_bytes: Some(index_bytes(after)),
        ..Comparison::new(judging.method)
    }
}

/// One for each query that has samples of both sides.
fn evidence(
    judging: Judging<'_>,
    sides: &Sides<'_>,
    taken: &[Taken<'_>],
    workload_ms: f64,
) -> Vec<Option<Evidence>> {
    let taken_together = taken.len();
    let tested = |taken: &Taken<'_>| {
        let regular = test(judging.method, taken.samples)?;
        let plain = plain(taken.samples, taken_together).filter(|_| judging.early);
        Some(plain.filter(|_| regular.interval.high.is_infinite()).unwrap_or(regular))
    };
    let tests: Vec<Option<Paired>> = taken.iter().map(tested).collect();
    let changed: Vec<bool> = taken.iter().map(|taken| sides.has_changed(taken.query)).collect();
    let adjusted = adjusted(&tests, &changed);
    let all = taken.iter().zip(tests).zip(adjusted);
    all.map(|((taken, paired), q_value)| {
        let change_ms = change_ms(taken.samples);
        let share = change_ms.abs() * taken.weight / workload_ms.max(f64::MIN_POSITIVE);
        let before_ms = taken.samples.mean_ms(Which::Before)?;
        Some(Evidence { paired: paired?, q_value: q_value?, change_ms, before_ms, share })
    })
    .collect()
}

/// Adjusted for the number of queries tested together. Those whose plan changed are a family of
/// their own: which they are was known before any of them was timed.
fn adjusted(tests: &[Option<Paired>], changed: &[bool]) -> Vec<Option<f64>> {
    let mut adjusted = vec![None; tests.len()];
    for family in [true, false] {
        let members: Vec<usize> = (0..tests.len())
            .filter(|&query| changed[query] == family && tests[query].is_some())
            .collect();
        let p_values: Vec<f64> =
            members.iter().filter_map(|&query| Some(tests[query]?.p_value)).collect();
        for (query, q_value) in members.into_iter().zip(q_values(&p_values)) {
            adjusted[query] = Some(q_value);
        }
    }
    adjusted
}

/// The same plan, looked at briefly: what its few times differ by is the time of day.
fn is_equal(
    judging: Judging<'_>,
    sides: &Sides<'_>,
    query: &str,
    evidence: Option<&Evidence>,
) -> bool {
    let briefly = evidence.is_some_and(|evidence| evidence.paired.interval.high.is_infinite());
    briefly && judging.same_plan_is_unchanged && !sides.has_changed(query)
}

/// Of the workload's time before.
fn share(taken: &Taken<'_>, workload_ms: f64) -> Option<f64> {
    let own = taken.samples.mean_ms(Which::Before)? * taken.weight;
    (workload_ms > 0.0 && taken.samples.failure.is_none()).then(|| own / workload_ms)
}

fn change_ms(samples: &Samples) -> f64 {
    let of = |which| samples.mean_ms(which).unwrap_or(0.0);
    of(Which::After) - of(Which::Before)
}

fn compared(
    judging: Judging<'_>,
    sides: &Sides<'_>,
    taken: &Taken<'_>,
    evidence: Option<&Evidence>,
) -> QueryComparison {
    let (samples, criteria) = (taken.samples, judging.criteria);
    let runs = (sides.before.get(taken.query).copied(), sides.after.get(taken.query).copied());
    let (before, after) = (side(runs.0, &samples.before), side(runs.1, &samples.after));
    let (word, reason) = match (&samples.failure, evidence) {
        (Some((which, error)), _) => (Verdict::Failed, Some(failure_note(*which, error))),
        (None, Some(evidence)) if is_equal(judging, sides, taken.query, Some(evidence)) => {
            (Verdict::Unchanged, Some("the plan is the same; looked at briefly".to_owned()))
        }
        (None, Some(evidence)) => verdict(evidence, criteria),
        (None, None) => (Verdict::Inconclusive, Some(unmeasured(judging.method))),
    };
    let rows = samples.before.mean_rows().zip(samples.after.mean_rows());
    let mut signals = match runs {
        (Some(before), Some(after)) => signals(before, after, rows, sides.same_data(before)),
        _ => Vec::new(),
    };
    signals.splice(..0, samples.failure.iter().filter_map(appeared));
    if judging.method == Method::Alternating && word != Verdict::Regressed {
        signals.extend(slower_in_part(samples, criteria));
    }
    if word == Verdict::Improved {
        // What made it faster is no cause for alarm.
        let expected = signals.iter_mut().filter(|signal| signal.level == Level::Warning);
        expected.for_each(|signal| signal.level = Level::Info);
    }
    let is_other_result = |signal: &&Signal| matches!(signal.cause, Cause::RowsChanged { .. });
    let altered = signals.iter().find(is_other_result);
    let notes: Vec<String> = (altered.map(|signal| signal.message.clone()).into_iter())
        .chain(reason)
        .chain(early::note(samples))
        .chain(describe(before.as_ref(), after.as_ref()))
        .collect();
    let blocks = samples.before.blocks.len().min(samples.after.blocks.len()) as u32;
    let measured = evidence.map(|evidence| ratio(&evidence.paired));
    let needed = |evidence: &Evidence| blocks_needed(&evidence.paired, blocks, criteria.tolerance);
    QueryComparison {
        ratio: measured.map(|(ratio, _)| ratio),
        ratio_interval: measured.map(|(_, interval)| interval).filter(|i| i.high.is_finite()),
        q_value: evidence.map(|evidence| evidence.q_value),
        blocks,
        note: (!notes.is_empty()).then(|| notes.join("; ")),
        before: before.map(|side| Side { rows: samples.before.mean_rows(), ..side }),
        after: after.map(|side| Side { rows: samples.after.mean_rows(), ..side }),
        change_ms: evidence.map(|evidence| evidence.change_ms),
        impact: evidence.map(|e| e.share.copysign(e.change_ms)),
        smallest_effect: evidence.and_then(|e| smallest_effect(&e.paired, criteria.tolerance)),
        blocks_needed: evidence.filter(|_| word == Verdict::Inconclusive).and_then(needed),
        signals,
        ..QueryComparison::new(taken.query, taken.weight, word)
    }
}

/// It failed while it was timed, and not on the side before.
fn appeared((which, error): &(Which, DbError)) -> Option<Signal> {
    let error = error.message.clone();
    let message = format!("it fails now: {error}");
    let cause = Cause::ErrorsAppeared { before: 0, after: 1, error };
    (*which == Which::After).then(|| Signal::new(Level::Error, message, cause))
}

fn side(run: Option<&QueryRun>, samples: &SideSamples) -> Option<Side> {
    let side = side_of(run, samples.latency()?);
    Some(Side {
        block_medians_ms: samples.medians.clone(),
        block_levels_ms: samples.blocks.clone(),
        ..side
    })
}

fn unmeasured(method: Method) -> String {
    match method {
        Method::Alternating => "not measured: it was interrupted".to_owned(),
        Method::Sequential => "one of the records holds no times of single rounds".to_owned(),
    }
}

/// Queries that one run measured and the other could not.
pub fn one_sided(before: &Run, after: &Run) -> Vec<QueryComparison> {
    only_one_side(before, &Sides::of(before, after))
}

fn only_one_side(before: &Run, sides: &Sides<'_>) -> Vec<QueryComparison> {
    let of = |query: &QueryRun| match &query.status {
        Status::Failed { error } => Some(format!("failed: {}", error.message)),
        Status::TimedOut { after_ms } => Some(format!("timed out after {:.1} s", after_ms / 1e3)),
        _ => None,
    };
    let mut failed = Vec::new();
    for before in &before.queries {
        let Some(after) = sides.after.get(before.id.as_str()) else { continue };
        let note = match (of(before), of(after)) {
            (None, None) => continue,
            (Some(reason), None) => format!("{reason} before the change, runs after it"),
            (None, Some(reason)) => format!("{reason} after the change, ran before it"),
            (Some(reason), Some(_)) => format!("{reason} on both sides"),
        };
        let side = |run: &QueryRun| run.latency.clone().map(|latency| side_of(Some(run), latency));
        failed.push(QueryComparison {
            before: side(before),
            after: side(after),
            note: Some(note),
            signals: signals(before, after, None, true),
            ..QueryComparison::new(&before.id, before.weight, Verdict::Failed)
        });
    }
    failed
}

/// Mean of the blocks, weighted, summed over the queries that did not fail.
fn weighted(taken: &[Taken<'_>], which: Which) -> f64 {
    let good = taken.iter().filter(|taken| taken.samples.failure.is_none());
    good.filter_map(|taken| Some(taken.weight * taken.samples.mean_ms(which)?)).sum()
}

/// With the time before where the two are `equal`: a heavy query that nothing touched must not drown those that something did.
fn weighted_after(taken: &[Taken<'_>], equal: &[bool]) -> f64 {
    let side = |equal: bool| if equal { Which::Before } else { Which::After };
    let all = taken.iter().zip(equal);
    all.map(|(taken, equal)| weighted(std::slice::from_ref(taken), side(*equal))).sum()
}

fn parts(taken: &[Taken<'_>], equal: &[bool]) -> Vec<Part> {
    let good = taken.iter().zip(equal).filter(|(taken, _)| taken.samples.failure.is_none());
    let levelled = |blocks: Vec<Block>, equal: bool| match equal {
        true => blocks.iter().map(|b| Block { after_ms: b.before_ms, ..*b }).collect(),
        false => blocks,
    };
    good.map(|(taken, equal)| Part {
        weight: taken.weight,
        blocks: levelled(taken.samples.blocks(), *equal),
    })
    .collect()
}

pub(super) fn index_bytes(run: &Run) -> u64 {
    run.catalog.tables.iter().flat_map(|table| &table.indexes).map(|index| index.bytes).sum()
}

/// An error of one side, in the words of a note.
fn failure_note(which: Which, error: &DbError) -> String {
    let side = match which {
        Which::Before => "before the change",
        Which::After => "after the change",
    };
    match error.kind {
        DbErrorKind::Timeout => format!("timed out {side}: {}", error.message),
        _ => format!("failed {side}: {}", error.message),
    }
}
