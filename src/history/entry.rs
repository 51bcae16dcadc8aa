//! What the index says of a record.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::run::{QueryRun, Run, Status};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// SHA-256 of the record, hex.
    pub id: String,
    pub started: Timestamp,
    pub label: Option<String>,
    pub commit: Option<String>,
    /// Name of the workload: runs of different ones are never compared.
    pub workload: String,
    pub engine: String,
    pub server: String,
    /// Queries that were measured.
    pub queries: usize,
    /// Weighted time of one pass, milliseconds.
    pub weighted_ms: f64,
}

impl Entry {
    pub fn of(id: &str, run: &Run) -> Entry {
        let measured = run.queries.iter().filter(|query| query.status == Status::Measured);
        Entry {
            id: id.to_owned(),
            started: run.started,
            label: run.label.clone(),
            commit: run.commit.clone(),
            workload: run.workload.name.clone(),
            engine: run.server.engine.clone(),
            server: run.server.version.clone(),
            queries: measured.count(),
            weighted_ms: run.queries.iter().map(QueryRun::weighted_ms).sum(),
        }
    }

    /// Enough of the id to tell it by.
    pub fn short(&self) -> &str {
        self.id.get(..10).unwrap_or(&self.id)
    }

    /// What a person calls it: its label, its commit, or the beginning of its id.
    pub fn name(&self) -> String {
        let commit = || self.commit.as_ref().map(|commit| commit.chars().take(12).collect());
        self.label.clone().or_else(commit).unwrap_or_else(|| self.short().to_owned())
    }
}
