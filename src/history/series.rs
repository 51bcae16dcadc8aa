//! One query over all nights.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use jiff::Timestamp;
use rayon::prelude::*;

use super::{History, HistoryError, Kept, Outcome};
use crate::run::{Run, Status};

/// What one night saw of a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    pub started: Timestamp,
    pub id: String,
    /// Label, commit or beginning of the id.
    pub name: String,
    pub commit: Option<String>,
    pub outcome: Outcome,
    /// Median, milliseconds.
    pub median_ms: f64,
}

/// Oldest first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Series {
    pub query: String,
    pub sql: String,
    pub observations: Vec<Observation>,
}

impl Series {
    pub fn medians_ms(&self) -> Vec<f64> {
        self.observations.iter().map(|seen| seen.median_ms).collect()
    }
}

/// Every query of the runs in `kept` (oldest first) that was measured in one of them, in the order of the newest
/// workload; and sentences about records that cannot be read.
pub fn series(
    history: &History,
    kept: &[Kept],
) -> Result<(Vec<Series>, Vec<String>), HistoryError> {
    let runs: Vec<Result<Run, HistoryError>> =
        kept.par_iter().map(|kept| history.load(&kept.entry.id)).collect();
    let mut found: IndexMap<String, Series> = IndexMap::new();
    let mut troubles = BTreeSet::new();
    for (kept, run) in kept.iter().zip(runs) {
        match run {
            Ok(run) => add(&mut found, kept, run),
            Err(error) => drop(troubles.insert(error.to_string())),
        }
    }
    Ok((found.into_values().collect(), troubles.into_iter().collect()))
}

fn add(found: &mut IndexMap<String, Series>, kept: &Kept, run: Run) {
    for query in run.queries.into_iter().filter(|query| query.status == Status::Measured) {
        let Some(latency) = &query.latency else { continue };
        let series = found.entry(query.id.clone()).or_default();
        series.query = query.id;
        series.sql = query.sql;
        series.observations.push(Observation {
            started: kept.entry.started,
            id: kept.entry.id.clone(),
            name: kept.entry.name(),
            commit: kept.entry.commit.clone(),
            outcome: kept.mark.outcome,
            median_ms: latency.p50_ms,
        });
    }
}
