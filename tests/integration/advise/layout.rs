//! Data laid out otherwise, where the workload of a real server carries it, and near misses.

use planwise::advise::{Advice, LayoutAdvice, LayoutKind, LayoutTrial, by_time};
use planwise::engine::{self, Access, SessionOptions};
use planwise::interrupt::Interrupt;
use planwise::progress::Progress;
use planwise::run::{Run, RunOptions, Target, replay};
use planwise::sandbox::Sandbox;
use planwise::workload;

use crate::parts;
use crate::program::{Desk, assert_says, assert_status, planwise, read_json};

const SCHEMA: &str = "
    CREATE TABLE event (id bigint PRIMARY KEY, at timestamp NOT NULL, kind int, note text);
    INSERT INTO event SELECT g, timestamp '2022-01-01' + g * interval '5 minutes', g % 11, repeat('e', 90)
      FROM generate_series(1, 210000) g;
    CREATE TABLE shuffled AS SELECT * FROM event ORDER BY md5(id::text);
    ALTER TABLE shuffled ALTER at SET NOT NULL;
    CREATE TABLE parent (id bigint PRIMARY KEY, at timestamp NOT NULL, note text);
    INSERT INTO parent SELECT id, at, note FROM event;
    CREATE TABLE child (id int PRIMARY KEY, parent bigint REFERENCES parent);
    VACUUM ANALYZE;";

async fn server() -> Option<(Sandbox, Target)> {
    let sandbox = parts::postgres().await?;
    let engine = engine::by_name("postgres").unwrap();
    let url = sandbox.owner_url(sandbox.database());
    let writing = SessionOptions { access: Access::Commit, ..SessionOptions::default() };
    let mut session = engine.connect(&url, &writing).await.unwrap();
    for statement in SCHEMA.split(';').filter(|text| !text.trim().is_empty()) {
        session.command(statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    Some((sandbox, Target { engine, url, options: SessionOptions::default() }))
}

async fn run_of(target: &Target, queries: &str) -> Run {
    let desk = Desk::new();
    let file = desk.write("events.sql", queries);
    let workload = workload::read(&file, target.engine.dialect()).unwrap();
    let options = RunOptions::plans_only("layout");
    replay(target, &workload, &options, &Interrupt::new(), Progress::hidden()).await.unwrap()
}

/// As if a table of some megabytes were large.
async fn cuts(target: &Target, queries: &str) -> Vec<LayoutAdvice> {
    let run = run_of(target, queries).await;
    let mut session = target.connect().await.unwrap();
    let large = Some((10 << 20, 100_000.0));
    by_time(&run, &Advice::default(), target.engine, session.as_mut(), large).await.unwrap()
}

const QUARTER: &str = "
-- name: quarter
-- params: [[\"2022-04-01\", \"2022-07-01\"], [\"2022-10-01\", \"2023-01-01\"]]
SELECT kind, count(*) FROM event WHERE at >= $1 AND at < $2 GROUP BY kind;";

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_grows_with_time_is_cut_by_what_its_queries_ask_for() {
    let Some((_sandbox, target)) = server().await else { return };
    let found = cuts(&target, QUARTER).await;
    assert_eq!(found.len(), 1, "{found:#?}");
    let cut = &found[0];
    assert_eq!((cut.kind, cut.subject.as_str()), (LayoutKind::Partition, "public.event"));
    // A quarter of two years, in months, and the one that its end falls into.
    let reads = cut.queries[0].reads.unwrap();
    assert!((0.12..=0.25).contains(&reads), "{reads}");
    assert_says(&cut.evidence, &["210,000 rows", "at", "2022-01-01"]);
    assert_says(&cut.caution, &["event_pkey would have to take at in", "BRIN"]);

    // The sketch runs as it stands, and prunes as was said.
    let writing = SessionOptions { access: Access::Commit, ..SessionOptions::default() };
    let mut session = target.engine.connect(&target.url, &writing).await.unwrap();
    for statement in cut.statements.iter().filter(|text| !text.starts_with("--")) {
        session.command(statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    let counted =
        "SELECT count(*)::text FROM event_by_time EXCEPT SELECT count(*)::text FROM event";
    assert!(session.query_text(counted).await.unwrap().is_empty(), "rows were lost");
    // Taken back before the tables swap names, nothing is lost.
    let mut undone = Vec::new();
    for statement in &cut.undo {
        undone.push(session.command(statement).await.is_ok());
    }
    assert_eq!(undone, [false, false, true], "{:?}", cut.undo);
    let rows = session.query_text("SELECT count(*)::text FROM event").await.unwrap();
    assert_eq!(rows, [Some("210000".to_owned())]);
    for statement in
        cut.statements.iter().map(|text| text.replace("-- then, in one transaction: ", ""))
    {
        session.command(&statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    let plan = "EXPLAIN SELECT kind, count(*) FROM event WHERE at >= '2022-04-01' AND at < '2022-07-01' GROUP BY kind";
    let lines = session.query_text(plan).await.unwrap();
    let scans = lines.iter().flatten().filter(|line| line.contains("Scan on event_2022")).count();
    assert_eq!(scans, 3, "{lines:#?}");
    for statement in &cut.undo {
        session.command(statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    let rows = session.query_text("SELECT count(*)::text FROM event").await.unwrap();
    assert_eq!(rows, [Some("210000".to_owned())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_not_be_pruned_or_cannot_be_cut_is_left_alone() {
    let Some((_sandbox, target)) = server().await else { return };
    for (why, queries) in [
        (
            "a day: an index is better",
            "SELECT count(note) FROM event WHERE at >= '2022-05-01' AND at < '2022-05-02';",
        ),
        ("nearly all of it", "SELECT count(note) FROM event WHERE at >= '2022-02-01';"),
        ("nothing is said of time", "SELECT count(note) FROM event WHERE kind = 3;"),
        (
            "rows lie anywhere",
            "SELECT count(note) FROM shuffled WHERE at >= '2022-04-01' AND at < '2022-07-01';",
        ),
        (
            "a key refers to it",
            "SELECT count(note) FROM parent WHERE at >= '2022-04-01' AND at < '2022-07-01';",
        ),
        (
            "calculated",
            "SELECT count(note) FROM event WHERE date_trunc('month', at) = '2022-04-01';",
        ),
        (
            "an alternative without time",
            "SELECT count(note) FROM event WHERE (at >= '2022-04-01' AND at < '2022-07-01') OR kind = 3;",
        ),
        (
            "two places of one table",
            "SELECT count(a.note) FROM event a JOIN event b USING (id) WHERE a.at >= '2022-04-01' AND a.at < '2022-07-01';",
        ),
    ] {
        let found = cuts(&target, queries).await;
        assert!(found.is_empty(), "{why}: {found:#?}");
    }
    // Many lookups by key would look into every part.
    let lookups = format!(
        "{QUARTER}\n-- name: by-id\n-- weight: 5000\nSELECT note FROM event WHERE id = 4711;"
    );
    assert!(cuts(&target, &lookups).await.is_empty());
}

const ASKED: &str = "
-- name: by-kind
-- weight: 50
SELECT e.kind, count(*), max(length(e.note || s.note)) FROM event e JOIN shuffled s USING (id) GROUP BY e.kind;
-- name: one
SELECT note FROM event WHERE id = 5;";

/// On the copy: made, timed, taken away; and the report says so.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_asked_for_again_is_kept_on_the_copy_and_timed() {
    let Some((_sandbox, target)) = server().await else { return };
    let desk = Desk::new();
    let workload = desk.write("asked.sql", ASKED);
    let output = planwise()
        .args(["tune", "--rounds", "2", "--compare-time", "2", "--db", &target.url, "--out"])
        .arg(desk.out())
        .arg(workload)
        .output()
        .unwrap();
    assert_status(&output, 0);
    let advice = read_json(&desk.out().join("advice.json"));
    let layout: Vec<LayoutAdvice> = serde_json::from_value(advice["layout"].clone()).unwrap();
    let kept = layout.iter().find(|one| one.kind == LayoutKind::Materialise);
    let kept = kept.unwrap_or_else(|| panic!("{advice:#}"));
    let Some(LayoutTrial::Measured { before_ms, after_ms, build_ms }) = kept.trial else {
        panic!("{kept:#?}")
    };
    assert!(after_ms < before_ms / 5.0 && build_ms > after_ms, "{before_ms} {after_ms} {build_ms}");
    let page = std::fs::read_to_string(desk.out().join("report.html")).unwrap();
    assert_says(
        &page,
        &["Data laid out otherwise", "keep the answer of by-kind", "Tried on a copy"],
    );
    let sql = std::fs::read_to_string(desk.out().join("advice.sql")).unwrap();
    assert_says(&sql, &["-- sketch: CREATE MATERIALIZED VIEW by_kind_kept AS"]);
    let mut session = target.connect().await.unwrap();
    let left = "SELECT matviewname::text FROM pg_matviews";
    assert!(session.query_text(left).await.unwrap().is_empty(), "the target was changed");
}
