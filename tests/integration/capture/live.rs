//! Captured workloads on a real server.

use planwise::engine::SessionOptions;
use planwise::sandbox::Sandbox;

use super::captured;
use crate::program::{Desk, assert_says, assert_status, planwise};

const SCHEMA: &str = "
    CREATE TABLE orders (id bigserial PRIMARY KEY, customer int NOT NULL, status text NOT NULL);
    INSERT INTO orders (customer, status) SELECT i % 5000, CASE WHEN i % 50 = 0 THEN 'open' ELSE 'done' END FROM generate_series(1, 50000) i;
    ANALYZE";

pub fn open() -> Option<(tokio::runtime::Runtime, Sandbox)> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let sandbox = runtime.block_on(crate::parts::postgres())?;
    runtime.block_on(async {
        let mut session = sandbox.connect(&SessionOptions::default()).await.unwrap();
        for statement in SCHEMA.split(';') {
            session.command(statement).await.unwrap();
        }
    });
    Some((runtime, sandbox))
}

/// The columns' values are asked for where the log has none.
const LOG: &str = "\
2024-03-04 10:11:12 UTC [71] LOG:  duration: 0.100 ms  statement: BEGIN
2024-03-04 10:11:12 UTC [71] LOG:  duration: 9.500 ms  execute s: SELECT count(*) FROM orders WHERE customer = $1
2024-03-04 10:11:12 UTC [71] DETAIL:  parameters: $1 = '42'
2024-03-04 10:11:13 UTC [71] LOG:  duration: 9.500 ms  execute s: SELECT count(*) FROM orders WHERE customer = $1
2024-03-04 10:11:13 UTC [71] DETAIL:  parameters: $1 = '43'
2024-03-04 10:11:14 UTC [71] LOG:  duration: 7.500 ms  execute u: SELECT id FROM orders WHERE customer = $1 AND status = $2 LIMIT $3
2024-03-04 10:11:15 UTC [71] LOG:  duration: 3.500 ms  statement: SELECT status FROM orders WHERE id = 7
2024-03-04 10:11:16 UTC [71] LOG:  duration: 0.100 ms  statement: COMMIT
";

#[test]
fn verbs_take_a_captured_workload_and_values_are_invented_aloud() {
    let Some((_runtime, sandbox)) = open() else { return };
    let desk = Desk::new();
    let log = desk.write("a.log", LOG);
    let workload = desk.path("a.workload");
    captured(&[&log], &workload, &[]);
    let url = sandbox.url(sandbox.database());
    let run = planwise()
        .arg("run")
        .arg(&workload)
        .args(["--db", &url, "-o"])
        .arg(desk.out())
        .output()
        .unwrap();
    assert_status(&run, 0);
    let record = desk.run_json();
    let queries = record["queries"].as_array().unwrap();
    assert_eq!(queries.len(), 3, "{record:#}");
    let of = |part: &str| {
        queries.iter().find(|query| query["sql"].as_str().unwrap().contains(part)).unwrap()
    };
    assert_eq!(of("count")["weight"], 2.0);
    let sets = of("count")["params"].as_array().unwrap();
    let mut sets: Vec<String> = sets.iter().map(ToString::to_string).collect();
    sets.sort();
    assert_eq!(sets, ["[\"42\"]", "[\"43\"]"]);
    for query in queries {
        assert_eq!(query["status"]["state"], "measured", "{query:#}");
    }
    let invented = of("LIMIT")["params"].as_array().unwrap();
    assert!(invented.len() >= 2 && invented[0][2] == "10", "{invented:?}");
    let notes = record["notes"].to_string();
    assert_says(&notes, &["Values of 1 query were invented", "steer sessions"]);

    let advise = planwise()
        .arg("advise")
        .arg(&workload)
        .args(["--db", &url, "-o"])
        .arg(desk.out())
        .output()
        .unwrap();
    assert_status(&advise, 0);
    let advice = std::fs::read_to_string(desk.out().join("advice.sql")).unwrap();
    assert_says(&advice, &["customer"]);
}

/// The sandbox keeps statistics of statements.
#[test]
fn a_server_tells_its_own_workload() {
    let Some((runtime, sandbox)) = open() else { return };
    let desk = Desk::new();
    let url = sandbox.url(sandbox.database());
    runtime.block_on(async {
        let mut session = sandbox.connect(&SessionOptions::default()).await.unwrap();
        for customer in 0..20 {
            session
                .query_text(&format!("SELECT id FROM orders WHERE customer = {customer}"))
                .await
                .unwrap();
        }
    });
    let advise = planwise()
        .args(["advise", "--from-db=50", "--db", &url, "-o"])
        .arg(desk.out())
        .output()
        .unwrap();
    assert_status(&advise, 0);
    let advice = std::fs::read_to_string(desk.out().join("advice.sql")).unwrap();
    assert_says(&advice, &["customer"]);
    let target = desk.path("view.workload");
    let capture = planwise().args(["capture", "--db", &url, "-o"]).arg(&target).output().unwrap();
    assert_status(&capture, 0);
    let digest = super::shown(&target);
    assert_eq!(digest["origin"], "pg_stat_statements");
    assert_eq!(super::query(&digest, "WHERE customer = $1")["calls"], 20);
}

const BANK: &str = "
    CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL);
    INSERT INTO account SELECT i, 0 FROM generate_series(1, 10) i";

/// Two sessions whose transactions overlap, one that fails, one that is prepared.
const BANK_LOG: &str = "\
2024-03-04 10:11:12.000 UTC [71] LOG:  duration: 0.100 ms  statement: BEGIN
2024-03-04 10:11:12.010 UTC [71] LOG:  duration: 1.000 ms  statement: UPDATE account SET balance = balance + 5 WHERE id = 1
2024-03-04 10:11:12.020 UTC [72] LOG:  duration: 1.000 ms  execute s: UPDATE account SET balance = balance + $1 WHERE id = $2
2024-03-04 10:11:12.020 UTC [72] DETAIL:  parameters: $1 = '7', $2 = '2'
2024-03-04 10:11:12.030 UTC [71] LOG:  duration: 1.000 ms  statement: COMMIT
2024-03-04 10:11:12.040 UTC [72] LOG:  duration: 1.000 ms  statement: BEGIN
2024-03-04 10:11:12.050 UTC [72] LOG:  duration: 1.000 ms  statement: UPDATE account SET balance = 99 WHERE id = 3
2024-03-04 10:11:12.060 UTC [72] LOG:  duration: 1.000 ms  statement: ROLLBACK
2024-03-04 10:11:12.070 UTC [72] ERROR:  relation \"nowhere\" does not exist
2024-03-04 10:11:12.070 UTC [72] STATEMENT:  SELECT * FROM nowhere
2024-03-04 10:11:12.080 UTC [72] LOG:  duration: 1.000 ms  statement: SELECT sum(balance) FROM account
";

#[test]
fn a_capture_is_played_back_with_its_transactions() {
    let Some((runtime, sandbox)) = open() else { return };
    runtime.block_on(async {
        let mut session = sandbox.connect(&SessionOptions::default()).await.unwrap();
        for statement in BANK.split(';') {
            session.command(statement).await.unwrap();
        }
    });
    let desk = Desk::new();
    let log = desk.write("a.log", BANK_LOG);
    let workload = desk.path("a.workload");
    captured(&[&log], &workload, &[]);
    let url = sandbox.url(sandbox.database());
    let play = |options: &[&str]| {
        let run = planwise()
            .arg("run")
            .arg(&workload)
            .args(["--as", "captured", "--db", &url, "--format", "json", "-o"])
            .arg(desk.out())
            .args(options)
            .output()
            .unwrap();
        assert_status(&run, 0);
        serde_json::from_str::<serde_json::Value>(&crate::program::stdout(&run)).unwrap()
    };
    let balances = || {
        runtime.block_on(async {
            let mut session = sandbox.connect(&SessionOptions::default()).await.unwrap();
            let rows = session
                .query_text(
                    "SELECT string_agg(balance::text, ',' ORDER BY id) FROM account WHERE id < 4",
                )
                .await
                .unwrap();
            rows[0].clone().unwrap()
        })
    };
    let read_only = play(&[]);
    assert_eq!(
        (&read_only["captured"], &read_only["sent"], &read_only["failed"]),
        (&9.into(), &2.into(), &1.into()),
        "{read_only:#}"
    );
    assert_eq!(read_only["not_reached"], 0);
    assert_eq!(
        (&read_only["failures"][0]["line"], &read_only["failures"][0]["failed_before"]),
        (&9.into(), &true.into()),
        "{read_only:#}"
    );
    assert_eq!(balances(), "0,0,0");
    let rolled_back = play(&["--writes", "rollback", "--speed", "10"]);
    assert_eq!(
        (&rolled_back["sent"], &rolled_back["failed"]),
        (&9.into(), &1.into()),
        "{rolled_back:#}"
    );
    assert_eq!(balances(), "0,0,0");
    let database = format!("commit={}", sandbox.database());
    let committed = play(&["--writes", &database]);
    assert_eq!(
        (&committed["sent"], &committed["failed"], &committed["connections"]),
        (&9.into(), &1.into(), &2.into()),
        "{committed:#}"
    );
    assert_eq!(balances(), "5,7,0");
    // As captured it takes as long as the capture did.
    assert!(committed["elapsed_s"].as_f64().unwrap() >= 0.079, "{committed:#}");
    let closed = play(&["--closed", "--clients", "2"]);
    assert_eq!((&closed["sent"], &closed["not_reached"]), (&2.into(), &0.into()));
    let open = play(&["--rate", "100", "--clients", "2"]);
    assert_eq!((&open["sent"], &open["not_reached"]), (&2.into(), &0.into()));
}
