//! MariaDB and MySQL: one server with everything wrong, and one with nothing.

use planwise::sandbox::{Sandbox, SandboxOptions};

use super::says;
use super::{all_named, look, plant, session};
use crate::parts;

fn settings(pairs: &[(&str, &str)]) -> SandboxOptions {
    let settings = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    SandboxOptions { settings: settings.collect(), ..SandboxOptions::default() }
}

const HEALTHY: [(&str, &str); 4] = [
    ("innodb-flush-log-at-trx-commit", "1"),
    ("innodb-doublewrite", "1"),
    ("innodb-stats-auto-recalc", "1"),
    ("sync-binlog", "1"),
];

const ILL: [(&str, &str); 4] = [
    ("max-connections", "12"),
    ("tmp-table-size", "16384"),
    ("sort-buffer-size", "32768"),
    ("innodb-lock-wait-timeout", "50"),
];

async fn healthy(engine: &str) {
    let Some(sandbox) = parts::sandbox(engine, settings(&HEALTHY)).await else { return };
    let mut busy = session(&sandbox).await;
    plant(
        busy.as_mut(),
        &[
            "CREATE TABLE item (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(20), KEY (name))",
            "INSERT INTO item (name) VALUES ('a'), ('b')",
            "SELECT * FROM item WHERE name = 'a'",
        ],
    )
    .await;
    let url = sandbox.url(sandbox.database());
    let report = tokio::task::spawn_blocking(move || look(&url, &[])).await.unwrap();
    assert_eq!(report["ailments"].as_array().unwrap().len(), 0, "{:#}", report["ailments"]);
    let proposed = report["settings"].as_array().unwrap();
    assert!(proposed.len() <= 5, "{proposed:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_mariadb_is_left_alone() {
    healthy("mariadb").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_mysql_is_left_alone() {
    healthy("mysql").await;
}

const PLANTED: [&str; 15] = [
    "auto-increment-near-end",
    "commits-may-be-lost",
    "connections-near-limit",
    "crash-unsafe",
    "deadlocks",
    "full-joins",
    "full-scans",
    "idle-in-transaction",
    "index-duplicate",
    "lock-waits",
    "metadata-lock-waits",
    "prepared-transaction-left",
    "sort-merges",
    "table-not-crash-safe",
    "table-without-key",
];

async fn ill(engine: &str) {
    let Some(sandbox) = parts::sandbox(engine, settings(&ILL)).await else { return };
    let mut one = session(&sandbox).await;
    plant(one.as_mut(), &[
        "CREATE TABLE item (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(40), KEY a (name), KEY b (name)) AUTO_INCREMENT = 2100000000",
        "CREATE TABLE loose (x INT, note VARCHAR(60))",
        "CREATE TABLE old (x INT PRIMARY KEY) ENGINE = MyISAM",
        "CREATE TABLE busy (id INT PRIMARY KEY, x INT)",
        "INSERT INTO busy VALUES (1, 1), (2, 2), (3, 3)",
        "CREATE TABLE digit (d INT PRIMARY KEY)",
        "INSERT INTO digit VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)",
        "INSERT INTO loose SELECT a.d + 10 * b.d + 100 * c.d + 1000 * d.d, CONCAT('note ', a.d, b.d, c.d, d.d) \
         FROM digit a, digit b, digit c, digit d",
        "XA START 'left'; INSERT INTO loose VALUES (1, 'xa'); XA END 'left'; XA PREPARE 'left'",
    ]).await;
    // A connection that holds a prepared transaction does nothing else.
    drop(one);
    let mut one = session(&sandbox).await;
    for _ in 0..130 {
        plant(
            one.as_mut(),
            &["SELECT COUNT(*) FROM (SELECT * FROM loose ORDER BY note DESC, x LIMIT 9000) q"],
        )
        .await;
    }
    for _ in 0..60 {
        plant(
            one.as_mut(),
            &["SELECT COUNT(*) FROM loose a JOIN digit b ON a.x = b.d + 0.5 WHERE a.x < 20"],
        )
        .await;
    }
    deadlock(&sandbox).await;
    let (mut holder, mut idle) = (session(&sandbox).await, session(&sandbox).await);
    plant(holder.as_mut(), &["BEGIN; UPDATE busy SET x = 9 WHERE id = 3"]).await;
    plant(idle.as_mut(), &["BEGIN; SELECT COUNT(*) FROM digit"]).await;
    let mut waiting = Vec::new();
    for statement in ["UPDATE busy SET x = 8 WHERE id = 3", "ALTER TABLE digit ADD COLUMN more INT"]
    {
        let mut waiter = session(&sandbox).await;
        waiting.push(tokio::spawn(async move { waiter.command(statement).await }));
    }
    let mut crowd = Vec::new();
    for _ in 0..4 {
        crowd.push(session(&sandbox).await);
    }
    let url = sandbox.url(sandbox.database());
    let report =
        tokio::task::spawn_blocking(move || all_named(&url, "ailments", &PLANTED)).await.unwrap();
    let ailment = |id: &str| {
        let all = report["ailments"].as_array().unwrap();
        all.iter().find(|one| one["id"] == id).unwrap()["places"].to_string()
    };
    says(&ailment("lock-waits"), "UPDATE busy SET x = 8");
    says(&ailment("metadata-lock-waits"), "ALTER TABLE digit");
    says(&ailment("auto-increment-near-end"), "item.id");
    says(&ailment("table-without-key"), "loose");
    says(&ailment("index-duplicate"), "DROP INDEX `b`");
    drop((holder, idle));
    for waiter in waiting {
        let _ = waiter.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_was_planted_on_mariadb_is_named() {
    ill("mariadb").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_was_planted_on_mysql_is_named() {
    ill("mysql").await;
}

async fn deadlock(sandbox: &Sandbox) {
    let (mut one, mut other) = (session(sandbox).await, session(sandbox).await);
    plant(one.as_mut(), &["BEGIN; UPDATE busy SET x = 7 WHERE id = 1"]).await;
    plant(other.as_mut(), &["BEGIN; UPDATE busy SET x = 7 WHERE id = 2"]).await;
    let first =
        tokio::spawn(
            async move { one.command("UPDATE busy SET x = 6 WHERE id = 2; COMMIT").await },
        );
    let second =
        tokio::spawn(
            async move { other.command("UPDATE busy SET x = 6 WHERE id = 1; COMMIT").await },
        );
    let (first, second) = (first.await.unwrap(), second.await.unwrap());
    assert!(first.is_err() || second.is_err(), "no deadlock came");
}
