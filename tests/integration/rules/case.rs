//! One case: what a server said about one situation, and what the rule is to make of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use jiff::Timestamp;
use planwise::capture::{self, LogOptions, Source};
use planwise::engine::mysql::explain::name_relations;
use planwise::engine::{self, Access, Catalog, Counters, Engine, ServerInfo, Setting};
use planwise::plan::{Measurements, measure};
use planwise::rule::{Finding, Judgement, RuleSet, judge};
use planwise::run::{
    Environment, PlanRecord, QueryRun, RUN_FORMAT, Run, RunSettings, SessionTrace, Status,
    WorkloadInfo,
};
use planwise::sql::StatementKind;
use planwise::stats::{Interval, Latency};
use planwise::trace::Reader;
use planwise::workload::{Habit, gather_habits};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The minimum of a run that one rule looks at.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Server it was captured from.
    pub engine: String,
    pub version: String,
    /// The finding's text, for a case that fires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// For a boundary: by parameter, where the verdict turns.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub turns: BTreeMap<String, Turn>,
    pub queries: Vec<CaseQuery>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sessions: Vec<SessionTrace>,
    /// Lines of a server's log, for rules about habits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<String>,
    #[serde(default)]
    pub catalog: Catalog,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<Setting>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub counters: BTreeMap<String, f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database_bytes: Option<u64>,
    #[serde(default)]
    pub elapsed_s: i64,
    /// The workload is declared to be all that asks the database.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub complete: bool,
}

/// Two neighbouring values of a parameter with different verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Turn {
    pub fires_at: f64,
    pub silent_at: f64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseQuery {
    pub id: String,
    pub sql: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median_ms: Option<f64>,
    /// The slowest of several executions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slowest_ms: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub executions: Option<u64>,
    /// The server's own document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explain: Option<Value>,
}

/// The rules as they stand in the checkout. (That they are what is built in, a unit test holds.)
pub fn rules() -> RuleSet {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    RuleSet::load(&[folder]).unwrap_or_else(|problems| panic!("{problems}"))
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules")
}

/// Cases of one rule by file name, sorted.
pub fn cases_of(rule: &str) -> Vec<(String, Case)> {
    let Ok(entries) = fs::read_dir(root().join(rule)) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "json"));
    paths.sort();
    paths.into_iter().map(|path| (file_stem(&path), read(&path))).collect()
}

fn file_stem(path: &Path) -> String {
    path.file_stem().and_then(|stem| stem.to_str()).expect("a file name").to_owned()
}

fn read(path: &Path) -> Case {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

impl Case {
    pub fn engine(&self) -> &'static dyn Engine {
        engine::by_name(&self.engine).unwrap_or_else(|| panic!("no engine {}", self.engine))
    }

    pub fn judgement(&self, rules: &RuleSet) -> Judgement {
        let run = self.run();
        judge(&run, &measurements(&run), rules, self.engine())
    }

    /// What `rule`, alone, says.
    pub fn findings(&self, rule: &str, rules: &RuleSet) -> Vec<Finding> {
        let alone = rules.only(|other| other.id() == rule);
        let own = self.judgement(&alone).findings;
        own.into_iter().filter(|finding| finding.rule == rule).collect()
    }

    pub fn fires(&self, rule: &str, rules: &RuleSet) -> bool {
        !self.findings(rule, rules).is_empty()
    }

    pub fn run(&self) -> Run {
        let started = Timestamp::UNIX_EPOCH;
        Run {
            format: RUN_FORMAT,
            planwise: "test".into(),
            label: None,
            commit: None,
            started,
            finished: Timestamp::from_second(self.elapsed_s).expect("a duration"),
            interrupted: false,
            lost: None,
            workload: WorkloadInfo {
                name: "case".into(),
                source: "case".into(),
                digest: "".into(),
                complete: self.complete,
                observed_s: None,
                ignores: Vec::new(),
            },
            server: self.server(),
            environment: self.environment(),
            options: options(),
            settings: self.settings.clone(),
            counters: Counters(self.counters.clone()),
            catalog: self.catalog(),
            queries: self.queries.iter().map(|query| self.query_run(query)).collect(),
            sessions: self.sessions.clone(),
            habits: self.habits(),
            notes: Vec::new(),
        }
    }

    /// What the sessions of the log do again and again, by way of a capture as a user makes it.
    pub fn habits(&self) -> Vec<Habit> {
        if self.log.is_empty() {
            return Vec::new();
        }
        let folder = tempfile::tempdir().expect("a folder");
        let (log, file) = (folder.path().join("server.log"), folder.path().join("x.workload"));
        fs::write(&log, self.log.join("\n") + "\n").expect("written");
        let options = LogOptions { workers: 1, ..LogOptions::default() };
        capture::logs(&[Source::File(log)], &file, options, |_| {}).expect("the log is read");
        let mut reader = Reader::open(&file).expect("the capture is read");
        let mut habits = gather_habits(&mut reader, self.engine().dialect()).expect("habits");
        for habit in &mut habits {
            habit.file = "server.log".to_owned();
            let short = |name: &String| format!("q-{}", &name[..8]);
            habit.query = habit.query.as_ref().map(short);
            habit.others = habit.others.iter().map(short).collect();
        }
        habits
    }

    /// With what the server tells of its operators, which is the same for all cases and kept once.
    fn catalog(&self) -> Catalog {
        let mut catalog = self.catalog.clone();
        let told = root().join(format!("capture/operators.{}.json", self.engine));
        if let (true, Ok(told)) = (catalog.operators.is_empty(), fs::read_to_string(told)) {
            catalog.operators = serde_json::from_str(&told).expect("operators");
        }
        catalog
    }

    fn server(&self) -> ServerInfo {
        let mut numbers = self.version.split('.').filter_map(|part| part.parse().ok());
        ServerInfo {
            engine: self.engine.clone(),
            version: self.version.clone(),
            version_number: [numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)],
            database: "shop".into(),
            user: "app".into(),
            address: "socket".into(),
            encrypted: false,
            replica: false,
            database_bytes: self.database_bytes,
            max_connections: Some(100),
        }
    }

    fn environment(&self) -> Environment {
        Environment {
            os: "linux".into(),
            cpu: "cpu".into(),
            cores: 4,
            memory_bytes: self.memory_bytes.unwrap_or(0),
            load_before: 0.0,
            load_after: 0.0,
            server_is_local: self.memory_bytes.is_some(),
        }
    }

    fn query_run(&self, query: &CaseQuery) -> QueryRun {
        let shape = self.engine().dialect().shape(&query.sql);
        QueryRun {
            id: query.id.clone(),
            sql: query.sql.clone(),
            file: None,
            line: 1,
            kind: shape.as_ref().map_or(StatementKind::Read, |shape| shape.kind),
            shape: shape.ok(),
            weight: 1.0,
            settings: Vec::new(),
            params: Vec::new(),
            status: Status::Measured,
            first_ms: None,
            latency: query.median_ms.map(|ms| latency(ms, query)),
            rows: query.rows,
            rounds_ms: Vec::new(),
            errors: Vec::new(),
            plans: query.explain.iter().map(|raw| self.plan_record(raw, &query.sql)).collect(),
            explain_note: None,
            ignores: Vec::new(),
        }
    }

    fn plan_record(&self, raw: &Value, sql: &str) -> PlanRecord {
        let mut plan = self.engine().parse_plan(&raw.to_string()).expect("a captured plan parses");
        if let (true, Ok(shape)) = (self.engine != "postgres", self.engine().dialect().shape(sql)) {
            // As a session does: such plans name tables by their alias.
            let database = self.catalog.search_path.first().map_or("test", String::as_str);
            name_relations(&mut plan, &shape.tables, database);
        }
        PlanRecord { params: Vec::new(), plan, raw: Value::Null, file: None }
    }
}

pub fn measurements(run: &Run) -> IndexMap<String, Measurements> {
    let first = |query: &QueryRun| Some((query.id.clone(), measure(&query.plans.first()?.plan)));
    run.queries.iter().filter_map(first).collect()
}

fn latency(ms: f64, query: &CaseQuery) -> Latency {
    let slowest = query.slowest_ms.unwrap_or(ms);
    Latency {
        count: query.executions.unwrap_or(1),
        mean_ms: ms,
        min_ms: ms,
        p50_ms: ms,
        p90_ms: ms,
        p95_ms: ms,
        p99_ms: slowest,
        max_ms: slowest,
        median_interval: Interval::exact(ms),
        histogram: String::new(),
    }
}

fn options() -> RunSettings {
    RunSettings {
        rounds: Some(1),
        duration_s: None,
        warmup_rounds: 0,
        clients: 1,
        access: Access::ReadOnly,
        statement_timeout_ms: 30_000.0,
        explain: "analyze".into(),
    }
}
