//! Changes that are tried on a replica: schema, settings, versions, indexes.

use planwise::engine::Access;
use planwise::progress::Progress;
use planwise::sandbox::Sandbox;
use planwise::snapshot::Replica;
use serde_json::Value;

use super::stand::{agreement, database, patient, plans, queries, run, settle, snapshot};
use crate::parts;
use crate::program::{Desk, assert_says, assert_status, planwise, read_json, stderr, stdout};

const SHOP: &str = "
CREATE EXTENSION pg_trgm;
CREATE TABLE parcel (id int PRIMARY KEY, depot int NOT NULL, state text NOT NULL, label text, tags text[], due date);
INSERT INTO parcel SELECT n, n % 4000, CASE WHEN n % 50 = 0 THEN 'open' ELSE 'sent' END, md5(n::text),
    ARRAY['t' || n % 300, 'u' || n % 7], '2024-01-01'::date + n % 365 FROM generate_series(1, 100000) n;
";

const CHANGE: &str = "
CREATE INDEX parcel_depot ON parcel (depot);
CREATE INDEX parcel_open ON parcel (due) WHERE state = 'open';
CREATE INDEX parcel_tags ON parcel USING gin (tags);
CREATE INDEX parcel_label ON parcel USING gin (label gin_trgm_ops);
CREATE INDEX parcel_due ON parcel USING brin (due);
";

const QUERIES: &str = "
-- name: of-depot
SELECT count(*) FROM parcel WHERE depot = 42;
-- name: open-due
SELECT * FROM parcel WHERE state = 'open' AND due = '2024-05-05';
-- name: tagged
SELECT * FROM parcel WHERE tags @> ARRAY['t42'];
-- name: labelled
SELECT * FROM parcel WHERE label LIKE '%abcdef%';
-- name: one
SELECT * FROM parcel WHERE id = 7;
";

fn whatif(desk: &Desk, more: &[&str]) -> std::process::Output {
    let mut command = planwise();
    command
        .arg("whatif")
        .arg(desk.path("queries.sql"))
        .arg("--snapshot")
        .arg(desk.path("shop.snapshot"));
    command.args(more).output().unwrap()
}

async fn shop(desk: &Desk) -> Option<Sandbox> {
    let mut sandbox = parts::postgres().await?;
    database(&mut sandbox, "shop", SHOP).await;
    desk.write("queries.sql", QUERIES);
    snapshot(&sandbox).await.write(&desk.path("shop.snapshot")).unwrap();
    Some(sandbox)
}

fn effects(document: &Value) -> Vec<(String, String)> {
    let queries = document["queries"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    queries.map(|entry| (text(&entry["query"]), text(&entry["effect"]))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_tried_without_the_data() {
    let desk = Desk::new();
    let Some(sandbox) = shop(&desk).await else { return };
    let change = desk.write("change.sql", CHANGE);
    let change = change.to_str().unwrap();
    let output = whatif(&desk, &["--ddl", change, "--format", "json"]);
    assert_status(&output, 0);
    let document: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let expected = ["of-depot", "open-due", "tagged", "labelled"]
        .map(|name| (name.to_owned(), "changed".to_owned()));
    assert_eq!(effects(&document)[..4], expected, "{document:#}");
    assert_eq!(effects(&document)[4].1, "same");
    let output = whatif(&desk, &["--ddl", change]);
    assert_says(
        &stdout(&output),
        &["of-depot: cost ", "Indexes used now: parcel_depot", "5 plans: 4 another way"],
    );

    // The plans are those that the source has once the indexes are really there.
    let workload = queries(QUERIES);
    let snapshot = planwise::snapshot::Snapshot::read(&desk.path("shop.snapshot")).unwrap();
    let statements: Vec<String> =
        CHANGE.split_terminator(";\n").map(|s| s.trim().to_owned()).collect();
    let replica = Replica::changed(&snapshot, None, &statements, Progress::hidden()).await.unwrap();
    let mut session = sandbox.connect(&patient(Access::Commit)).await.unwrap();
    run(session.as_mut(), CHANGE).await;
    settle(session.as_mut()).await;
    let there = plans(&sandbox, &workload, &[]).await;
    let here = plans(&replica.sandbox, &workload, &[]).await;
    let agreement = agreement("built", there, here);
    assert_eq!(agreement.same_shape, agreement.plans, "{agreement:#?}");

    let output = whatif(
        &desk,
        &["--set", "enable_indexscan=off", "--set", "enable_bitmapscan=off", "--fail-on-worse"],
    );
    assert_status(&output, 1);
    assert_says(&stdout(&output), &["one: cost ", "Seq Scan on parcel"]);
    let output = whatif(&desk, &[]);
    assert_status(&output, 2);
    assert_says(&stderr(&output), &["--ddl FILE"]);
    let wrong = desk.write("wrong.sql", "CREATE INDEX ON parcel (no_such_column);");
    let output = whatif(&desk, &["--ddl", wrong.to_str().unwrap()]);
    assert_status(&output, 3);
    assert_says(&stderr(&output), &["no_such_column"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_versions_plan_the_same_snapshot() {
    let desk = Desk::new();
    let (Some(old), Some(new)) = (parts::postgres_version(13), parts::postgres_version(18)) else {
        return;
    };
    let Some(_sandbox) = shop(&desk).await else { return };
    desk.write(
        "queries.sql",
        format!(
            "{QUERIES}-- name: either\nSELECT id FROM parcel WHERE id = 5 OR id = 7 OR id = 99;\n"
        ),
    );
    let output = whatif(
        &desk,
        &[
            "--pg-bin",
            old.to_str().unwrap(),
            "--against",
            new.to_str().unwrap(),
            "--format",
            "json",
        ],
    );
    assert_status(&output, 0);
    let document: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert!(document["planned_by"][0].as_str().unwrap().starts_with("13."));
    assert!(document["planned_by"][1].as_str().unwrap().starts_with("18."));
    let effects = effects(&document);
    assert_eq!(effects[0].1, "same", "{document:#}");
    // Version 18 turns a list of ORs on one column into one search.
    assert_eq!(effects[5], ("either".to_owned(), "changed".to_owned()), "{document:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn advice_by_a_snapshot_is_that_of_the_source() {
    let desk = Desk::new();
    let Some(sandbox) = shop(&desk).await else { return };
    let indexes = |out: &std::path::Path| -> Vec<String> {
        let advice = read_json(&out.join("advice.json"));
        let found = advice["indexes"].as_array().unwrap().iter();
        found.map(|index| format!("{} {}", index["table"], index["columns"])).collect()
    };
    let advise = |out: &str, more: &[&str]| {
        let mut command = planwise();
        command
            .arg("advise")
            .arg(desk.path("queries.sql"))
            .args(more)
            .arg("--out")
            .arg(desk.path(out));
        command.output().unwrap()
    };
    assert_status(&advise("source", &["--db", &sandbox.url("shop")]), 0);
    let file = desk.path("shop.snapshot");
    let output = advise("replica", &["--snapshot", file.to_str().unwrap()]);
    assert_status(&output, 0);
    let (there, here) = (indexes(&desk.path("source")), indexes(&desk.path("replica")));
    assert!(!there.is_empty());
    assert_eq!(there, here);
    let report = std::fs::read_to_string(desk.path("replica").join("report.md")).unwrap();
    assert_says(&report, &["Planned by a snapshot of shop"]);
    let output = advise("both", &["--snapshot", file.to_str().unwrap(), "--sandbox"]);
    assert_status(&output, 2);
}
