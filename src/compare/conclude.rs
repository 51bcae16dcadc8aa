//! From samples to a [`Comparison`].

use super::plan_change::{describe, has_changed, side_of};
use super::samples::{Block, Samples, Which};
use super::verdict::{Evidence, ratio, verdict};
use super::workload_ratio::{Part, workload_ratio};
use super::{Comparison, Criteria, Method, Pair, QueryComparison, Side, Verdict};
use crate::engine::{DbError, DbErrorKind};
use crate::run::{QueryRun, Run, Status};
use crate::stats::{Latency, Paired, q_values, rank_sum, signed_rank};
use crate::workload::Query;

/// Judges all queries together. Those that only one of the runs could measure are in it, as failed.
pub fn conclude(
    method: Method,
    pair: Pair<'_>,
    taken: &[(&Query, &Samples)],
    criteria: &Criteria,
) -> Comparison {
    let tests: Vec<Option<Paired>> =
        taken.iter().map(|(_, samples)| test(method, samples)).collect();
    let changed = |query: &Query| has_changed(pair.before.1, pair.after.1, &query.id);
    let families: Vec<bool> = taken.iter().map(|(query, _)| changed(query)).collect();
    let adjusted = adjusted(&tests, &families);
    let workload_before_ms = weighted(taken, Which::Before);
    let mut queries = Vec::new();
    for (((query, samples), paired), q_value) in taken.iter().zip(&tests).zip(adjusted) {
        let evidence = paired.zip(q_value).map(|(paired, q_value)| {
            let change_ms = change_ms(samples);
            let share =
                (change_ms.abs() * query.weight) / workload_before_ms.max(f64::MIN_POSITIVE);
            Evidence { paired, q_value, change_ms, share }
        });
        queries.push(compared(pair, query, samples, evidence.as_ref(), criteria));
    }
    queries.extend(only_one_side(pair));
    let whole = workload_ratio(&parts(taken));
    Comparison {
        method,
        queries,
        workload_ratio: whole.map(|(ratio, _)| ratio),
        workload_ratio_interval: whole.map(|(_, interval)| interval),
        workload_before_ms,
        workload_after_ms: weighted(taken, Which::After),
        storage_before_bytes: Some(index_bytes(pair.before.1)),
        storage_after_bytes: Some(index_bytes(pair.after.1)),
        notes: Vec::new(),
    }
}

/// Over logarithms, so that the result is about ratios.
fn test(method: Method, samples: &Samples) -> Option<Paired> {
    let logs = |blocks: &[f64]| blocks.iter().map(|ms| ms.ln()).collect::<Vec<f64>>();
    match (&samples.failure, method) {
        (Some(_), _) => None,
        (None, Method::Alternating) => {
            signed_rank(&samples.blocks().into_iter().map(Block::log_ratio).collect::<Vec<f64>>())
        }
        (None, Method::Sequential) => {
            rank_sum(&logs(&samples.before.blocks), &logs(&samples.after.blocks))
        }
    }
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

fn change_ms(samples: &Samples) -> f64 {
    let of = |which| samples.mean_ms(which).unwrap_or(0.0);
    of(Which::After) - of(Which::Before)
}

fn compared(
    pair: Pair<'_>,
    query: &Query,
    samples: &Samples,
    evidence: Option<&Evidence>,
    criteria: &Criteria,
) -> QueryComparison {
    let changed = has_changed(pair.before.1, pair.after.1, &query.id);
    let before = side(pair.before.1.query(&query.id), Latency::of(&samples.before.histogram));
    let after = side(pair.after.1.query(&query.id), Latency::of(&samples.after.histogram));
    let (word, reason) = match (&samples.failure, evidence) {
        (Some((which, error)), _) => (Verdict::Failed, Some(failure_note(*which, error))),
        (None, Some(evidence)) if evidence.paired.interval.high.is_infinite() && !changed => {
            (Verdict::Unchanged, Some("the plan is the same; looked at briefly".to_owned()))
        }
        (None, Some(evidence)) => verdict(evidence, criteria),
        (None, None) => {
            (Verdict::Inconclusive, Some("not measured: it was interrupted".to_owned()))
        }
    };
    let measured = evidence.map(|evidence| ratio(&evidence.paired));
    let altered = rows_note(samples);
    let notes: Vec<String> = altered
        .into_iter()
        .chain(reason)
        .chain(describe(before.as_ref(), after.as_ref()))
        .collect();
    QueryComparison {
        query: query.id.clone(),
        weight: query.weight,
        ratio: measured.map(|(ratio, _)| ratio),
        ratio_interval: measured.map(|(_, interval)| interval).filter(|i| i.high.is_finite()),
        q_value: evidence.map(|evidence| evidence.q_value),
        blocks: samples.blocks().len() as u32,
        verdict: word,
        note: (!notes.is_empty()).then(|| notes.join("; ")),
        before: before.map(|side| Side { rows: samples.before.mean_rows(), ..side }),
        after: after.map(|side| Side { rows: samples.after.mean_rows(), ..side }),
    }
}

fn side(run: Option<&QueryRun>, latency: Option<Latency>) -> Option<Side> {
    latency.map(|latency| side_of(run, latency))
}

/// Indexes, settings and statistics must never change a result.
fn rows_note(samples: &Samples) -> Option<String> {
    let (before, after) = (samples.before.mean_rows()?, samples.after.mean_rows()?);
    ((before - after).abs() > 1e-9 * before.max(after)).then(|| {
        format!("RESULTS DIFFER: {before:.1} rows before, {after:.1} after; the times are not comparable")
    })
}

/// Queries that one run measured and the other could not.
fn only_one_side(pair: Pair<'_>) -> Vec<QueryComparison> {
    let of = |query: &QueryRun| match &query.status {
        Status::Failed { error } => Some(format!("failed: {}", error.message)),
        Status::TimedOut { after_ms } => Some(format!("timed out after {:.1} s", after_ms / 1e3)),
        _ => None,
    };
    let mut failed = Vec::new();
    for before in &pair.before.1.queries {
        let Some(after) = pair.after.1.query(&before.id) else { continue };
        let note = match (of(before), of(after)) {
            (None, None) => continue,
            (Some(reason), None) => format!("{reason} before the change, runs after it"),
            (None, Some(reason)) => format!("{reason} after the change, ran before it"),
            (Some(reason), Some(_)) => format!("{reason} on both sides"),
        };
        failed.push(QueryComparison {
            query: before.id.clone(),
            weight: before.weight,
            before: side(Some(before), before.latency.clone()),
            after: side(Some(after), after.latency.clone()),
            ratio: None,
            ratio_interval: None,
            q_value: None,
            blocks: 0,
            verdict: Verdict::Failed,
            note: Some(note),
        });
    }
    failed
}

/// Mean of the block medians, weighted, summed over the queries that did not fail.
fn weighted(taken: &[(&Query, &Samples)], which: Which) -> f64 {
    let good = taken.iter().filter(|(_, samples)| samples.failure.is_none());
    good.filter_map(|(query, samples)| Some(query.weight * samples.mean_ms(which)?)).sum()
}

fn parts(taken: &[(&Query, &Samples)]) -> Vec<Part> {
    let good = taken.iter().filter(|(_, samples)| samples.failure.is_none());
    good.map(|(query, samples)| Part { weight: query.weight, blocks: samples.blocks() }).collect()
}

fn index_bytes(run: &Run) -> u64 {
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
