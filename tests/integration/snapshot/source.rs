//! What a source notices of a snapshot, and what a login without rights gets.

use planwise::engine::{self, Access, SessionOptions};

use super::stand::{EDGES, database, patient, run};
use crate::parts;
use crate::postgres::server::start_with;
use crate::program::{Desk, assert_says, assert_status, planwise, stderr};

/// Statements as the server logged them.
fn statements(log: &str) -> Vec<&str> {
    let logged = ["statement: ", "execute "];
    log.lines().filter(|line| logged.iter().any(|word| line.contains(word))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_sees_catalog_reads_and_nothing_else() {
    let settings = [
        ("log_statement", "all"),
        ("log_line_prefix", "%a|%p|"),
        ("log_temp_files", "0"),
        ("log_lock_waits", "on"),
        ("deadlock_timeout", "1s"),
    ];
    let Some(mut sandbox) = start_with(&settings).await else { return };
    database(&mut sandbox, "edges", EDGES).await;
    let before = std::fs::read_to_string(sandbox.directory().join("server.log")).unwrap().len();
    let states = engine::by_name("postgres").unwrap().planner_states().unwrap();
    let url = sandbox.url("edges");
    states.read(&url, &SessionOptions::default()).await.unwrap();
    let log = std::fs::read_to_string(sandbox.directory().join("server.log")).unwrap();
    let log = &log[before..];
    let sent = statements(log);
    assert!(sent.len() > 20, "{log}");
    for line in &sent {
        let text = line.split_once("statement: ").map_or(*line, |(_, text)| text);
        let text = text.trim_start();
        assert!(
            ["SELECT", "SET", "SHOW", "WITH"].iter().any(|verb| text.starts_with(verb)),
            "{line}"
        );
    }
    // Whatever is read is a catalog: no table of the user's appears behind FROM or JOIN.
    for table in ["customer", "booking", "event", "per_region", "never_analysed"] {
        for word in ["FROM", "JOIN"] {
            for name in [format!("{word} {table}"), format!("{word} public.{table}")] {
                assert!(!log.contains(&name), "{name}");
            }
        }
    }
    assert!(!log.contains("still waiting") && !log.contains("temporary file"), "{log}");
}

/// A table that somebody rebuilds is not waited for.
#[tokio::test(flavor = "multi_thread")]
async fn a_locked_table_is_not_waited_for() {
    let Some(mut sandbox) = parts::postgres().await else { return };
    database(
        &mut sandbox,
        "locked",
        "CREATE TABLE t AS SELECT n FROM generate_series(1, 9000) n; CREATE INDEX t_n ON t (n);",
    )
    .await;
    let mut holder = sandbox.connect(&patient(Access::Commit)).await.unwrap();
    let held = holder.command("BEGIN; LOCK TABLE t; SELECT pg_sleep(600)");
    let desk = Desk::new();
    let file = desk.path("t.snapshot");
    let mut command = planwise();
    command.arg("snapshot").args(["--db", &sandbox.url("locked")]).arg("-o").arg(&file);
    let waits = async {
        // The lock is there as soon as it is seen.
        let mut watcher = sandbox.connect(&patient(Access::ReadOnly)).await.unwrap();
        let seen = "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = 't'::regclass";
        while watcher.query_text(seen).await.unwrap()[0].as_deref() != Some("1") {}
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    };
    let output = tokio::select! {
        output = waits => output,
        _ = held => panic!("the lock is gone"),
    };
    assert_status(&output, 0);
    assert_says(&stderr(&output), &["locked against readers"]);
    assert!(file.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_without_rights_is_told_what_it_does_not_see() {
    let Some(mut sandbox) = parts::postgres().await else { return };
    database(&mut sandbox, "edges", EDGES).await;
    let mut session = sandbox.connect(&patient(Access::Commit)).await.unwrap();
    run(session.as_mut(), "CREATE ROLE onlooker LOGIN; GRANT SELECT ON event TO onlooker;").await;
    let url = sandbox.url("edges").replace("user=postgres", "user=onlooker");
    let desk = Desk::new();
    let file = desk.path("edges.snapshot");
    let mut command = planwise();
    let output =
        command.arg("snapshot").args(["--db", &url]).arg("-o").arg(&file).output().unwrap();
    assert_status(&output, 0);
    let said = stderr(&output);
    assert_says(
        &said,
        &["are invisible to this login", "public.booking", "GRANT SELECT", "modelled"],
    );
    let snapshot = planwise::snapshot::Snapshot::read(&file).unwrap();
    let of = |name: &str| snapshot.state.columns.iter().filter(|c| c.relation == name).count();
    assert!(of("event") > 0);
    assert_eq!(of("customer"), 0);
}
