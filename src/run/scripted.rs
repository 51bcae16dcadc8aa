//! A database made of a script, so that scheduling is tested without a server.

use std::collections::HashMap;
use std::io::BufRead;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use indicatif::ProgressBar;

use crate::engine::{
    Catalog, Counters, DbError, DbErrorKind, Engine, Execution, ExplainMode, Explained,
    Hypothetical, Launcher, LoadError, LoadReport, PreparedId, ServerInfo, Session, SessionOptions,
    Setting,
};
use crate::interrupt::Interrupt;
use crate::plan::{Evidence, Node, NodeKind, Plan, PlanError};
use crate::sql::{Dialect, Shape, StatementKind};
use crate::workload::{Query, Workload};

pub fn shape(kind: StatementKind) -> Shape {
    Shape {
        kind,
        fingerprint: "0".repeat(16),
        normalised: String::new(),
        tables: Vec::new(),
        leading: Vec::new(),
        parameters: 0,
        select_star: false,
        offset: None,
        limit: None,
        order_by: Vec::new(),
        has_where: false,
        order_by_random: false,
        not_in_subquery: false,
        longest_in_list: 0,
        relations: 1,
        aggregates: false,
        assigned: Vec::new(),
        predicates: Vec::new(),
    }
}

pub fn query(id: &str, kind: StatementKind) -> Query {
    Query {
        id: id.to_owned(),
        sql: id.to_owned(),
        file: PathBuf::from("scripted.sql"),
        line: 1,
        weight: 1.0,
        refused: None,
        settings: Vec::new(),
        parameters: Vec::new(),
        params: Vec::new(),
        ignores: Vec::new(),
        expects: Vec::new(),
        shape: Ok(shape(kind)),
        plans: Vec::new(),
    }
}

pub fn workload(queries: Vec<Query>) -> Workload {
    Workload {
        name: "scripted".to_owned(),
        source: PathBuf::from("scripted.sql"),
        description: None,
        complete: false,
        queries,
        sessions: Vec::new(),
        is_captured: false,
        observed_s: None,
        habits: Vec::new(),
        ignores: Vec::new(),
        faults: Vec::new(),
        data: None,
        digest: String::new(),
        notes: Vec::new(),
    }
}

/// What the scripted server does when it is asked to run a statement (its text is its name).
#[derive(Debug, Clone)]
pub enum Act {
    Take(u64),
    Fail(DbErrorKind),
    /// Answers so many times, then the server is gone.
    DieAfter(u64),
    /// Presses Ctrl-C and never answers.
    Hang(Interrupt),
}

#[derive(Default)]
struct Script {
    acts: HashMap<String, Act>,
    log: Vec<String>,
}

/// Lives for the whole test process: an engine is `'static`.
#[derive(Clone)]
pub struct Scripted {
    script: Arc<Mutex<Script>>,
}

impl Scripted {
    pub fn engine(acts: &[(&str, Act)]) -> &'static Scripted {
        let acts = acts.iter().map(|(sql, act)| ((*sql).to_owned(), act.clone())).collect();
        let script = Script { acts, log: Vec::new() };
        Box::leak(Box::new(Scripted { script: Arc::new(Mutex::new(script)) }))
    }

    /// Statements executed so far, in order.
    pub fn log(&self) -> Vec<String> {
        self.script.lock().unwrap().log.clone()
    }
}

#[async_trait]
impl Engine for Scripted {
    fn name(&self) -> &'static str {
        "scripted"
    }
    fn schemes(&self) -> &'static [&'static str] {
        &["scripted"]
    }
    fn dialect(&self) -> &dyn Dialect {
        unreachable!("scheduling never parses")
    }
    fn parse_plan(&self, _: &str) -> Result<Plan, PlanError> {
        Err(PlanError::Empty)
    }
    async fn connect(&self, _: &str, _: &SessionOptions) -> Result<Box<dyn Session>, DbError> {
        Ok(Box::new(ScriptedSession { scripted: self.clone(), prepared: Vec::new() }))
    }
    fn launcher(&self) -> &dyn Launcher {
        unreachable!("scheduling never starts a server")
    }
    fn limits(&self) -> &'static [&'static str] {
        &["A scripted server has no tables."]
    }
}

struct ScriptedSession {
    scripted: Scripted,
    prepared: Vec<String>,
}

impl ScriptedSession {
    fn act(&self, sql: &str) -> Act {
        let mut script = self.scripted.script.lock().unwrap();
        script.log.push(sql.to_owned());
        let seen = script.log.iter().filter(|s| *s == sql).count() as u64;
        match script.acts.get(sql) {
            Some(Act::DieAfter(times)) if seen > *times => Act::Fail(DbErrorKind::ConnectionLost),
            Some(Act::DieAfter(_)) | None => Act::Take(1),
            Some(act) => act.clone(),
        }
    }
}

#[async_trait]
impl Session for ScriptedSession {
    async fn server(&mut self) -> Result<ServerInfo, DbError> {
        Ok(ServerInfo {
            engine: "scripted".to_owned(),
            version: "1".to_owned(),
            version_number: [1, 0],
            database: "db".to_owned(),
            user: "me".to_owned(),
            address: "localhost".to_owned(),
            encrypted: false,
            replica: false,
            database_bytes: None,
            max_connections: None,
        })
    }
    async fn prepare(&mut self, sql: &str) -> Result<PreparedId, DbError> {
        self.prepared.push(sql.to_owned());
        Ok(PreparedId(self.prepared.len() - 1))
    }
    async fn execute(
        &mut self,
        statement: PreparedId,
        _: &[Option<String>],
    ) -> Result<Execution, DbError> {
        match self.act(&self.prepared[statement.0]) {
            Act::Take(ms) => Ok(Execution { elapsed: Duration::from_millis(ms), rows: 3 }),
            Act::Fail(kind) => Err(DbError::new(kind, "scripted failure")),
            Act::DieAfter(_) => unreachable!("resolved by act()"),
            Act::Hang(interrupt) => {
                interrupt.set();
                std::future::pending().await
            }
        }
    }
    async fn explain(
        &mut self,
        _: &str,
        _: &[Option<String>],
        mode: ExplainMode,
    ) -> Result<Explained, DbError> {
        let evidence = match mode {
            ExplainMode::Analyze => Evidence::A,
            ExplainMode::Estimate => Evidence::D,
        };
        let plan = Plan::of(Node::new(NodeKind::Result, "Result"), evidence);
        Ok(Explained { plan, raw: serde_json::Value::Null })
    }
    async fn catalog(&mut self) -> Result<Catalog, DbError> {
        Ok(Catalog::default())
    }
    async fn settings(&mut self) -> Result<Vec<Setting>, DbError> {
        Ok(Vec::new())
    }
    async fn counters(&mut self) -> Result<Counters, DbError> {
        Ok(Counters::default())
    }
    async fn command(&mut self, _: &str) -> Result<(), DbError> {
        Ok(())
    }
    async fn query_text(&mut self, _: &str) -> Result<Vec<Option<String>>, DbError> {
        Ok(Vec::new())
    }
    async fn add_hypothetical(&mut self, _: &str) -> Result<Hypothetical, DbError> {
        Err(DbError::new(DbErrorKind::Unsupported, "a scripted server has no planner"))
    }
    async fn clear_hypothetical(&mut self) -> Result<(), DbError> {
        Ok(())
    }
    async fn load_script(
        &mut self,
        _: &mut (dyn BufRead + Send),
        _: &str,
        _: &ProgressBar,
    ) -> Result<LoadReport, LoadError> {
        Ok(LoadReport::default())
    }
}
