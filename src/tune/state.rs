//! What a tuning has measured, in a file for the next one to go on from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::evidence::Evidence;
use crate::run::Run;

/// In the folder of the reports.
pub const STATE_FILE: &str = "tune-state.json";

/// Version of the file's form.
const FORMAT: u32 = 1;

/// Rows that statistics count may differ by this share and be the same.
const SAME_ROWS: f64 = 0.05;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    format: u32,
    /// Digest of the workload's files.
    workload: String,
    /// The server's version.
    server: String,
    /// Rows by `schema.table`.
    tables: BTreeMap<String, f64>,
    evidence: Evidence,
}

#[derive(Debug, thiserror::Error)]
pub enum StateError {
    #[error(
        "--resume: {} cannot be read ({reason}); leave --resume out to begin anew",
        path.display()
    )]
    Unreadable { path: PathBuf, reason: String },
    #[error("--resume: {} is of another tuning: {reason}; leave --resume out to begin anew", path.display())]
    Other { path: PathBuf, reason: String },
}

impl State {
    pub fn of(run: &Run, evidence: Evidence) -> State {
        State {
            format: FORMAT,
            workload: run.workload.digest.clone(),
            server: run.server.version.clone(),
            tables: rows(run),
            evidence,
        }
    }

    pub fn read(path: &Path) -> Result<State, StateError> {
        let unreadable = |reason: String| StateError::Unreadable { path: path.to_owned(), reason };
        let text = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
        let state: State =
            serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))?;
        match state.format {
            FORMAT => Ok(state),
            other => {
                Err(unreadable(format!("its format is {other}, and this version writes {FORMAT}")))
            }
        }
    }

    pub fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(self)
    }

    /// What it holds, for a tuning of the same workload on the same data.
    pub fn evidence_for(self, run: &Run, path: &Path) -> Result<Evidence, StateError> {
        let other = |reason: String| StateError::Other { path: path.to_owned(), reason };
        if self.workload != run.workload.digest {
            return Err(other("the workload's files have changed".to_owned()));
        }
        if self.server != run.server.version {
            let (then, now) = (&self.server, &run.server.version);
            return Err(other(format!("the server was {then}, and is {now}")));
        }
        let now = rows(run);
        let differing = self.tables.iter().find(|(table, then)| {
            let now = now.get(*table).copied().unwrap_or(0.0);
            (now - **then).abs() > SAME_ROWS * then.max(now)
        });
        match differing {
            Some((table, _)) => Err(other(format!("{table} holds other data"))),
            None => Ok(self.evidence),
        }
    }
}

fn rows(run: &Run) -> BTreeMap<String, f64> {
    let tables = run.catalog.tables.iter();
    tables.map(|table| (format!("{}.{}", table.schema, table.name), table.rows.max(0.0))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::scripted::{Scripted, workload};
    use crate::run::{RunOptions, Target, replay};

    async fn run() -> Run {
        let engine = Scripted::engine(&[]);
        let target = Target { engine, url: String::new(), options: Default::default() };
        let (options, progress) = (RunOptions::default(), crate::progress::Progress::hidden());
        replay(&target, &workload(Vec::new()), &options, &Default::default(), progress)
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn a_state_is_read_back_for_the_same_workload_only() {
        let run = run().await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(STATE_FILE);
        assert!(matches!(State::read(&path), Err(StateError::Unreadable { .. })));
        let state = State::of(&run, Evidence::default());
        std::fs::write(&path, state.to_json().unwrap()).unwrap();
        let read = State::read(&path).unwrap();
        assert_eq!(read, state);
        assert!(read.clone().evidence_for(&run, &path).is_ok());
        let mut other = run;
        other.workload.digest.push('x');
        let refused = read.evidence_for(&other, &path).unwrap_err().to_string();
        assert!(refused.contains("files have changed; leave --resume out"), "{refused}");
    }
}
