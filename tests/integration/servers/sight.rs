//! Indexes that no plan prints, and those that no plan may use.

use planwise::advise::{Built, CostFeedback, Limits, Request, Thresholds, WhatIf, advise};
use planwise::engine::{
    self, Access, Catalog, DbErrorKind, ExplainMode, IndexDefinition, KeyDefinition, KeySubject,
    Session, SessionOptions,
};
use planwise::interrupt::Interrupt;
use planwise::progress::Progress;
use planwise::run::{Target, estimate};
use planwise::sandbox::Sandbox;
use planwise::workload;

use super::{administrator, events};
use crate::program::Desk;

async fn indexes_of(session: &mut dyn Session, sql: &str, mode: ExplainMode) -> Vec<String> {
    let plan = session.explain(sql, &[], mode).await.unwrap().plan;
    plan.walk().iter().filter_map(|(node, _)| node.index.clone()).collect()
}

/// The statement that takes an index out of the optimiser's sight.
async fn hide(session: &mut dyn Session, engine: &str, name: &str) {
    let grammar = engine::by_name(engine).unwrap().index_grammar().unwrap();
    let statement = grammar.set_visible("test", "event", name, false).unwrap();
    session.command(&statement).await.unwrap();
}

async fn answers_before_it_runs(engine: &str, sandbox: &Sandbox) {
    let mut session = administrator(sandbox).await;
    for mode in [ExplainMode::Estimate, ExplainMode::Analyze] {
        let of = |sql: &'static str| (sql, mode);
        for ((sql, mode), wanted) in [
            (of("SELECT MAX(at) FROM event"), vec!["of_time"]),
            (of("SELECT MIN(id), MAX(person_id) FROM event"), vec!["PRIMARY", "of_person"]),
            (of("SELECT MAX(id) FROM event WHERE person_id = 42"), vec!["of_person"]),
            (of("SELECT MAX(cost) FROM event"), vec![]),
        ] {
            let used = indexes_of(session.as_mut(), sql, mode).await;
            assert_eq!(used, wanted, "{engine}, {mode:?}: {sql}");
        }
    }
}

/// Notes and statements of advice on `queries`, with indexes built on the very server.
async fn advised(sandbox: &Sandbox, queries: &str) -> (Vec<String>, Vec<String>) {
    let desk = Desk::new();
    let engine = sandbox.engine();
    let workload = workload::read(&desk.write("queries.sql", queries), engine.dialect()).unwrap();
    let url = sandbox.url(sandbox.database());
    let options = SessionOptions { access: Access::Commit, ..SessionOptions::default() };
    let target = Target { engine, url, options: options.clone() };
    let run = estimate(&target, &workload, &Interrupt::new(), Progress::hidden()).await.unwrap();
    let mut session = sandbox.connect(&options).await.unwrap();
    let grammar = engine.index_grammar().unwrap();
    let mut built = Built::open(session.as_mut(), grammar).await.unwrap();
    let request = Request {
        run: &run,
        findings: &[],
        engine,
        thresholds: Thresholds::default(),
        limits: Limits::default(),
        cost_feedback: CostFeedback::default(),
        interrupt: Interrupt::new(),
    };
    let advice = advise(&request, Some(&mut built as &mut dyn WhatIf)).await;
    let made = advice.indexes.iter().map(|index| index.ddl.clone());
    let dropped = advice.drops.iter().map(|drop| drop.ddl.clone());
    (advice.notes.clone(), made.chain(dropped).collect())
}

async fn is_told_of(engine: &str, sandbox: &Sandbox) {
    let mut session = administrator(sandbox).await;
    session.command("CREATE INDEX of_person_too ON event (person_id, cost)").await.unwrap();
    hide(session.as_mut(), engine, "of_person_too").await;
    let catalog = session.catalog().await.unwrap();
    let table = catalog.table(None, "event").unwrap();
    let hidden: Vec<&str> =
        table.indexes.iter().filter(|index| index.hidden).map(|i| i.name.as_str()).collect();
    assert_eq!(hidden, ["of_person_too"], "{engine}");
    // It stands in for nothing: of_person stays.
    let query = "-- name: mine\nSELECT * FROM event WHERE person_id = 42 AND cost = 7;\n";
    let (notes, made) = advised(sandbox, query).await;
    assert!(!made.iter().any(|ddl| ddl.contains("of_person`")), "{engine}: {made:?}");
    hide(session.as_mut(), engine, "of_person").await;
    let (more, made) = advised(sandbox, query).await;
    let told = |notes: &[String]| notes.iter().any(|note| note.contains("to show it: ALTER TABLE"));
    assert!(told(&notes) || told(&more), "{engine}: {notes:?} {more:?}");
    assert!(!made.iter().any(|ddl| ddl.contains("(`person_id`)")), "{engine}: {made:?}");
}

async fn reckons(engine: &str, sandbox: &Sandbox) {
    let mut session = administrator(sandbox).await;
    let sql = "SELECT SUM(cost) FROM event WHERE kind = 'usual' AND body LIKE '%9'";
    let explained = session.explain(sql, &[], ExplainMode::Analyze).await.unwrap();
    let on = "SELECT @@SESSION.optimizer_trace";
    let after = session.query_text(on).await.unwrap().remove(0).unwrap();
    assert!(after.contains("enabled=off"), "{engine}: {after}");
    let scans = explained.plan.walk().iter().any(|(node, _)| node.index.is_none());
    let told = explained.plan.extra.get("Considered");
    if scans && indexes_of(session.as_mut(), sql, ExplainMode::Estimate).await.is_empty() {
        let told = told.unwrap_or_else(|| panic!("{engine}: nothing of of_kind"));
        let of_kind = told.as_array().unwrap().iter().find(|one| one["index"] == "of_kind");
        let of_kind = of_kind.unwrap_or_else(|| panic!("{engine}: {told}"));
        assert!(of_kind["cost"].as_f64() > of_kind["scan_cost"].as_f64(), "{engine}: {told}");
        assert_eq!(&explained.raw["Considered"], told);
    }
}

async fn words_are_wanted(engine: &str, sandbox: &Sandbox) {
    let mut session = sandbox.connect(&SessionOptions::default()).await.unwrap();
    let sql = "SELECT id FROM event WHERE MATCH (body) AGAINST ('word')";
    let error = session.explain(sql, &[], ExplainMode::Estimate).await.unwrap_err();
    assert_eq!(error.kind, DbErrorKind::Statement, "{engine}: {error}");
    let remedy = error.remedy.unwrap_or_default();
    let build = remedy.strip_prefix("build it: ").unwrap_or_else(|| panic!("{engine}: {remedy}"));
    administrator(sandbox).await.command(build).await.unwrap();
    session.explain(sql, &[], ExplainMode::Estimate).await.unwrap();
}

fn on(table: &str, keys: &[KeyDefinition]) -> IndexDefinition {
    IndexDefinition { keys: keys.to_vec(), ..IndexDefinition::on("test", table, "btree", &[]) }
}

fn expression(text: &str) -> KeyDefinition {
    KeyDefinition::ascending(KeySubject::Expression(text.to_owned()))
}

fn keys_of(catalog: &Catalog, table: &str) -> Vec<String> {
    let table = catalog.table(None, table).unwrap();
    let index = table.indexes.iter().find(|index| index.name == "planned").unwrap();
    index.keys.iter().map(|key| format!("{} {}", key.text, key.descending)).collect()
}

/// The statements that are proposed are carried out as they stand, and what undoes a drop makes the same index again.
async fn statements_are_carried_out(engine: &str, sandbox: &Sandbox) {
    let mut session = administrator(sandbox).await;
    let grammar = sandbox.engine().index_grammar().unwrap();
    let column = |name: &str| KeyDefinition::ascending(KeySubject::Column(name.to_owned()));
    let descending = KeyDefinition { descending: true, nulls_first: true, ..column("at") };
    let mut wanted = vec![
        on("event", &[column("kind"), descending]),
        on("event", &[expression("`body`(8)"), column("cost")]),
    ];
    if engine == "mysql" {
        let value = "CAST(`doc` ->> '$.brand' AS CHAR(255)) COLLATE utf8mb4_bin";
        wanted.push(on("event", &[expression("lower(`body`)")]));
        wanted.push(on("paper", &[expression("CAST(`doc` -> '$.tags' AS UNSIGNED ARRAY)")]));
        wanted.push(on("paper", &[expression(value)]));
    }
    for index in wanted {
        session.command(&grammar.create(&index, "planned")).await.unwrap();
        let catalog = session.catalog().await.unwrap();
        let table = catalog.table(None, &index.table).unwrap();
        let made = table.indexes.iter().find(|made| made.name == "planned").unwrap();
        session.command(&grammar.drop("test", &index.table, "planned")).await.unwrap();
        let again = grammar.create_again(&made.ddl, false);
        session.command(&again).await.unwrap_or_else(|error| panic!("{engine}: {again}: {error}"));
        let now = session.catalog().await.unwrap();
        assert_eq!(keys_of(&now, &index.table), keys_of(&catalog, &index.table), "{engine}");
        session.command(&grammar.drop_now("test", &index.table, "planned")).await.unwrap();
    }
}

async fn sees(engine: &str) {
    let Some(sandbox) = events(engine).await else { return };
    statements_are_carried_out(engine, &sandbox).await;
    answers_before_it_runs(engine, &sandbox).await;
    reckons(engine, &sandbox).await;
    words_are_wanted(engine, &sandbox).await;
    is_told_of(engine, &sandbox).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mariadb_tells_which_indexes_answer() {
    sees("mariadb").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mysql_tells_which_indexes_answer() {
    sees("mysql").await;
}
