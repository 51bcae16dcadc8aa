//! The server's health beside a workload: of one that runs, and of a throwaway one, with and without literals.

use planwise::sandbox::SandboxOptions;
use serde_json::Value;

use super::{ids, look, plant, says, session};
use crate::parts;
use crate::program::{Desk, assert_status, planwise, read_json};

const QUERIES: &str = "-- name: all\nSELECT count(*) FROM thing;";

fn conforms(report: &Value) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/reports/schema/health.schema.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let problems: Vec<String> = validator.iter_errors(report).map(|e| e.to_string()).collect();
    assert!(problems.is_empty(), "{problems:?}");
}

fn run(desk: &Desk, more: &[&str]) -> Value {
    let workload = desk.write("thing.sql", QUERIES);
    let output = planwise()
        .args(["run", "--rounds", "2"])
        .args(more)
        .arg("--out")
        .arg(desk.out())
        .arg(workload)
        .output()
        .unwrap();
    assert_status(&output, 0);
    let report = read_json(&desk.out().join("health.json"));
    conforms(&report);
    report
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_tells_of_the_server_and_hides_what_others_say_when_asked_to() {
    let Some(sandbox) = parts::sandbox("postgres", SandboxOptions::default()).await else { return };
    let url = sandbox.url("postgres");
    let mut owner = session(&sandbox).await;
    plant(
        owner.as_mut(),
        &[
            "CREATE TABLE thing (id int PRIMARY KEY, name text)",
            "INSERT INTO thing SELECT g, 'thing ' || g FROM generate_series(1, 500) g",
            "CREATE INDEX one ON thing (name) WHERE name <> 'hidden-word'",
            "CREATE INDEX two ON thing (name) WHERE name <> 'hidden-word'",
        ],
    )
    .await;
    let mut holder = session(&sandbox).await;
    plant(holder.as_mut(), &["BEGIN; UPDATE thing SET name = 'secret-word' WHERE id = 1"]).await;
    let mut waiter = session(&sandbox).await;
    let waiting = tokio::spawn(async move {
        let _ = waiter.command("UPDATE thing SET name = 'other-word' WHERE id = 1").await;
    });
    let asked = url.clone();
    let open = tokio::task::spawn_blocking(move || {
        super::all_named(&asked, "ailments", &["lock-waits", "index-duplicate"])
    });
    says(&open.await.unwrap()["ailments"].to_string(), "secret-word");

    for redact in [false, true] {
        let desk = Desk::new();
        let more: &[&str] = if redact { &["--redact"] } else { &[] };
        let report = run(&desk, &[&["--db", url.as_str()], more].concat());
        assert!(ids(&report, "ailments").contains("lock-waits"), "{:#}", report["ailments"]);
        for file in ["health.json", "health.md", "health.html", "report.html"] {
            let text = std::fs::read_to_string(desk.out().join(file)).unwrap();
            if file.starts_with("health") {
                assert_eq!(text.contains("secret-word"), !redact, "{file}");
            }
            assert!(!redact || !text.contains("other-word"), "{file}");
            assert!(!redact || !text.contains("hidden-word"), "{file}");
        }
        let page = std::fs::read_to_string(desk.out().join("report.html")).unwrap();
        says(&page, "health.html");
    }
    drop(holder);
    waiting.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_throwaway_server_only_what_was_loaded_is_judged() {
    let desk = Desk::new();
    let schema = desk.write(
        "schema.sql",
        "CREATE TABLE thing (id serial PRIMARY KEY, name text, number int);
         INSERT INTO thing (name, number) SELECT 'x' || g, g FROM generate_series(1, 2000) g;
         CREATE INDEX first_name ON thing (name);
         CREATE INDEX second_name ON thing (name);
         ALTER TABLE thing ADD CONSTRAINT positive CHECK (number > 0) NOT VALID;
         SELECT setval('thing_id_seq', 2000000000);",
    );
    // It says so where no server is installed.
    let Some(_) = parts::postgres().await else { return };
    let report = run(&desk, &["--sandbox", "--load", schema.to_str().unwrap()]);
    assert_eq!(report["throwaway"], true);
    let named = ids(&report, "ailments");
    for wanted in ["index-duplicate", "constraint-not-valid", "sequence-near-end"] {
        assert!(named.contains(wanted), "{named:?}");
    }
    for own in ["crash-unsafe", "autovacuum-off", "no-archive", "checksums-off"] {
        assert!(
            !report.to_string().contains(&format!("\"{own}\"")),
            "{own} is planwise's own doing"
        );
    }
    let page = std::fs::read_to_string(desk.out().join("health.md")).unwrap();
    says(&page, "It is a throwaway server");
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_space_is_measured_on_demand_and_alignment_is_none() {
    let Some(sandbox) = parts::sandbox("postgres", SandboxOptions::default()).await else { return };
    let mut owner = session(&sandbox).await;
    let columns: Vec<String> = (0..8).map(|n| format!("b{n} boolean, n{n} bigint")).collect();
    let values: Vec<String> = (0..8).map(|n| format!("true, g + {n}")).collect();
    plant(
        owner.as_mut(),
        &[
            "CREATE EXTENSION pgstattuple",
            "CREATE TABLE hollow (id int, note text)",
            "INSERT INTO hollow SELECT n, repeat('y', 400) FROM generate_series(1, 60000) n",
            "DELETE FROM hollow WHERE id > 6000 AND id < 60000",
            "VACUUM ANALYZE hollow",
            &format!("CREATE TABLE padded ({})", columns.join(", ")),
            &format!(
                "INSERT INTO padded SELECT {} FROM generate_series(1, 200000) g",
                values.join(", ")
            ),
            // A fifth of it is empty: with what only aligns, the estimate would be above half.
            "DELETE FROM padded WHERE n0 % 5 = 0",
            "VACUUM ANALYZE padded",
        ],
    )
    .await;
    let url = sandbox.url("postgres");
    for (more, word) in [(&[][..], "estimated from column widths"), (&["--exact"][..], "measured")]
    {
        let asked = url.clone();
        let more: Vec<&'static str> = more.to_vec();
        let report = tokio::task::spawn_blocking(move || look(&asked, &more)).await.unwrap();
        let all = report["ailments"].as_array().unwrap();
        let bloated = all.iter().find(|one| one["id"] == "table-bloated");
        let bloated = bloated.unwrap_or_else(|| panic!("{all:#?}")).to_string();
        says(&bloated, "public.hollow");
        says(&bloated, word);
        assert!(!bloated.contains("public.padded"), "{bloated}");
    }
}
