//! What a rehearsal measured.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Extrapolated;
use crate::engine::ServerInfo;
use crate::engine::migration::{Followed, Precondition, Route};

/// Version of the report's form.
pub const REHEARSAL_FORMAT: u32 = 1;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RehearsalReport {
    pub format: u32,
    /// Version of planwise that wrote it.
    pub planwise: String,
    pub started: Timestamp,
    pub finished: Timestamp,
    pub route: Route,
    pub source: ServerInfo,
    pub target: ServerInfo,
    /// Bytes of the tables and indexes that were moved, on the source.
    pub rehearsed_bytes: u64,
    /// Bytes of the database that is to be moved for good.
    pub full_bytes: u64,
    pub preconditions: Vec<Precondition>,
    pub runs: Vec<RehearsalRun>,
    /// By number of jobs.
    pub extrapolated: Vec<Extrapolated>,
    /// What the figures rest on, as sentences.
    pub rests_on: Vec<String>,
    pub interrupted: bool,
}

/// The whole way once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RehearsalRun {
    pub jobs: u32,
    pub phases: Vec<PhaseTime>,
    /// Why it ended early, or what did not arrive; `None` where every tool did its work.
    pub failed: Option<String>,
    /// Rows on the source and on the target afterwards, of all tables: tools end well with rows left behind.
    pub rows: Option<(u64, u64)>,
    /// Where the engine's replication carried the rows.
    #[serde(default)]
    pub followed: Option<Followed>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PhaseTime {
    /// `dump`, `schema`, `data`, `indexes and constraints`, `statistics`.
    pub phase: String,
    pub seconds: f64,
    /// Processor time of the tool itself, without the servers'.
    pub tool_cpu_s: f64,
    /// Bytes in the working folder afterwards.
    pub disk_bytes: u64,
    /// The command, without passwords.
    pub command: String,
    /// What the tool said on standard error, the last lines.
    pub said: Vec<String>,
}

impl RehearsalReport {
    pub fn failed(&self) -> bool {
        self.runs.iter().any(|run| run.failed.is_some())
    }
}
