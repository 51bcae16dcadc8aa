//! The workload as every later stage sees it.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Habit;
use crate::engine::Params;
use crate::sql::Shape;
use crate::trace::KeptPlan;

#[derive(Debug, Clone, PartialEq)]
pub struct Workload {
    pub name: String,
    /// File or folder it was read from.
    pub source: PathBuf,
    pub description: Option<String>,
    /// Declared to be all that asks the database. A file of queries never is.
    pub complete: bool,
    pub queries: Vec<Query>,
    /// Ordered traces. Queries that are in no session run on their own.
    pub sessions: Vec<Session>,
    /// It was captured: values that its statements lack may be invented. A file's author is asked for them instead.
    pub is_captured: bool,
    /// Seconds in which the calls that weights count were made. `None`: weights only relate queries to each other.
    pub observed_s: Option<f64>,
    /// What its sessions do again and again, where it was captured.
    pub habits: Vec<Habit>,
    /// Findings that nobody wants, beside what its queries say of themselves.
    pub ignores: Vec<WideIgnore>,
    /// Faults that were planted in the sample data on purpose, to hold findings against.
    pub faults: Vec<ExpectedFault>,
    /// The `[data]` table of `workload.toml`, for the generator of sample data.
    pub data: Option<toml::Table>,
    /// SHA-256 over the workload's files, hex.
    pub digest: String,
    /// What was passed over in its files, as sentences for the user.
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// Unique in the workload: the `-- name:` annotation or `q<ordinal>`.
    pub id: String,
    pub sql: String,
    /// Why no server is asked to run it, as far as reading the file tells: cut off, a command of the shell.
    pub refused: Option<String>,
    /// Settings of the session that the file says it belongs to, in order.
    pub settings: Vec<(String, String)>,
    /// The file it stands in, as the user would name it.
    pub file: PathBuf,
    /// First line in its file, 1-based.
    pub line: usize,
    /// Calls relative to the other queries. 1 by default.
    pub weight: f64,
    /// Its parameters as the file spells them, in the order of their values.
    pub parameters: Vec<String>,
    /// Parameter sets, used in turn. Empty for a statement without parameters.
    pub params: Vec<Params>,
    /// Rules whose findings about it are not wanted, and why.
    pub ignores: Vec<Ignore>,
    /// What its plan is expected to be, as written beside it.
    pub expects: Vec<Expected>,
    /// What its text says. `Err` holds the parser's message: the query is reported, not run blindly.
    pub shape: Result<Shape, String>,
    /// Plans that a captured log held with it, the slowest first.
    pub plans: Vec<KeptPlan>,
}

/// An expectation of a plan, as text: `planwise assert` reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    pub text: String,
    /// Line of its comment in the file.
    pub line: usize,
}

/// A rule that is not to speak about a query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ignore {
    pub rule: String,
    /// Why.
    pub reason: String,
    /// Line of its comment in the file.
    pub line: usize,
}

/// A rule that is not to speak about a whole workload, or a part of it: what `planwise.toml` asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WideIgnore {
    pub rule: String,
    /// Only about this query; about all, and about schema and settings, without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Only about this table, index or setting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Why.
    pub reason: String,
    pub file: String,
    pub line: usize,
}

/// A named sequence, run in order on one connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Session {
    pub name: String,
    pub steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Id of the query.
    pub query: String,
    /// How often in a row.
    #[serde(default = "once")]
    pub times: u32,
}

fn once() -> u32 {
    1
}

/// A planted fault and who should find it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectedFault {
    pub id: String,
    /// Query it sits in; `None` for faults of the schema or of the settings.
    pub query: Option<String>,
    pub what: String,
    /// Any one of these is enough.
    pub found_by: Vec<FaultFinder>,
}

/// `rule = "<id>"`, or `index = "<table>"` with the columns that must lead, or `drop = "<index name>"`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, deny_unknown_fields)]
pub enum FaultFinder {
    Rule {
        rule: String,
    },
    Index {
        index: String,
        /// Leading key columns or expressions, in order.
        keys: Vec<String>,
        #[serde(default)]
        method: Option<String>,
        /// Text that the index's partial predicate must contain.
        #[serde(default)]
        predicate: Option<String>,
    },
    Drop {
        drop: String,
    },
}

impl Workload {
    pub fn query(&self, id: &str) -> Option<&Query> {
        self.queries.iter().find(|q| q.id == id)
    }
}
