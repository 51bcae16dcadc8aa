//! What planwise asks of a database.

use std::io::{BufRead, Read};

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use indicatif::ProgressBar;

use super::migration::Migration;
use super::{
    Answer, AskedQuery, CarriedSettings, CarriedStatistics, Catalog, Counters, DbError,
    DbErrorKind, Dump, DumpOptions, Execution, ExplainMode, Explained, FullerExplain, IndexGrammar,
    Launcher, LayoutGrammar, LoadError, LoadReport, Look, NewObject, ObjectKind, Occupant,
    PlannerStates, Seen, ServerInfo, SessionOptions, Setting, SettingGrammar,
};
use crate::plan::{Plan, PlanError};
use crate::sql::Dialect;

/// Values of one execution in text form, in the order of the statement's parameters. `None` is NULL.
pub type Params = Vec<Option<String>>;

/// A statement prepared on one session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PreparedId(pub usize);

/// An index that exists only for the planner of one session.
#[derive(Debug, Clone, PartialEq)]
pub struct Hypothetical {
    pub name: String,
    pub size_bytes: u64,
}

/// Stops what a session's server is doing, from outside of the session.
pub type Canceller = Box<dyn FnOnce() -> BoxFuture<'static, ()> + Send>;

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

    /// How to explain the statement so that nothing is left out that rules need. `None` when `plan`
    /// has it all, or when this engine has no fuller form.
    fn fuller_explain(&self, plan: &Plan, sql: Option<&str>) -> Option<FullerExplain> {
        let _ = (plan, sql);
        None
    }

    /// Connects to `url` (which may be empty: then the engine's own environment decides).
    async fn connect(
        &self,
        url: &str,
        options: &SessionOptions,
    ) -> Result<Box<dyn Session>, DbError>;

    /// Reads the database behind `url` as a script that [`Session::load_script`] understands.
    /// The size is checked against `options.max_bytes` first.
    async fn dump(&self, url: &str, options: &DumpOptions) -> Result<Dump, DbError> {
        let _ = (url, options);
        Err(unsupported(self.name(), "copying a remote database"))
    }

    /// Gives the tables behind `copy` the statistics of those behind `source`. `None` where its own do as well.
    async fn carry_statistics(
        &self,
        source: &str,
        copy: &str,
    ) -> Result<Option<CarriedStatistics>, DbError> {
        let _ = (source, copy);
        Ok(None)
    }

    /// How to start a throwaway server of this family.
    fn launcher(&self) -> &dyn Launcher;

    /// How indexes are spelt; `None` where index advice is not available for this engine yet.
    fn index_grammar(&self) -> Option<&dyn IndexGrammar> {
        None
    }

    /// How changes of settings are spelt; `None` where there is no advice on settings.
    fn setting_grammar(&self) -> Option<&dyn SettingGrammar> {
        None
    }

    /// How data is laid out otherwise; `None` where there is no advice on it.
    fn layout_grammar(&self) -> Option<&dyn LayoutGrammar> {
        None
    }

    /// The setting that makes a session look for unqualified names in `schemas` (comma-separated), as
    /// [`SessionOptions::settings`] has it. `None` where one connection sees one schema.
    fn search_path(&self, _schemas: &str) -> Option<(String, String)> {
        None
    }

    /// Those of `settings` that decide plans and times, for a copy on a machine with so many bytes of memory.
    fn carried_settings(&self, _: &[Setting], _memory: Option<u64>) -> CarriedSettings {
        CarriedSettings::default()
    }

    /// How what its planner goes by is read and made again; `None` where that is not possible.
    fn planner_states(&self) -> Option<&'static dyn PlannerStates> {
        None
    }

    /// What is known of moving data from and to it; `None` where nothing is.
    fn migration(&self) -> Option<&'static dyn Migration> {
        None
    }

    /// What can be asked of a server of this family and version about its state, in the order to ask it.
    fn looks(&self, _version: [u32; 2]) -> Vec<Look> {
        Vec::new()
    }

    /// What this version of planwise cannot do on this engine yet, as sentences for the user.
    fn limits(&self) -> &'static [&'static str];
}

/// One connection. Dropping it closes the connection; a running statement is cancelled on the server.
#[async_trait]
pub trait Session: Send {
    async fn server(&mut self) -> Result<ServerInfo, DbError>;

    /// The server's process that serves this session, where it runs on this machine and is certain: for asking
    /// the system how it fares.
    async fn process(&mut self) -> Result<Option<u32>, DbError> {
        Ok(None)
    }

    /// What of this login makes a run less safe than it could be, as sentences for the user.
    async fn cautions(&mut self) -> Result<Vec<String>, DbError> {
        Ok(Vec::new())
    }

    /// For a statement whose end has to be known: without it, dropping the request cancels, and what came of it stays open.
    fn canceller(&self) -> Option<Canceller> {
        None
    }

    /// The settings of the session that the next statement was written for, in order: it is prepared, explained or
    /// answered under them, and so is every execution of what was prepared. They hold for that statement alone.
    fn under(&mut self, _settings: &[(String, String)]) {}

    /// Parses and plans once; the statement lives as long as the session.
    async fn prepare(&mut self, sql: &str) -> Result<PreparedId, DbError>;

    /// Runs a prepared statement to its last row. Under [`super::Access::Rollback`] the change is undone;
    /// the time of BEGIN and ROLLBACK is not part of `elapsed`.
    async fn execute(
        &mut self,
        statement: PreparedId,
        params: &[Option<String>],
    ) -> Result<Execution, DbError>;

    /// Whether `sql` may be sent at all under the session's [`super::Access`]: an error says what it calls that no transaction holds.
    async fn admit(&mut self, sql: &str) -> Result<(), DbError> {
        self.prepare(sql).await.map(|_| ())
    }

    /// Sends one statement as an application would, with nothing around it: as text, or prepared once and with `params` bound.
    /// For replaying what was admitted; transactions are the caller's.
    async fn send(
        &mut self,
        sql: &str,
        params: Option<&[Option<String>]>,
    ) -> Result<Execution, DbError> {
        let _ = (sql, params);
        Err(unsupported("this engine", "replaying a capture as it happened"))
    }

    async fn explain(
        &mut self,
        sql: &str,
        params: &[Option<String>],
        mode: ExplainMode,
    ) -> Result<Explained, DbError>;

    /// The plan by which sets of indexes are compared, on a throwaway copy: what the statement costs is its root's total
    /// cost, in whatever unit [`super::IndexGrammar::prices_by`] names. A statement that reads may be run for it.
    async fn weigh(&mut self, sql: &str, params: &[Option<String>]) -> Result<Plan, DbError> {
        Ok(self.explain(sql, params, ExplainMode::Estimate).await?.plan)
    }

    /// Estimated plans of `queries`, in their order, as if `statements` (ours, never the workload's) had been run: nothing of
    /// it stays. Others wait meanwhile for what the statements lock.
    async fn explain_as_if(
        &mut self,
        statements: &[String],
        queries: &[AskedQuery<'_>],
    ) -> Result<Vec<Plan>, DbError> {
        let _ = (statements, queries);
        Err(unsupported("this engine", "taking an index away for a moment"))
    }

    /// The answer to a query as text, at most `most` rows of it; under the session's [`super::Access`].
    async fn answer(
        &mut self,
        sql: &str,
        params: &[Option<String>],
        most: usize,
    ) -> Result<Answer, DbError> {
        let _ = (sql, params, most);
        Err(unsupported("this engine", "reading results for comparison"))
    }

    /// What statements answer one after the other in one transaction, which is undone then: each sees what those before it
    /// changed. It ends with the first that fails; the inner error is that statement's own. Only under [`super::Access::Rollback`].
    async fn transaction(
        &mut self,
        statements: &[AskedQuery<'_>],
        most: usize,
    ) -> Result<Vec<Result<Answer, DbError>>, DbError> {
        let _ = (statements, most);
        Err(unsupported("this engine", "transactions that are undone"))
    }

    async fn catalog(&mut self) -> Result<Catalog, DbError>;

    async fn settings(&mut self) -> Result<Vec<Setting>, DbError>;

    async fn counters(&mut self) -> Result<Counters, DbError>;

    /// The rows of one of [`Engine::looks`].
    async fn look(&mut self, look: &Look) -> Result<Vec<Seen>, DbError> {
        let _ = look;
        Err(unsupported("this engine", "looking at a server's state"))
    }

    /// Runs statements for their effect, outside a transaction, whatever the session's [`super::Access`]:
    /// for DDL that the user asked for and for sandboxes. Never called with workload text.
    async fn command(&mut self, sql: &str) -> Result<(), DbError>;

    /// First column of each row, as text.
    async fn query_text(&mut self, sql: &str) -> Result<Vec<Option<String>>, DbError>;

    /// Creates an index that only this session's planner sees. Its condition and expressions are believed in for the
    /// table that a FROM begins with, and for no other: hypopg 1.3 to 1.4.3 bind them to the first one. With another
    /// table, reached through a view, that has been seen to crash a server (HypoPG issue 116).
    async fn add_hypothetical(&mut self, ddl: &str) -> Result<Hypothetical, DbError>;

    async fn clear_hypothetical(&mut self) -> Result<(), DbError>;

    /// Takes the hypothetical indexes of these names away and creates those of `ddl`, in one go. When one
    /// of them is refused, which of them exist is not known: clear them all.
    async fn change_hypothetical(
        &mut self,
        gone: &[String],
        ddl: &[String],
    ) -> Result<Vec<Hypothetical>, DbError> {
        let _ = (gone, ddl);
        Err(unsupported("this engine", "hypothetical indexes"))
    }

    /// Runs a script or dump, statement by statement, in bounded memory, as [`Session::command`] would.
    /// `name` stands for the source in messages; `progress` is moved forward by the bytes read.
    async fn load_script(
        &mut self,
        source: &mut (dyn BufRead + Send),
        name: &str,
        progress: &ProgressBar,
    ) -> Result<LoadReport, LoadError>;

    /// Streams `data` into `statement` (the engine's bulk load from its client) and returns the rows loaded.
    async fn copy_in(
        &mut self,
        statement: &str,
        data: &mut (dyn Read + Send),
    ) -> Result<u64, DbError> {
        let _ = (statement, data);
        Err(unsupported("this engine", "bulk loading from the client"))
    }

    /// What bears the name that `object` is to have, if anything does.
    async fn occupant(&mut self, object: &NewObject) -> Result<Option<Occupant>, DbError> {
        let _ = object;
        Err(unsupported("this engine", "telling own indexes from others"))
    }

    /// The statement that takes away the thing of this number, under the name it has now; `None` when it is gone.
    async fn drop_statement(
        &mut self,
        kind: ObjectKind,
        id: u64,
    ) -> Result<Option<String>, DbError> {
        let _ = (kind, id);
        Err(unsupported("this engine", "telling own indexes from others"))
    }

    /// Why this login cannot create each of `objects`, in their order; `None` where it can.
    async fn missing_rights(
        &mut self,
        objects: &[NewObject],
    ) -> Result<Vec<Option<String>>, DbError> {
        Ok(vec![None; objects.len()])
    }

    /// Tables and sequences of this database that a copy holds and this login may not read, the first few.
    async fn unreadable(&mut self) -> Result<Vec<String>, DbError> {
        Ok(Vec::new())
    }

    /// Makes database `to` a copy of `from`, inside the server. Nobody may be connected to `from`.
    async fn clone_database(&mut self, from: &str, to: &str) -> Result<(), DbError> {
        let _ = (from, to);
        Err(unsupported("this engine", "copying a database inside the server"))
    }
}

fn unsupported(engine: &str, what: &str) -> DbError {
    DbError::new(DbErrorKind::Unsupported, format!("{what} is not supported on {engine}"))
}
