//! What planwise asks of a database.

use std::time::Duration;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Catalog, Counters, DbError, ExplainMode, Explained, Launcher, Setting};
use crate::plan::{Plan, PlanError};
use crate::sql::Dialect;

/// Values of one execution in text form, in the order of the statement's parameters. `None` is NULL.
pub type Params = Vec<Option<String>>;

/// What a session may do to data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// The server itself refuses writes.
    ReadOnly,
    /// Every write runs in a transaction that is rolled back.
    Rollback,
    /// Writes stay.
    Commit,
}

#[derive(Debug, Clone, PartialEq)]
pub struct SessionOptions {
    pub access: Access,
    pub statement_timeout: Duration,
    pub lock_timeout: Duration,
    pub connect_timeout: Duration,
    /// Set on this session only, in order.
    pub settings: Vec<(String, String)>,
}

impl Default for SessionOptions {
    fn default() -> Self {
        SessionOptions {
            access: Access::ReadOnly,
            statement_timeout: Duration::from_secs(30),
            lock_timeout: Duration::from_secs(5),
            connect_timeout: Duration::from_secs(10),
            settings: Vec::new(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ServerInfo {
    /// The engine's own name, for the record and for rules that hold for some engines only.
    pub engine: String,
    /// As the server says it: `15.18 (Debian 15.18-0+deb12u1)`.
    pub version: String,
    /// `[major, minor]`.
    pub version_number: [u32; 2],
    pub database: String,
    pub user: String,
    /// Where it was reached, without credentials.
    pub address: String,
    pub encrypted: bool,
    pub replica: bool,
    /// Size of the database on disk.
    pub database_bytes: Option<u64>,
    pub max_connections: Option<u64>,
}

/// A statement prepared on one session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PreparedId(pub usize);

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Execution {
    /// From sending to the last row read, seen from the client.
    pub elapsed: Duration,
    /// Rows returned, or rows changed by a write.
    pub rows: u64,
}

/// An index that exists only for the planner of one session.
#[derive(Debug, Clone, PartialEq)]
pub struct Hypothetical {
    pub name: String,
    pub size_bytes: u64,
}

/// One family of servers: its grammar, its plans, and how to reach it. Stateless.
#[async_trait]
pub trait Engine: Send + Sync {
    /// Lower-case name, as in `--sandbox=NAME` and in a rule's `engines`.
    fn name(&self) -> &'static str;

    /// URL schemes it answers to.
    fn schemes(&self) -> &'static [&'static str];

    fn dialect(&self) -> &dyn Dialect;

    /// Reads an EXPLAIN output in any of the engine's formats.
    fn parse_plan(&self, text: &str) -> Result<Plan, PlanError>;

    /// Connects to `url` (which may be empty: then the engine's own environment decides).
    async fn connect(
        &self,
        url: &str,
        options: &SessionOptions,
    ) -> Result<Box<dyn Session>, DbError>;

    /// How to start a throwaway server of this family.
    fn launcher(&self) -> &dyn Launcher;

    /// What this version of planwise cannot do on this engine yet, as sentences for the user.
    fn limits(&self) -> &'static [&'static str];
}

/// One connection. Dropping it closes the connection; a running statement is cancelled on the server.
#[async_trait]
pub trait Session: Send {
    async fn server(&mut self) -> Result<ServerInfo, DbError>;

    /// Parses and plans once; the statement lives as long as the session.
    async fn prepare(&mut self, sql: &str) -> Result<PreparedId, DbError>;

    /// Runs a prepared statement to its last row. Under [`Access::Rollback`] the change is undone;
    /// the time of BEGIN and ROLLBACK is not part of `elapsed`.
    async fn execute(
        &mut self,
        statement: PreparedId,
        params: &[Option<String>],
    ) -> Result<Execution, DbError>;

    async fn explain(
        &mut self,
        sql: &str,
        params: &[Option<String>],
        mode: ExplainMode,
    ) -> Result<Explained, DbError>;

    async fn catalog(&mut self) -> Result<Catalog, DbError>;

    async fn settings(&mut self) -> Result<Vec<Setting>, DbError>;

    async fn counters(&mut self) -> Result<Counters, DbError>;

    /// Runs statements for their effect, outside a transaction, whatever the session's [`Access`]:
    /// for DDL that the user asked for and for sandboxes. Never called with workload text.
    async fn command(&mut self, sql: &str) -> Result<(), DbError>;

    /// First column of each row, as text.
    async fn query_text(&mut self, sql: &str) -> Result<Vec<Option<String>>, DbError>;

    /// Creates an index that only this session's planner sees.
    async fn add_hypothetical(&mut self, ddl: &str) -> Result<Hypothetical, DbError>;

    async fn clear_hypothetical(&mut self) -> Result<(), DbError>;
}
