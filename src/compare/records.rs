//! Two run records, made one after the other: low confidence.

use std::collections::HashMap;

use super::conclude::{Judging, Taken, conclude};
use super::samples::{Samples, SideSamples};
use super::sequential::{careful, note};
use super::{Comparison, Criteria, Labels, Method};
use crate::run::{QueryRun, Run, Status};

/// Compares what two records have in common, query by query, by the rank-sum test over the medians of
/// their rounds. Differences count only beyond ±20 %.
pub fn records(before: &Run, after: &Run, criteria: &Criteria) -> Comparison {
    let by_id: HashMap<&str, &QueryRun> =
        after.queries.iter().map(|query| (query.id.as_str(), query)).collect();
    let both = before.queries.iter().filter_map(|a| Some((a, *by_id.get(a.id.as_str())?)));
    let measured = |q: &QueryRun| q.status == Status::Measured;
    let samples: Vec<(&QueryRun, Samples)> = both
        .filter(|(a, b)| measured(a) && measured(b))
        .map(|(a, b)| (a, samples(a, b, before.options.clients == after.options.clients)))
        .collect();
    let taken: Vec<Taken<'_>> = samples
        .iter()
        .map(|(query, samples)| Taken { query: &query.id, weight: query.weight, samples })
        .collect();
    let judging = Judging {
        method: Method::Sequential,
        criteria: &careful(criteria),
        same_plan_is_unchanged: false,
        self_check: false,
        early: false,
    };
    let mut comparison = conclude(judging, (before, after), &taken);
    comparison.labels = labels(before, after);
    comparison.notes = notes(before, after);
    comparison
}

/// Mean rows are comparable when both sides ran the same parameter sets equally often.
fn samples(before: &QueryRun, after: &QueryRun, same_clients: bool) -> Samples {
    let count = |query: &QueryRun| query.latency.as_ref().map(|latency| latency.count);
    let alike = before.params.len() <= 1 || (same_clients && count(before) == count(after));
    let side = |query: &QueryRun| {
        let rows = query.rows.filter(|_| alike);
        SideSamples::recorded(query.latency.clone(), rows, query.rounds_ms.clone())
    };
    Samples { before: side(before), after: side(after), failure: None }
}

fn labels(before: &Run, after: &Run) -> Labels {
    let label = |run: &Run| {
        let when = || run.started.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
        run.label.clone().unwrap_or_else(when)
    };
    Labels { before: label(before), after: label(after) }
}

fn notes(before: &Run, after: &Run) -> Vec<String> {
    let missing = |from: &Run, to: &Run, side: &str| {
        let ids: std::collections::HashSet<&str> =
            to.queries.iter().map(|query| query.id.as_str()).collect();
        let gone: Vec<&str> =
            from.queries.iter().map(|q| q.id.as_str()).filter(|id| !ids.contains(id)).collect();
        (!gone.is_empty()).then(|| format!("Only {side}, and not compared: {}.", listed(&gone)))
    };
    let interrupted = (before.interrupted || after.interrupted)
        .then_some("One of the runs was interrupted: what it had measured until then is compared.");
    [Some(note()), missing(before, after, "before"), missing(after, before, "after")]
        .into_iter()
        .flatten()
        .chain(interrupted.map(str::to_owned))
        .collect()
}

/// The first few, and how many more.
fn listed(names: &[&str]) -> String {
    const SHOWN: usize = 5;
    let shown = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
