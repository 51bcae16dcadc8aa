//! What the logs of MariaDB and MySQL tell of an application's habits, as the servers write them.

use std::path::Path;
use std::time::Duration;

use mysql_async::prelude::Queryable;
use planwise::sandbox::{Sandbox, SandboxOptions};
use serde_json::Value;

use super::{captured, shown};
use crate::parts;
use crate::program::Desk;
use crate::sakila::forms;

const SCHEMA: [&str; 4] = [
    "CREATE TABLE customer (id int PRIMARY KEY, name varchar(60)) ENGINE=InnoDB",
    "CREATE TABLE orders (id int PRIMARY KEY, customer_id int) ENGINE=InnoDB",
    "INSERT INTO customer WITH RECURSIVE g AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM g WHERE n < 900) \
     SELECT n, CONCAT('name ', n) FROM g",
    "INSERT INTO orders WITH RECURSIVE g AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM g WHERE n < 900) \
     SELECT n, n FROM g",
];

/// Every statement in both logs, whatever it takes.
fn logging() -> SandboxOptions {
    let settings = [
        ("log_output", "FILE"),
        ("long_query_time", "0"),
        ("slow_query_log", "ON"),
        ("slow_query_log_file", "slow.log"),
        ("general_log", "ON"),
        ("general_log_file", "general.log"),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    SandboxOptions { settings, ..SandboxOptions::default() }
}

const LOGS: [&str; 2] = ["slow.log", "general.log"];

/// The names of rules that speak of what `scene` did, by each log.
async fn spoken(sandbox: &Sandbox, folder: &Path, scene: &[String]) -> Vec<Vec<String>> {
    // MariaDB's general log says the time with the first entry of a second only: without one the part is no log.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let written = LOGS.map(|log| std::fs::read(folder.join(log)).unwrap().len());
    let mut conn = forms::connect(sandbox).await;
    for statement in scene {
        conn.query_drop(statement).await.unwrap();
    }
    conn.disconnect().await.unwrap();
    LOGS.iter().zip(written).map(|(log, from)| by_log(folder, log, from)).collect()
}

/// What is said of a log from that byte on.
fn by_log(folder: &Path, log: &str, from: usize) -> Vec<String> {
    let desk = Desk::new();
    let copy = desk.write(log, &std::fs::read(folder.join(log)).unwrap()[from..]);
    let workload = desk.path("x.workload");
    captured(&[&copy], &workload, &[]);
    let digest: Value = shown(&workload);
    let findings = digest["habits"]["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
}

/// Four pages, each with so many customers fetched one by one, and something else between the pages.
fn pages(rows: usize) -> Vec<String> {
    let page = |page: usize| {
        let first = page * 100;
        let list = format!(
            "SELECT id, customer_id FROM orders WHERE id > {first} ORDER BY id LIMIT {rows}"
        );
        let each =
            (1..=rows).map(move |n| format!("SELECT name FROM customer WHERE id = {}", first + n));
        std::iter::once(list).chain(each).chain(["SELECT COUNT(*) FROM orders".to_owned()])
    };
    (0..4).flat_map(page).collect()
}

fn again(times: usize) -> Vec<String> {
    vec!["SELECT name FROM customer WHERE id = 7".to_owned(); times]
}

fn written(rows: usize, from: usize) -> Vec<String> {
    let row = |n: usize| format!("INSERT INTO orders (id, customer_id) VALUES ({}, {n})", from + n);
    let rows = (0..rows).map(row);
    std::iter::once("BEGIN".to_owned()).chain(rows).chain(["COMMIT".to_owned()]).collect()
}

/// (scene, rule, whether it speaks)
type Scene = (Vec<String>, &'static str, bool);

fn scenes() -> Vec<Scene> {
    vec![
        (pages(15), "rows-fetched-in-loop", true),
        (pages(6), "rows-fetched-in-loop", false),
        (again(30), "same-statement-again", true),
        (again(3), "same-statement-again", false),
        (written(80, 10_000), "row-at-a-time-writes", true),
        (written(20, 20_000), "row-at-a-time-writes", false),
    ]
}

async fn habits_of(engine: &str) {
    let Some(sandbox) = parts::sandbox(engine, logging()).await else { return };
    let mut conn = forms::connect(&sandbox).await;
    for statement in SCHEMA {
        conn.query_drop(statement).await.unwrap();
    }
    let folder: String = conn.query_first("SELECT @@datadir").await.unwrap().unwrap();
    conn.disconnect().await.unwrap();
    let mut wrong = Vec::new();
    for (scene, rule, speaks) in scenes() {
        for (log, rules) in LOGS.iter().zip(spoken(&sandbox, Path::new(&folder), &scene).await) {
            if rules.iter().any(|known| known == rule) != speaks {
                let wanted = if speaks { "should speak" } else { "should not" };
                wrong.push(format!("{engine}, {log}: {rule} {wanted}, these do: {rules:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_of_mariadb_tell_of_loops_repetitions_and_single_rows() {
    habits_of("mariadb").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_of_mysql_tell_of_loops_repetitions_and_single_rows() {
    habits_of("mysql").await;
}
