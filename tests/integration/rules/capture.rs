//! Takes the cases anew from a real server. Not a test: it runs only when asked to, with
//! `PLANWISE_CAPTURE=postgres cargo test --test integration rules::capture -- --nocapture`
//! (rules or cases after a colon narrow it down: `postgres:sort-spill,hash-batches/fires-outer-join`). Read the diff afterwards.
//! `PLANWISE_REFRESH_CASES=1` (or rules with commas between, or `habits`) takes only the rules' words anew, from the plans
//! and logs as they are. Logs are taken by `tests/rules/capture/postgres-logs.sh`.

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, Instant};

use planwise::engine::{
    Access, Catalog, Counters, ExplainMode, Operators, Session, SessionOptions,
};
use planwise::progress::Progress;
use planwise::rule::{Each, Rule, RuleSet};
use planwise::run::{SessionTrace, StepTrace};
use planwise::sandbox::{Sandbox, SandboxOptions};
use serde_json::Value;

use super::case::{Case, CaseQuery, Turn, cases_of, root, rules};
use super::specification::{Making, specification};
use crate::parts;

#[tokio::test]
async fn cases_from_a_server() {
    let Ok(wanted) = std::env::var("PLANWISE_CAPTURE") else { return };
    let (engine, only) = wanted.split_once(':').unwrap_or((&wanted, ""));
    let mut sandbox = parts::sandbox(engine, SandboxOptions::default()).await.expect("a server");
    let schema = root().join("capture").join(format!("{engine}.sql"));
    sandbox.load(&[schema], Progress::hidden()).await.expect("the schema loads");
    let rules = rules();
    for rule in specification(engine).rule {
        for (name, making) in &rule.cases {
            let full = format!("{}/{name}", rule.id);
            if !only.is_empty() && !only.split(',').any(|one| one == rule.id || one == full) {
                continue;
            }
            let case = Capture { sandbox: &mut sandbox, making }.case().await;
            keep(&rule.id, name, case, &rules);
        }
    }
}

/// Takes the rules' words anew from the cases as they are: after a change of texts or parameters.
#[test]
fn words_from_the_cases() {
    let Ok(wanted) = std::env::var("PLANWISE_REFRESH_CASES") else { return };
    let rules = rules();
    let is_wanted = |rule: &&Rule| {
        let habits = wanted == "habits" && rule.definition.each == Some(Each::Habit);
        wanted == "1" || habits || wanted.split(',').any(|one| one == rule.id())
    };
    for rule in rules.rules().iter().filter(is_wanted) {
        for (name, case) in cases_of(rule.id()) {
            let alone = rules.only(|other| other.id() == rule.id());
            keep(rule.id(), &name, Case { turns: BTreeMap::new(), ..case }, &alone);
        }
    }
}

/// Writes the case with what the rule says of it, and shouts when that is not what the name says.
fn keep(rule: &str, name: &str, mut case: Case, rules: &RuleSet) {
    let findings = case.findings(rule, rules);
    case.message = findings.first().map(|finding| finding.message.clone());
    let fires = !findings.is_empty();
    if name.starts_with("boundary") && fires {
        case.turns = turns(rule, &case, rules);
        case.message = None;
    }
    let expected = !name.starts_with("silent");
    let text = findings.first().map_or("", |finding| finding.message.as_str());
    let mark = if fires == expected { "  " } else { "!!" };
    println!("{mark} {rule}/{name}: {text}");
    if fires != expected {
        let judgement = case.judgement(&rules.only(|other| other.id() == rule));
        println!("       cannot judge: {:?}", judgement.cannot_judge);
    }
    let folder = root().join(rule);
    fs::create_dir_all(&folder).expect("a folder");
    let json = serde_json::to_string_pretty(&case).expect("JSON");
    fs::write(folder.join(format!("{name}.json")), json + "\n").expect("written");
}

/// Where each parameter of the condition turns the verdict.
fn turns(rule: &str, case: &Case, rules: &RuleSet) -> BTreeMap<String, Turn> {
    let definition = &rules.rule(rule).expect("the rule").definition;
    let in_condition = |name: &&String| definition.when.contains(&format!("params.{name}"));
    let names = definition.params.keys().filter(in_condition);
    names
        .filter_map(|name| {
            let value = definition.params[name].value;
            let fires = |value: f64| case.fires(rule, &rules.with_param(rule, name, value));
            let silent = [1e15, -1.0].into_iter().find(|extreme| !fires(*extreme))?;
            Some((name.clone(), turn(value, silent, fires)))
        })
        .collect()
}

fn turn(mut fires_at: f64, mut silent_at: f64, fires: impl Fn(f64) -> bool) -> Turn {
    for _ in 0..200 {
        let middle = fires_at + (silent_at - fires_at) / 2.0;
        if (fires_at - silent_at).abs() <= 1e-9 * fires_at.abs().max(1e-6) {
            break;
        }
        if fires(middle) { fires_at = middle } else { silent_at = middle }
    }
    Turn { fires_at, silent_at }
}

struct Capture<'a> {
    sandbox: &'a mut Sandbox,
    making: &'a Making,
}

impl Capture<'_> {
    async fn case(mut self) -> Case {
        let making = self.making;
        if !making.server.is_empty() {
            let settings = making.server.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
            self.sandbox.restart(settings).await.expect("restart");
        }
        let mut side = self.connect(&BTreeMap::new(), Access::Commit).await;
        if making.reset {
            let _ = side.query_text("SELECT pg_stat_reset()").await;
            tokio::time::sleep(Duration::from_millis(1200)).await;
        }
        commands(side.as_mut(), &making.before).await;
        let case = self.measured(side.as_mut()).await;
        commands(side.as_mut(), &making.after).await;
        if !making.server.is_empty() {
            drop(side);
            self.sandbox.restart(Vec::new()).await.expect("restart");
        }
        case
    }

    async fn connect(
        &self,
        settings: &BTreeMap<String, String>,
        access: Access,
    ) -> Box<dyn Session> {
        let quiet = [("max_parallel_workers_per_gather", "0"), ("jit", "off")];
        let quiet = quiet.into_iter().filter(|_| self.sandbox.engine().name() == "postgres");
        let mut all: Vec<(String, String)> =
            quiet.map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
        all.extend(settings.iter().map(|(k, v)| (k.clone(), v.clone())));
        let options = SessionOptions { access, settings: all, ..SessionOptions::default() };
        self.sandbox.connect(&options).await.expect("a session")
    }

    async fn measured(&mut self, side: &mut dyn Session) -> Case {
        let making = self.making;
        let access = if making.writes { Access::Rollback } else { Access::ReadOnly };
        let access = if making.own.is_empty() { access } else { Access::Commit };
        let mut session = self.connect(&making.set, access).await;
        commands(session.as_mut(), &making.own).await;
        let server = session.server().await.expect("server");
        let plain = self.connect(&BTreeMap::new(), Access::ReadOnly).await.settings().await;
        let settings = plain.expect("settings");
        let (before, started) = (session.counters().await.expect("counters"), Instant::now());
        commands(side, &making.during).await;
        let mut queries = Vec::new();
        for (id, sql) in making.queries() {
            queries.push(self.query(session.as_mut(), id, sql).await);
        }
        let sessions = self.trace(session.as_mut(), &mut queries).await;
        let elapsed_s = started.elapsed().as_secs() as i64;
        tokio::time::sleep(Duration::from_millis(100)).await;
        let counters = session.counters().await.expect("counters").since(&before);
        let catalog = self.catalog(session.catalog().await.expect("catalog"), &queries);
        Case {
            engine: server.engine,
            version: server.version.split_whitespace().next().unwrap_or_default().to_owned(),
            message: None,
            turns: BTreeMap::new(),
            queries,
            sessions,
            log: Vec::new(),
            catalog,
            settings: settings
                .into_iter()
                .filter(|s| LOOKED_AT.contains(&s.name.as_str()))
                .collect(),
            counters: looked_at(counters),
            memory_bytes: making.machine.map(|m| (m.memory_gb * 1_073_741_824.0) as u64),
            database_bytes: server.database_bytes,
            elapsed_s,
            complete: making.complete,
        }
    }

    async fn query(&self, session: &mut dyn Session, id: String, sql: String) -> CaseQuery {
        if self.making.text {
            return CaseQuery {
                id,
                sql,
                rows: None,
                median_ms: None,
                slowest_ms: None,
                executions: None,
                explain: None,
            };
        }
        let parameters = if sql.contains("$1") { self.making.params.clone() } else { Vec::new() };
        let params: Vec<Option<String>> = parameters.into_iter().map(Some).collect();
        let mode = if self.making.estimate { ExplainMode::Estimate } else { ExplainMode::Analyze };
        // Twice: the first run warms the caches, and reads the catalog while it plans.
        if !self.making.once {
            let _ = session.explain(&sql, &params, mode).await;
        }
        let explained = session.explain(&sql, &params, mode).await;
        let explained = explained.unwrap_or_else(|e| panic!("{sql}: {e}"));
        let prepared = session.prepare(&sql).await.expect("prepared");
        let mut execution =
            session.execute(prepared, &params).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
        let mut times = vec![execution.elapsed.as_secs_f64() * 1000.0];
        for _ in 0..self.making.repeat {
            execution = session.execute(prepared, &params).await.expect("executed");
            times.push(execution.elapsed.as_secs_f64() * 1000.0);
        }
        times.sort_by(f64::total_cmp);
        let several = self.making.latencies;
        CaseQuery {
            id,
            sql,
            rows: Some(execution.rows as f64),
            median_ms: match several {
                true => times.get(times.len() / 2).copied(),
                false => Some(execution.elapsed.as_secs_f64() * 1000.0),
            },
            slowest_ms: times.last().copied().filter(|_| several),
            executions: several.then_some(times.len() as u64),
            explain: Some(match self.making.plain {
                true => without_output(explained.raw),
                false => explained.raw,
            }),
        }
    }

    async fn trace(
        &self,
        session: &mut dyn Session,
        queries: &mut [CaseQuery],
    ) -> Vec<SessionTrace> {
        let mut steps = Vec::new();
        for (id, times) in &self.making.trace {
            let query = queries.iter().find(|query| &query.id == id).expect("a query of the case");
            let parameters = query.sql.contains("$1").then(|| self.making.params.clone());
            let params: Vec<Option<String>> =
                parameters.unwrap_or_default().into_iter().map(Some).collect();
            let prepared = session.prepare(&query.sql).await.expect("prepared");
            let (mut total_ms, mut rows) = (0.0, 0.0);
            for _ in 0..*times {
                let execution = session.execute(prepared, &params).await.expect("executed");
                total_ms += execution.elapsed.as_secs_f64() * 1000.0;
                rows = execution.rows as f64;
            }
            steps.push(StepTrace { query: id.clone(), times: *times, rows, total_ms });
        }
        if steps.is_empty() {
            return Vec::new();
        }
        for query in queries {
            query.explain = None;
        }
        vec![SessionTrace { name: "page".into(), steps }]
    }

    /// Tables the case is about, with as much of their statistics as a reader can bear.
    fn catalog(&self, mut catalog: Catalog, queries: &[CaseQuery]) -> Catalog {
        let dialect = self.sandbox.engine().dialect();
        let shapes = queries.iter().filter_map(|query| dialect.shape(&query.sql).ok());
        let mut names: Vec<String> =
            shapes.flat_map(|shape| shape.tables).map(|table| table.name).collect();
        names.extend(self.making.tables.iter().cloned());
        catalog.tables.retain(|table| names.contains(&table.name));
        catalog.available_extensions.clear();
        catalog.operators = Operators::default();
        for column in catalog.tables.iter_mut().flat_map(|table| &mut table.columns) {
            column.common_values.truncate(2);
            column.common_values.retain(|(value, _)| value.len() <= 40);
        }
        catalog
    }
}

const LOOKED_AT: [&str; 12] = [
    "shared_buffers",
    "effective_cache_size",
    "work_mem",
    "random_page_cost",
    "autovacuum",
    "autovacuum_analyze_scale_factor",
    "max_wal_size",
    "checkpoint_timeout",
    "max_connections",
    "eq_range_index_dive_limit",
    "join_buffer_size",
    "optimizer_switch",
];

fn looked_at(counters: Counters) -> BTreeMap<String, f64> {
    let wanted = ["blks_hit", "blks_read", "checkpoints_req", "checkpoints_timed", "wal_bytes"];
    counters.0.into_iter().filter(|(name, _)| wanted.contains(&name.as_str())).collect()
}

async fn commands(session: &mut dyn Session, commands: &[String]) {
    for command in commands {
        let result = session.command(command.trim_start_matches('?')).await;
        if !command.starts_with('?') {
            result.unwrap_or_else(|e| panic!("{command}: {e}"));
        }
    }
}

/// As who does not ask for VERBOSE.
fn without_output(mut plan: Value) -> Value {
    match &mut plan {
        Value::Object(fields) => {
            fields.shift_remove("Output");
            fields.values_mut().for_each(|field| *field = without_output(field.take()));
        }
        Value::Array(items) => {
            items.iter_mut().for_each(|item| *item = without_output(item.take()))
        }
        _ => {}
    }
    plan
}
