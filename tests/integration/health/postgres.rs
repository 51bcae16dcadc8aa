//! PostgreSQL: one server with everything wrong, and one with nothing.

use std::process::Command;

use planwise::sandbox::SandboxOptions;

use super::says;
use super::{all_named, look, plant, session};
use crate::parts;
use crate::program::{assert_status, planwise, stdout};

fn settings(pairs: &[(&str, &str)]) -> SandboxOptions {
    let settings = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    SandboxOptions { settings: settings.collect(), ..SandboxOptions::default() }
}

/// A throwaway server gives up what an ordinary one keeps.
const HEALTHY: [(&str, &str); 3] =
    [("fsync", "on"), ("full_page_writes", "on"), ("autovacuum_naptime", "60")];

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_server_is_left_alone() {
    let Some(sandbox) = parts::sandbox("postgres", settings(&HEALTHY)).await else { return };
    let mut busy = session(&sandbox).await;
    plant(busy.as_mut(), &[
        "CREATE TABLE item (id bigserial PRIMARY KEY, name text UNIQUE, price int)",
        "INSERT INTO item (name, price) SELECT 'item ' || n, n FROM generate_series(1, 20000) n",
        "VACUUM ANALYZE item",
        "SELECT count(*) FROM item",
    ]).await;
    let report = look(&sandbox.url("postgres"), &[]);
    assert_eq!(report["ailments"].as_array().unwrap().len(), 0, "{:#}", report["ailments"]);
    let proposed = report["settings"].as_array().unwrap();
    assert!(proposed.len() <= 5, "{proposed:#?}");
    let output = planwise()
        .args(["health", "--fail-on", "low", "--db", &sandbox.url("postgres")])
        .output()
        .unwrap();
    assert_status(&output, 0);
    says(&stdout(&output), "Nothing ails this server");
}

const PLANTED: [&str; 21] = [
    "archiving-fails",
    "autovacuum-off",
    "autovacuum-off-for-table",
    "cache-hit-low",
    "connections-near-limit",
    "constraint-not-valid",
    "crash-unsafe",
    "deadlocks",
    "dead-rows",
    "idle-in-transaction",
    "index-duplicate",
    "index-invalid",
    "lock-waits",
    "never-analyzed",
    "prepared-transaction-left",
    "restart-pending",
    "sequence-near-end",
    "slot-holds-log",
    "statistics-stale",
    "table-bloated",
    "temporary-files",
];

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_was_planted_is_named() {
    let ill = settings(&[
        ("archive_mode", "on"),
        ("archive_command", "false"),
        ("autovacuum", "off"),
        ("max_prepared_transactions", "5"),
        ("max_connections", "15"),
        ("shared_buffers", "1MB"),
        ("work_mem", "64kB"),
        ("deadlock_timeout", "100"),
    ]);
    let Some(sandbox) = parts::sandbox("postgres", ill).await else { return };
    let mut one = session(&sandbox).await;
    plant(one.as_mut(), &[
        "SELECT pg_stat_reset()",
        "CREATE TABLE parent (id serial PRIMARY KEY, name text)",
        "CREATE TABLE child (id int PRIMARY KEY, parent int, note text)",
        "INSERT INTO parent SELECT n, 'name ' || n FROM generate_series(1, 30000) n",
        "INSERT INTO child SELECT n, n + 7, repeat('x', 200) FROM generate_series(1, 60000) n",
        "ALTER TABLE child ADD CONSTRAINT of_parent FOREIGN KEY (parent) REFERENCES parent NOT VALID",
        "SELECT setval('parent_id_seq', 2100000000)",
        "CREATE INDEX first_note ON child (note)",
        "CREATE INDEX second_note ON child (note)",
        "CREATE TABLE twice (x int)",
        "INSERT INTO twice VALUES (1), (1)",
        "CREATE TABLE asleep (x int) WITH (autovacuum_enabled = false)",
        "CREATE TABLE hollow (id int, note text)",
        "INSERT INTO hollow SELECT n, repeat('y', 400) FROM generate_series(1, 60000) n",
        "DELETE FROM hollow WHERE id > 6000 AND id < 60000",
        "VACUUM ANALYZE hollow",
        "ANALYZE parent",
        "UPDATE parent SET name = name || '!'",
        "DELETE FROM child WHERE id % 2 = 0",
        "SELECT pg_create_physical_replication_slot('forgotten', true)",
        "ALTER SYSTEM SET max_worker_processes = 11",
        "SELECT pg_reload_conf()",
        "SELECT pg_switch_wal()",
        "CREATE TABLE large AS SELECT n, repeat('z', 800) AS note FROM generate_series(1, 40000) n",
        "SELECT count(*) FROM (SELECT * FROM large ORDER BY note, n OFFSET 1) sorted",
        "DO $$ BEGIN FOR i IN 1..40 LOOP PERFORM count(*) FROM large; END LOOP; END $$",
    ]).await;
    assert!(one.command("CREATE UNIQUE INDEX CONCURRENTLY broken ON twice (x)").await.is_err());
    plant(one.as_mut(), &["BEGIN; INSERT INTO twice VALUES (7); PREPARE TRANSACTION 'left over'"])
        .await;
    deadlock(&sandbox).await;
    let (mut holder, mut waiter, mut idle) =
        (session(&sandbox).await, session(&sandbox).await, session(&sandbox).await);
    plant(holder.as_mut(), &["BEGIN; UPDATE parent SET name = 'held' WHERE id = 1"]).await;
    plant(idle.as_mut(), &["BEGIN; SELECT count(*) FROM asleep"]).await;
    let waiting = tokio::spawn(async move {
        let _ = waiter.command("UPDATE parent SET name = 'late' WHERE id = 1").await;
    });
    let mut crowd = Vec::new();
    for _ in 0..7 {
        crowd.push(session(&sandbox).await);
    }

    let url = sandbox.url("postgres");
    let report =
        tokio::task::spawn_blocking(move || all_named(&url, "ailments", &PLANTED)).await.unwrap();
    let ailment = |id: &str| {
        let all = report["ailments"].as_array().unwrap();
        all.iter().find(|one| one["id"] == id).unwrap()["places"][0].to_string()
    };
    says(&ailment("lock-waits"), "SET name = 'late'");
    says(&ailment("lock-waits"), "SET name = 'held'");
    says(&ailment("sequence-near-end"), "public.parent.id");
    says(&ailment("prepared-transaction-left"), "ROLLBACK PREPARED 'left over'");
    says(&ailment("index-duplicate"), "second_note");
    says(&ailment("table-bloated"), "public.hollow");
    // What stands on the command line no statement overrides.
    says(&report["not_taken"].to_string(), "autovacuum-disabled");

    let url = sandbox.url("postgres");
    let metrics =
        planwise().args(["health", "--format", "openmetrics", "--db", &url]).output().unwrap();
    says(&stdout(&metrics), "planwise_health_places{engine=\"postgres\"");
    assert!(stdout(&metrics).ends_with("# EOF\n"));
    let failing = planwise().args(["health", "--fail-on", "high", "--db", &url]).output().unwrap();
    assert_status(&failing, 1);
    drop(holder);
    waiting.await.unwrap();
}

/// Two sessions that take the same rows in another order.
async fn deadlock(sandbox: &planwise::sandbox::Sandbox) {
    let (mut one, mut other) = (session(sandbox).await, session(sandbox).await);
    plant(one.as_mut(), &["BEGIN; UPDATE parent SET name = 'a' WHERE id = 10"]).await;
    plant(other.as_mut(), &["BEGIN; UPDATE parent SET name = 'b' WHERE id = 11"]).await;
    let first = tokio::spawn(async move {
        one.command("UPDATE parent SET name = 'a' WHERE id = 11; COMMIT").await
    });
    let second = tokio::spawn(async move {
        other.command("UPDATE parent SET name = 'b' WHERE id = 10; COMMIT").await
    });
    let (first, second) = (first.await.unwrap(), second.await.unwrap());
    assert!(first.is_err() || second.is_err(), "no deadlock came");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_without_rights_sees_what_it_may_and_says_what_not() {
    let Some(sandbox) = parts::sandbox("postgres", settings(&HEALTHY)).await else { return };
    let mut owner = session(&sandbox).await;
    plant(owner.as_mut(), &["CREATE ROLE nobody LOGIN", "CREATE SEQUENCE hidden"]).await;
    let url = sandbox.url("postgres").replace("user=postgres", "user=nobody");
    assert!(url.contains("user=nobody"), "{url}");
    let report = look(&url, &[]);
    let hidden = report["hidden"].to_string();
    says(&hidden, "sessions of others: what they do and since when (in part)");
    says(&hidden, "GRANT pg_monitor");
    assert_eq!(report["ailments"].as_array().unwrap().len(), 0, "{:#}", report["ailments"]);
}

/// What the server itself counts of locks that a session took, by `log_statement_stats`' like, is not to be had: the
/// session's own locks are looked at while it reads.
#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_tables_are_read_without_locking_any_for_long() {
    let Some(sandbox) = parts::sandbox("postgres", settings(&HEALTHY)).await else { return };
    let mut owner = session(&sandbox).await;
    plant(
        owner.as_mut(),
        &[
            "ALTER SYSTEM SET max_locks_per_transaction = 64",
            "CREATE PROCEDURE many() LANGUAGE plpgsql AS $$ BEGIN FOR i IN 1..5000 LOOP \
         EXECUTE format('CREATE TABLE t%s (id serial, x int)', i); \
         IF i % 200 = 0 THEN COMMIT; END IF; END LOOP; END $$",
            "CALL many()",
            // Whoever reads a table's rows, or locks more than AccessShare, waits here for ever.
            "BEGIN; LOCK TABLE t1, t2 IN SHARE ROW EXCLUSIVE MODE",
        ],
    )
    .await;
    let url = sandbox.url("postgres");
    let report = tokio::task::spawn_blocking(move || look(&url, &[])).await.unwrap();
    eprintln!("5,000 tables took {} ms", report["took_ms"]);
    assert_eq!(report["hidden"].as_array().unwrap().len(), 0, "{:#}", report["hidden"]);
}

#[test]
fn what_cannot_be_looked_at_says_why() {
    let output: std::process::Output = Command::new(env!("CARGO_BIN_EXE_planwise"))
        .args(["health", "--db", "oracle://x"])
        .output()
        .unwrap();
    assert_status(&output, 2);
    let output =
        planwise().args(["health", "--db", "postgresql://127.0.0.1:1/x"]).output().unwrap();
    assert_status(&output, 3);
}
