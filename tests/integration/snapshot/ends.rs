//! Conditions beyond what statistics know of a column: the planner looks the ends of its index up.

use planwise::engine::{self, Access, SessionOptions};
use planwise::sandbox::Sandbox;
use planwise::snapshot::Snapshot;

use super::stand::{agreement, database, patient, plans, queries, replica, run, snapshot};
use crate::parts;
use crate::program::{Desk, assert_says, assert_status, planwise, stderr};

/// Rows have come since statistics were gathered.
const VISITS: &str = "
CREATE TABLE visit (id bigint PRIMARY KEY, at timestamptz NOT NULL, place text COLLATE \"C\", paid numeric, tag uuid, score float8,
    CHECK (id < 90000000));
INSERT INTO visit SELECT n, '2024-01-01'::timestamptz + n * interval '1 minute', 'p' || lpad(n::text, 8, '0'), n * 1.5,
    md5(n::text)::uuid, n / 7.0 FROM generate_series(1, 40000) n;
CREATE INDEX visit_at ON visit (at DESC, place);
CREATE INDEX visit_place ON visit (place) INCLUDE (paid);
CREATE INDEX visit_paid ON visit (paid) WITH (fillfactor = 80);
CREATE INDEX visit_tag ON visit (tag);
CREATE INDEX visit_score ON visit ((score + 1));
CREATE TABLE reading (day date NOT NULL, value int) PARTITION BY RANGE (day);
CREATE TABLE reading_a PARTITION OF reading FOR VALUES FROM ('2024-01-01') TO ('2024-07-01');
CREATE TABLE reading_b PARTITION OF reading FOR VALUES FROM ('2024-07-01') TO ('2025-01-01');
INSERT INTO reading SELECT '2024-01-01'::date + n % 300, n FROM generate_series(1, 30000) n;
CREATE INDEX ON reading (day);
CREATE INDEX ON reading (value);
";

const LATER: &str = "
INSERT INTO visit SELECT n, '2024-01-01'::timestamptz + n * interval '1 minute', 'p' || lpad(n::text, 8, '0'), n * 1.5,
    md5(n::text)::uuid, n / 7.0 FROM generate_series(40001, 52000) n;
INSERT INTO reading SELECT '2024-10-27'::date + n % 60, n FROM generate_series(30001, 36000) n;
CHECKPOINT;
";

const QUERIES: &str = "
-- name: later
SELECT * FROM visit WHERE at > '2024-01-31';
-- name: much-later
SELECT * FROM visit WHERE at > '2024-03-01';
-- name: before-all
SELECT * FROM visit WHERE id < 0;
-- name: new-ones
SELECT * FROM visit WHERE id > 45000;
-- name: beyond
SELECT * FROM visit WHERE id > 60000;
-- name: places
SELECT * FROM visit WHERE place >= 'p00050000';
-- name: dear
SELECT * FROM visit WHERE paid > 70000;
-- name: between
SELECT * FROM visit WHERE id BETWEEN 41000 AND 44000 ORDER BY at;
-- name: tags
SELECT * FROM visit WHERE tag > 'fffe0000-0000-0000-0000-000000000000';
-- name: joined
SELECT count(*) FROM visit a JOIN visit b ON a.id = b.id WHERE a.at > '2024-02-01' AND b.paid > 66000;
-- name: parts
SELECT * FROM reading WHERE day > '2024-11-15';
-- name: values
SELECT * FROM reading WHERE value > 33000;
-- name: scores
SELECT * FROM visit WHERE score + 1 > 9000;
";

async fn grown(sandbox: &mut Sandbox) -> Snapshot {
    database(sandbox, "visits", VISITS).await;
    let mut session = sandbox.connect(&patient(Access::Commit)).await.unwrap();
    run(session.as_mut(), LATER).await;
    snapshot(sandbox).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_beyond_the_statistics_is_estimated_alike() {
    let Some(mut sandbox) = parts::postgres().await else { return };
    let mut snapshot = grown(&mut sandbox).await;
    let workload = queries(QUERIES);
    let there = plans(&sandbox, &workload, &[]).await;
    let blind = replica(&snapshot, None).await;
    let without = agreement("blind", there.clone(), plans(&blind.sandbox, &workload, &[]).await);
    assert!(without.same_cost < without.plans - 3, "{without:#?}");
    drop(blind);

    let states = engine::by_name("postgres").unwrap().planner_states().unwrap();
    let url = sandbox.url("visits");
    states.read_ends(&url, &SessionOptions::default(), &mut snapshot.state).await.unwrap();
    let known: Vec<&str> = snapshot.state.ends.iter().map(|end| end.column.as_str()).collect();
    assert_eq!(
        known,
        ["day", "value", "day", "value", "at", "id", "paid", "place", "tag"],
        "{:?}",
        snapshot.state.hidden
    );
    for programs in [None, parts::postgres_version(18)] {
        let replica = replica(&snapshot, programs.as_deref()).await;
        let here = plans(&replica.sandbox, &workload, &[]).await;
        let with = agreement("with ends", there.clone(), here);
        println!("{programs:?}: {} of {} of one cost", with.same_cost, with.plans);
        // The end of an expression is not read; and version 18 joins no table with itself by its key.
        let exceptions = if programs.is_none() { 1 } else { 2 };
        assert!(with.same_cost >= with.plans - exceptions, "{with:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ends_are_read_when_they_are_asked_for_and_by_who_may() {
    let Some(mut sandbox) = parts::postgres().await else { return };
    grown(&mut sandbox).await;
    let mut session = sandbox.connect(&patient(Access::Commit)).await.unwrap();
    run(
        session.as_mut(),
        "CREATE ROLE onlooker LOGIN; GRANT SELECT (id) ON visit TO onlooker; GRANT SELECT ON reading_a TO onlooker; \
         ALTER TABLE reading_a ENABLE ROW LEVEL SECURITY;",
    )
    .await;
    let url = sandbox.url("visits").replace("user=postgres", "user=onlooker");
    let desk = Desk::new();
    let file = desk.path("visits.snapshot");
    let take = |more: &[&str]| {
        let mut command = planwise();
        command.arg("snapshot").args(["--db", &url]).arg("-o").arg(&file).args(more);
        command.output().unwrap()
    };
    assert_status(&take(&[]), 0);
    assert!(Snapshot::read(&file).unwrap().state.ends.is_empty());
    let output = take(&["--ends"]);
    assert_status(&output, 0);
    assert_says(&stderr(&output), &["the ends of some indexed columns could not be read"]);
    let taken = Snapshot::read(&file).unwrap().state;
    let ends: Vec<_> = taken.ends.iter().map(|end| (end.column.as_str(), &*end.greatest)).collect();
    assert_eq!(ends, [("id", "52000")]);
    assert_status(&take(&["--ends", "--redact"]), 2);
}
