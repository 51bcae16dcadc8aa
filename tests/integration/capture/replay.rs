//! Playing captures back on real servers.

use std::process::Command;

use planwise::engine::SessionOptions;
use planwise::sandbox::Sandbox;
use serde_json::Value;

use super::captured;
use super::plans::{log_of, logging};
use crate::program::{Desk, assert_status, planwise, stdout};

fn play(workload: &std::path::Path, url: &str, desk: &Desk, options: &[&str]) -> Value {
    let run = planwise()
        .arg("run")
        .arg(workload)
        .args(["--as", "captured", "--db", url, "--format", "json", "-o"])
        .arg(desk.out())
        .args(options)
        .output()
        .unwrap();
    assert_status(&run, 0);
    serde_json::from_str(&stdout(&run)).unwrap()
}

async fn ask(sandbox: &Sandbox, database: &str, sql: &str) -> Vec<Option<String>> {
    let url = sandbox.owner_url(database);
    let engine = planwise::engine::for_url(&url).unwrap();
    let mut session = engine.connect(&url, &SessionOptions::default()).await.unwrap();
    session.query_text(sql).await.unwrap()
}

const STATE: &str = "SELECT (SELECT string_agg(md5(aid::text || abalance), '' ORDER BY aid) FROM pgbench_accounts WHERE abalance <> 0) \
    || (SELECT sum(tbalance) FROM pgbench_tellers) || ' ' || (SELECT sum(bbalance) FROM pgbench_branches) || ' ' || \
    (SELECT count(*) || ' ' || sum(delta) FROM pgbench_history)";

/// Four clients in every protocol: each statement is sent with its values, and the copy ends as the original did.
#[test]
fn a_log_of_pgbench_replays_to_the_same_balances() {
    let Some(pgbench) = crate::parts::program("pgbench") else { return };
    let Some((runtime, sandbox)) = logging(&[]) else { return };
    let owner = |database: &str| sandbox.owner_url(database);
    let bench = |database: &str, options: &[&str]| {
        let output = Command::new(&pgbench).args(options).arg(owner(database)).output().unwrap();
        assert_status(&output, 0);
    };
    for protocol in ["simple", "extended", "prepared"] {
        let (bank, copy) = (format!("bank_{protocol}"), format!("copy_{protocol}"));
        let create = |name: &str, from: &str| {
            let sql = format!("CREATE DATABASE {name} TEMPLATE {from}");
            runtime.block_on(async {
                let options = SessionOptions::default();
                let mut session = sandbox.connect(&options).await.unwrap();
                session.command(&sql).await.unwrap();
            });
        };
        create(&bank, "template1");
        bench(&bank, &["-i", "-q", "-s", "1"]);
        create(&copy, &bank);
        let before = log_of(&runtime, &sandbox).len();
        bench(&bank, &["-n", "-c", "4", "-t", "50", "-M", protocol]);
        let log = log_of(&runtime, &sandbox);
        let desk = Desk::new();
        let file = desk.write("bank.log", &log[before..]);
        let workload = desk.path("bank.workload");
        let digest = captured(&[&file], &workload, &["--database", &bank]);
        let replayed = play(
            &workload,
            &owner(&copy),
            &desk,
            &["--writes", &format!("commit={copy}"), "--speed", "4"],
        );
        assert_eq!(replayed["captured"], digest["statements"], "{protocol}");
        assert_eq!(
            (&replayed["failed"], &replayed["not_reached"]),
            (&0.into(), &0.into()),
            "{protocol}: {replayed:#}"
        );
        // 200 transactions of seven statements each, beside what pgbench asks before it begins.
        assert!(replayed["sent"].as_u64().unwrap() >= 1400, "{protocol}: {replayed:#}");
        let (was, is) = runtime.block_on(async {
            (ask(&sandbox, &bank, STATE).await, ask(&sandbox, &copy, STATE).await)
        });
        assert!(was[0].is_some(), "{protocol}");
        assert_eq!(was, is, "{protocol}");
    }
}

/// Ten statements a second for two seconds; the server holds one of them for long: those behind it are late by the server,
/// which response times show and service times do not.
#[test]
fn a_server_that_stalls_shows_in_response_times() {
    let Some((runtime, sandbox)) = logging(&[]) else { return };
    let _ = runtime;
    let desk = Desk::new();
    let mut log = String::new();
    for n in 0..200 {
        let text = if n == 20 { "SELECT pg_sleep(1.5)" } else { "SELECT 1" };
        log += &format!(
            "2024-03-04 10:11:12.{n:03} UTC [71] LOG:  duration: 0.010 ms  statement: {text}\n"
        );
    }
    let file = desk.write("a.log", log);
    let workload = desk.path("a.workload");
    captured(&[&file], &workload, &[]);
    let url = sandbox.url(sandbox.database());
    let replayed = play(&workload, &url, &desk, &["--rate", "100", "--clients", "1"]);
    assert_eq!((&replayed["sent"], &replayed["failed"]), (&200.into(), &0.into()), "{replayed:#}");
    let of = |time: &str, part: &str| replayed[time][part].as_f64().unwrap();
    assert!(of("response", "p99_ms") >= 1000.0, "{replayed:#}");
    // Of 200 statements one took long by itself.
    assert!(of("service", "p95_ms") < of("response", "p95_ms"), "{replayed:#}");
    assert!(replayed["waited_for_server"].as_u64().unwrap() >= 50, "{replayed:#}");
}

const SHOP: &str = "CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL);
    INSERT INTO account VALUES (1, 0), (2, 0), (3, 0)";

const SLOW_LOG: &str = "\
# Time: 2024-03-04T10:11:12.000000Z
# User@Host: ann[ann] @ localhost []  Id:     8
# Query_time: 0.000100  Lock_time: 0.000000 Rows_sent: 0  Rows_examined: 0
SET timestamp=1709547072;
START TRANSACTION;
# Time: 2024-03-04T10:11:12.010000Z
# User@Host: ann[ann] @ localhost []  Id:     8
# Query_time: 0.000100  Lock_time: 0.000000 Rows_sent: 0  Rows_examined: 1
SET timestamp=1709547072;
UPDATE account SET balance = balance + 5 WHERE id = 1;
# Time: 2024-03-04T10:11:12.020000Z
# User@Host: bob[bob] @ localhost []  Id:     9
# Query_time: 0.000100  Lock_time: 0.000000 Rows_sent: 0  Rows_examined: 1
SET timestamp=1709547072;
UPDATE account SET balance = balance + 7 WHERE id = 2;
# Time: 2024-03-04T10:11:12.030000Z
# User@Host: ann[ann] @ localhost []  Id:     8
# Query_time: 0.000100  Lock_time: 0.000000 Rows_sent: 0  Rows_examined: 0
SET timestamp=1709547072;
COMMIT;
# Time: 2024-03-04T10:11:12.040000Z
# User@Host: bob[bob] @ localhost []  Id:     9
# Query_time: 0.000100  Lock_time: 0.000000 Rows_sent: 3  Rows_examined: 3
SET timestamp=1709547072;
SELECT id, balance FROM account WHERE id IN (1, 2, 3);
";

/// A session that commits only when it says so: what it rolls back, and what it leaves open when it ends, is not there
/// afterwards; another session commits each of its statements.
fn gathering_log() -> String {
    let sent = [
        (10, "SET autocommit = 0"),
        (10, "UPDATE account SET balance = balance + 100 WHERE id = 1"),
        (10, "ROLLBACK"),
        (10, "UPDATE account SET balance = balance + 100 WHERE id = 2"),
        (10, "COMMIT"),
        (10, "UPDATE account SET balance = balance + 100 WHERE id = 3"),
        (11, "UPDATE account SET balance = balance + 1 WHERE id = 1"),
    ];
    let entry = |(at, (session, sql)): (usize, &(u32, &str))| {
        format!(
            "# Time: 2024-03-04T10:11:12.{at:02}0000Z\n# User@Host: app[app] @ localhost []  Id:    {session}\n\
             # Query_time: 0.000100  Lock_time: 0.000000 Rows_sent: 0  Rows_examined: 0\nSET timestamp=1709547072;\n{sql};\n"
        )
    };
    sent.iter().enumerate().map(entry).collect()
}

fn replays_on(engine: &str) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let options = planwise::sandbox::SandboxOptions::default();
    let Some(sandbox) = runtime.block_on(crate::parts::sandbox(engine, options)) else { return };
    runtime.block_on(async {
        let mut session = sandbox.connect(&SessionOptions::default()).await.unwrap();
        session.command(SHOP).await.unwrap();
    });
    let desk = Desk::new();
    let log = desk.write("slow.log", SLOW_LOG);
    let workload = desk.path("a.workload");
    captured(&[&log], &workload, &[]);
    let url = sandbox.url(sandbox.database());
    let balances = || {
        let sql = "SELECT balance FROM account ORDER BY id";
        let rows = runtime.block_on(ask(&sandbox, sandbox.database(), sql));
        rows.into_iter().flatten().collect::<Vec<_>>().join(",")
    };
    let read_only = play(&workload, &url, &desk, &[]);
    assert_eq!(
        (&read_only["captured"], &read_only["sent"], &read_only["failed"]),
        (&5.into(), &1.into(), &0.into()),
        "{read_only:#}"
    );
    assert_eq!(read_only["queries"][0]["rows"], 3, "{read_only:#}");
    let rolled_back = play(&workload, &url, &desk, &["--writes", "rollback"]);
    assert_eq!((&rolled_back["sent"], &rolled_back["failed"]), (&5.into(), &0.into()));
    assert_eq!(balances(), "0,0,0");
    let commit = format!("commit={}", sandbox.database());
    let committed = play(&workload, &url, &desk, &["--writes", &commit]);
    assert_eq!((&committed["sent"], &committed["connections"]), (&5.into(), &2.into()));
    assert_eq!(balances(), "5,7,0");
    let closed = play(&workload, &url, &desk, &["--closed", "--clients", "1", "--writes", &commit]);
    assert_eq!((&closed["sent"], &closed["failed"]), (&5.into(), &0.into()), "{closed:#}");
    assert_eq!(balances(), "10,14,0");
    let log = desk.write("gathering.log", gathering_log());
    let workload = desk.path("b.workload");
    captured(&[&log], &workload, &[]);
    let rolled_back = play(&workload, &url, &desk, &["--writes", "rollback"]);
    assert_eq!((&rolled_back["sent"], &rolled_back["failed"]), (&7.into(), &0.into()));
    assert_eq!(balances(), "10,14,0");
    let committed = play(&workload, &url, &desk, &["--writes", &commit]);
    assert_eq!((&committed["sent"], &committed["failed"]), (&7.into(), &0.into()), "{committed:#}");
    assert_eq!(balances(), "11,114,0");
    let closed = play(&workload, &url, &desk, &["--closed", "--clients", "1", "--writes", &commit]);
    assert_eq!((&closed["sent"], &closed["failed"]), (&7.into(), &0.into()), "{closed:#}");
    assert_eq!(balances(), "12,214,0");
}

#[test]
fn a_slow_log_replays_on_mariadb() {
    replays_on("mariadb");
}

#[test]
fn a_slow_log_replays_on_mysql() {
    replays_on("mysql");
}
