//! The versioned record of one run: `run.json`.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::engine::{Access, Catalog, Counters, DbError, DbErrorKind, Params, ServerInfo, Setting};
use crate::plan::Plan;
use crate::sql::{Shape, StatementKind};
use crate::stats::Latency;
use crate::workload::{Habit, Ignore, WideIgnore, Workload};

/// Version of the record's form. Raised when a reader of the old form could misread the new one.
pub const RUN_FORMAT: u32 = 1;

/// One replay of a workload on one database. Times are milliseconds unless a name says otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    pub format: u32,
    /// Version of planwise that wrote it.
    pub planwise: String,
    pub label: Option<String>,
    /// Version-control commit that was measured, where it is known.
    #[serde(default)]
    pub commit: Option<String>,
    pub started: Timestamp,
    pub finished: Timestamp,
    /// Ctrl-C or a lost server ended it early: what is here is what was measured until then.
    pub interrupted: bool,
    /// The server went away during the run; its last words.
    pub lost: Option<DbError>,
    pub workload: WorkloadInfo,
    pub server: ServerInfo,
    pub environment: Environment,
    pub options: RunSettings,
    pub settings: Vec<Setting>,
    /// Growth of the server's counters between the first and the last execution.
    pub counters: Counters,
    pub catalog: Catalog,
    pub queries: Vec<QueryRun>,
    pub sessions: Vec<SessionTrace>,
    /// What the sessions of a captured workload do again and again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub habits: Vec<Habit>,
    /// Things a reader must know before trusting the numbers.
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorkloadInfo {
    pub name: String,
    pub source: String,
    /// SHA-256 of its files, hex.
    pub digest: String,
    /// Declared to be all that asks the database.
    #[serde(default)]
    pub complete: bool,
    /// Seconds in which the calls that weights count were made. `None`: weights only relate queries to each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_s: Option<f64>,
    /// Findings that nobody wants, beside what queries say of themselves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignores: Vec<WideIgnore>,
}

impl WorkloadInfo {
    pub fn of(workload: &Workload) -> Self {
        WorkloadInfo {
            name: workload.name.clone(),
            source: workload.source.display().to_string(),
            digest: workload.digest.clone(),
            complete: workload.complete,
            observed_s: workload.observed_s,
            ignores: workload.ignores.clone(),
        }
    }
}

/// The machine planwise ran on (the server's, for a sandbox).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Environment {
    pub os: String,
    pub cpu: String,
    pub cores: usize,
    pub memory_bytes: u64,
    /// One-minute load average before and after.
    pub load_before: f64,
    pub load_after: f64,
    /// The server runs on this machine, so `memory_bytes` and `cores` are its own.
    pub server_is_local: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunSettings {
    pub rounds: Option<u32>,
    pub duration_s: Option<f64>,
    pub warmup_rounds: u32,
    pub clients: u32,
    pub access: Access,
    pub statement_timeout_ms: f64,
    /// `analyze`, `plan` or `none`.
    pub explain: String,
}

/// Why a query has the numbers it has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Status {
    Measured,
    /// Only its plan was asked for.
    Planned,
    /// Not run on purpose, e.g. a write in a read-only run.
    Refused {
        reason: String,
    },
    /// Every execution failed.
    Failed {
        error: DbError,
    },
    TimedOut {
        after_ms: f64,
    },
    /// The run ended before its turn.
    NotReached,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QueryRun {
    pub id: String,
    pub sql: String,
    /// The workload's file that holds it.
    #[serde(default)]
    pub file: Option<String>,
    /// Line in that file.
    pub line: usize,
    pub kind: StatementKind,
    /// `None` when the text could not be parsed.
    pub shape: Option<Shape>,
    pub weight: f64,
    /// Settings of the session that its file says it belongs to: it ran, and was planned, under them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<(String, String)>,
    pub params: Vec<Params>,
    pub status: Status,
    /// The very first execution, before warm-up: cold caches.
    pub first_ms: Option<f64>,
    pub latency: Option<Latency>,
    /// Median of each measured round, all clients together, milliseconds, in order: what two runs are compared by.
    /// A long run's neighbouring rounds are joined, so that there are at most 47.
    #[serde(default)]
    pub rounds_ms: Vec<f64>,
    /// Mean rows returned or changed per execution.
    pub rows: Option<f64>,
    pub errors: Vec<ErrorCount>,
    pub plans: Vec<PlanRecord>,
    /// Why there is no plan, or only an estimated one.
    pub explain_note: Option<String>,
    /// Rules whose findings about it are not wanted, as its file says, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignores: Vec<Ignore>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ErrorCount {
    pub error: DbError,
    pub count: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlanRecord {
    pub params: Params,
    pub plan: Plan,
    /// The server's own document. Written to `plans/`, not into `run.json`.
    #[serde(skip)]
    pub raw: Value,
    /// Path of that document, relative to the output folder.
    pub file: Option<String>,
}

/// What one session of the workload did: the material of rules about sequences.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SessionTrace {
    pub name: String,
    /// Steps in order: query id, how often in a row, rows of its last execution, time of all its executions.
    pub steps: Vec<StepTrace>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StepTrace {
    pub query: String,
    pub times: u32,
    pub rows: f64,
    pub total_ms: f64,
}

/// Weeks have a rhythm: what counters have not seen within one, a weekly job may still need.
const COUNTERS_SPEAK_AFTER_S: i64 = 8 * 24 * 3600;

impl Run {
    /// Remembers, and says, that the server went away: what was measured until then is here.
    pub fn lose(&mut self, error: DbError) {
        let what = match error.kind {
            DbErrorKind::Local => "The run could not go on",
            _ => "The server went away during the run",
        };
        self.notes.push(format!("{what}: {}", error.message));
        self.interrupted = true;
        self.lost = Some(error);
    }

    /// Whether "nothing uses it" can be said of an index at all: the workload is declared to be all that
    /// asks the database, or the server has counted for long enough to have seen the others.
    /// A database that was just restored, and its copies, have seen nothing but us.
    pub fn knows_idleness(&self) -> bool {
        let counted =
            self.catalog.counted_since.map(|since| self.finished.as_second() - since.as_second());
        self.workload.complete || counted.is_some_and(|seconds| seconds >= COUNTERS_SPEAK_AFTER_S)
    }

    pub fn query(&self, id: &str) -> Option<&QueryRun> {
        self.queries.iter().find(|q| q.id == id)
    }

    pub fn setting(&self, name: &str) -> Option<&Setting> {
        self.settings.iter().find(|s| s.name == name)
    }
}

impl QueryRun {
    /// It was never meant for a server, or its text is not whole: there is nothing to plan.
    pub fn is_no_statement(&self) -> bool {
        self.shape.is_none() && matches!(self.status, Status::Refused { .. })
    }

    /// What its own session sets, as text; empty where it sets nothing. Values that an application tells its own functions
    /// are not told.
    pub fn own_settings(&self) -> String {
        let one = |(name, value): &(String, String)| match name.contains(['.', '@']) {
            true => name.clone(),
            false => format!("{name} = {value}"),
        };
        self.settings.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    /// Whether its own session sets `name`, whatever the server has.
    pub fn sets(&self, name: &str) -> bool {
        self.settings.iter().any(|(own, _)| own == name)
    }

    /// Where it is written: `queries.sql:12`.
    pub fn place(&self) -> String {
        self.place_of_line(0)
    }

    /// As [`QueryRun::place`], so many lines further down.
    pub fn place_of_line(&self, further: usize) -> String {
        let line = self.line + further;
        match &self.file {
            Some(file) => format!("{file}:{line}"),
            None => format!("line {line}"),
        }
    }

    /// Weighted time per unit of workload: what the query costs beside the others.
    pub fn weighted_ms(&self) -> f64 {
        self.latency.as_ref().map_or(0.0, |l| l.mean_ms * self.weight)
    }
}
