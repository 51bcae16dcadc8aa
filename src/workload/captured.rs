//! A captured workload as queries with weights: one query of each fingerprint, as often as it was called.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::habits::{MOST_EVENTS, gather, of_digest_alone};
use super::read::hex;
use super::script::written;
use super::{Habit, Query, Workload, WorkloadError};
use crate::engine::Params;
use crate::sql::{Dialect, StatementKind};
use crate::trace::{QueryDigest, Reader, Sample, Summary};

/// Queries that are taken, those that took most time first: each is executed and explained.
const MOST_QUERIES: usize = 500;
/// A shorter capture tells nothing of a day.
const LEAST_SPAN_S: f64 = 60.0;

pub fn read(path: &Path, dialect: &dyn Dialect) -> Result<Workload, WorkloadError> {
    let mut reader = Reader::open(path)?;
    let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let (mut workload, names) = of_queries(&reader.summary, name, path, dialect)?;
    workload.habits = match reader.has_events() {
        true => gather(&mut reader, dialect)?,
        false => of_digest_alone(&reader.summary, dialect),
    };
    name_queries(&mut workload.habits, &names);
    if reader.summary.statements > MOST_EVENTS && reader.has_events() {
        workload.notes.push(format!(
            "Habits of sessions were looked for in the first {MOST_EVENTS} statements of the capture."
        ));
    }
    Ok(workload)
}

/// Names of queries by their fingerprints.
type Names = HashMap<String, String>;

/// Habits name their queries as the workload does; a query that is not taken keeps its fingerprint.
fn name_queries(habits: &mut [Habit], names: &Names) {
    let named = |fingerprint: String| names.get(&fingerprint).cloned().unwrap_or(fingerprint);
    for habit in habits {
        habit.query = habit.query.take().map(named);
        habit.others = std::mem::take(&mut habit.others).into_iter().map(named).collect();
    }
}

/// The workload that `summary` is the digest of. Weights are calls.
pub fn of_summary(
    summary: &Summary,
    name: String,
    source: &Path,
    dialect: &dyn Dialect,
) -> Result<Workload, WorkloadError> {
    let (mut workload, names) = of_queries(summary, name, source, dialect)?;
    workload.habits = of_digest_alone(summary, dialect);
    name_queries(&mut workload.habits, &names);
    Ok(workload)
}

/// All of the workload but its habits.
fn of_queries(
    summary: &Summary,
    name: String,
    source: &Path,
    dialect: &dyn Dialect,
) -> Result<(Workload, Names), WorkloadError> {
    let mut digests: Vec<&QueryDigest> =
        summary.queries.iter().filter(|query| query.calls > 0).collect();
    digests.sort_by(|a, b| {
        b.durations
            .sum_ns
            .cmp(&a.durations.sum_ns)
            .then(b.calls.cmp(&a.calls))
            .then_with(|| a.fingerprint.cmp(&b.fingerprint))
    });
    let (steering, mut asked): (Vec<_>, Vec<_>) =
        digests.into_iter().partition(|query| !is_query(query));
    let left_out = asked.split_off(asked.len().min(MOST_QUERIES));
    let mut names = HashSet::new();
    let queries: Vec<Query> =
        asked.iter().map(|digest| query(digest, source, dialect, &mut names)).collect();
    if queries.is_empty() {
        return Err(WorkloadError::Empty { path: source.to_owned() });
    }
    let mut hash = Sha256::new();
    for digest in &asked {
        hash.update(format!("{} {}\n", digest.fingerprint, digest.calls));
    }
    let mut notes = summary.notes.clone();
    notes.extend(left_out_notes(summary, &steering, &left_out));
    let by_fingerprint = asked
        .iter()
        .zip(&queries)
        .map(|(digest, query)| (digest.fingerprint.clone(), query.id.clone()))
        .collect();
    let workload = Workload {
        name,
        source: source.to_owned(),
        description: None,
        complete: false,
        queries,
        sessions: Vec::new(),
        is_captured: true,
        observed_s: summary.span_s().filter(|span| *span >= LEAST_SPAN_S),
        habits: Vec::new(),
        ignores: Vec::new(),
        faults: Vec::new(),
        data: None,
        digest: hex(hash.finalize()),
        notes,
    };
    Ok((workload, by_fingerprint))
}

/// What a server is asked again. A statement that no parser took may be one.
pub(super) fn is_query(digest: &QueryDigest) -> bool {
    let asks = matches!(digest.kind, StatementKind::Read | StatementKind::Write);
    // Copying in needs data that no log holds; the others show what is, and have no plan.
    let word: String = digest.normalised.chars().take_while(char::is_ascii_alphabetic).collect();
    let asks = asks
        && !matches!(
            word.to_ascii_uppercase().as_str(),
            "COPY" | "SHOW" | "EXPLAIN" | "FETCH" | "DECLARE" | "CLOSE"
        );
    asks && digest.samples.all().next().is_none_or(|sample| !sample.text.is_empty())
}

fn left_out_notes(
    summary: &Summary,
    steering: &[&QueryDigest],
    left_out: &[&QueryDigest],
) -> Vec<String> {
    let calls = |queries: &[&QueryDigest]| queries.iter().map(|query| query.calls).sum::<u64>();
    let mut notes = Vec::new();
    if !steering.is_empty() {
        notes.push(format!(
            "{} calls of {} captured statements are left out: they steer sessions, change the schema, copy data or have no text.",
            calls(steering),
            steering.len()
        ));
    }
    if !left_out.is_empty() {
        let ns: u64 = left_out.iter().map(|query| query.durations.sum_ns).sum();
        notes.push(format!(
            "Only the {MOST_QUERIES} queries that took most time are taken; {} further ones with {} calls and {:.1} % of the time are left out.",
            left_out.len(),
            calls(left_out),
            100.0 * ns as f64 / summary.duration_ns.max(1) as f64
        ));
    }
    if summary.rejected > 0 {
        notes.push(format!("{} parts of the captured logs could not be read.", summary.rejected));
    }
    notes
}

fn query(
    digest: &QueryDigest,
    source: &Path,
    dialect: &dyn Dialect,
    names: &mut HashSet<String>,
) -> Query {
    let median_ns = digest.durations.quantile_ms(0.5).map(|ms| (ms * 1e6) as u64);
    let sample = digest.samples.typical(median_ns).filter(|sample| !sample.text.is_empty());
    let (text, params) = match sample {
        Some(sample) => (sample.text.clone(), sets(sample, digest)),
        None => (digest.normalised.clone(), Vec::new()),
    };
    let written = written(&text, dialect);
    let count = written.parameters.names().len();
    let file =
        sample.filter(|sample| !sample.file.is_empty()).map(|sample| PathBuf::from(&sample.file));
    Query {
        id: name(&digest.fingerprint, names),
        sql: written.sql,
        refused: written.refused,
        settings: Vec::new(),
        file: file.unwrap_or_else(|| source.to_owned()),
        line: sample.map_or(1, |sample| sample.line.max(1) as usize),
        weight: digest.calls.max(1) as f64,
        parameters: written.parameters.names(),
        params: params.into_iter().filter(|set| set.len() == count && count > 0).collect(),
        ignores: Vec::new(),
        expects: Vec::new(),
        shape: written.shape,
        plans: digest.plans.clone(),
    }
}

/// The values bound in samples of the same text, each set once.
fn sets(sample: &Sample, digest: &QueryDigest) -> Vec<Params> {
    let mut sets: Vec<Params> = sample.values.iter().cloned().collect();
    for other in
        digest.samples.all().filter(|other| other.text == sample.text && other.failure.is_none())
    {
        if let Some(values) = other.values.as_ref().filter(|values| !sets.contains(values)) {
            sets.push(values.clone());
        }
    }
    sets
}

/// Stays the same from night to night.
fn name(fingerprint: &str, names: &mut HashSet<String>) -> String {
    let name = name_of(fingerprint, names);
    names.insert(name.clone());
    name
}

/// One that is not among `names`.
pub(super) fn name_of(fingerprint: &str, names: &HashSet<String>) -> String {
    let lengths = [8, 12, fingerprint.len()];
    let candidates = lengths
        .iter()
        .map(|length| format!("q-{}", &fingerprint[..(*length).min(fingerprint.len())]));
    let free = candidates.into_iter().find(|name| !names.contains(name));
    free.unwrap_or_else(|| format!("q-{fingerprint}-{}", names.len()))
}
