//! Plans that a log holds with its queries are judged like any plan.

use std::path::{Path, PathBuf};

use planwise::engine::SessionOptions;
use planwise::sandbox::{Sandbox, SandboxOptions};
use serde_json::Value;

use super::{captured, shown};
use crate::program::{Desk, assert_says, assert_status, planwise, stdout};

const SCHEMA: &str = "
    CREATE TABLE orders (id bigserial PRIMARY KEY, customer int NOT NULL, note text NOT NULL);
    INSERT INTO orders (customer, note) SELECT i % 20000, repeat('x', 60) FROM generate_series(1, 200000) i;
    VACUUM ANALYZE orders";
const SLOW: &str = "SELECT id, note FROM orders WHERE customer = 4711";

/// A server that logs every statement into files of its own.
pub fn logging(more: &[(&str, &str)]) -> Option<(tokio::runtime::Runtime, Sandbox)> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let own = [
        ("logging_collector", "on"),
        ("log_min_duration_statement", "0"),
        ("log_line_prefix", "%m [%p] %u@%d "),
        ("log_rotation_age", "0"),
        ("log_rotation_size", "0"),
    ];
    let settings = own.iter().chain(more);
    let settings =
        settings.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let options = SandboxOptions { settings, ..SandboxOptions::default() };
    let sandbox = runtime.block_on(crate::parts::sandbox("postgres", options))?;
    Some((runtime, sandbox))
}

/// All that the server has logged so far.
pub fn log_of(runtime: &tokio::runtime::Runtime, sandbox: &Sandbox) -> String {
    runtime.block_on(async {
        let mut session = sandbox.connect(&SessionOptions::default()).await.unwrap();
        let log = session.query_text("SELECT pg_read_file(pg_current_logfile())").await.unwrap();
        log.into_iter().flatten().collect()
    })
}

fn run_statements(runtime: &tokio::runtime::Runtime, sandbox: &Sandbox, statements: &[String]) {
    runtime.block_on(async {
        let mut session = sandbox.connect(&SessionOptions::default()).await.unwrap();
        for statement in statements {
            session.command(statement).await.unwrap_or_else(|e| panic!("{statement}: {e}"));
        }
    });
}

fn explaining(format: &str) -> Vec<String> {
    let mut statements: Vec<String> = [
        "LOAD 'auto_explain'",
        "SET auto_explain.log_min_duration = 0",
        "SET auto_explain.log_analyze = on",
        "SET max_parallel_workers_per_gather = 0",
    ]
    .map(str::to_owned)
    .to_vec();
    statements.push(format!("SET auto_explain.log_format = {format}"));
    statements.extend([SLOW.to_owned(), SLOW.replace("4711", "4712")]);
    statements
}

fn run_with(workload: &Path, sandbox: &Sandbox, desk: &Desk) -> Value {
    let url = sandbox.url(sandbox.database());
    let run = planwise()
        .arg("run")
        .arg(workload)
        .args(["--db", &url, "-o"])
        .arg(desk.out())
        .output()
        .unwrap();
    assert_status(&run, 0);
    crate::program::read_json(&desk.out().join("findings.json"))
}

#[test]
fn plans_of_every_format_are_judged_and_ranked() {
    let Some((runtime, sandbox)) = logging(&[]) else { return };
    let schema: Vec<String> = SCHEMA.split(';').map(str::to_owned).collect();
    run_statements(&runtime, &sandbox, &schema);
    for format in ["text", "json", "xml", "yaml"] {
        let before = log_of(&runtime, &sandbox).len();
        run_statements(&runtime, &sandbox, &explaining(format));
        let log = log_of(&runtime, &sandbox);
        let desk = Desk::new();
        let file = desk.write("server.log", &log[before..]);
        let digest = captured(&[&file], &desk.path("a.workload"), &["--statement", "FROM orders"]);
        assert_eq!(digest["statements"], 2, "{format}: {}", &log[before..]);
        let query = super::query(&digest, "FROM orders");
        assert_eq!((&query["plans"], &query["plans_told"]), (&2.into(), &2.into()), "{format}");
        let plans = &digest["captured_plans"];
        assert_eq!(plans["judged"], 2, "{format}: {plans:#}");
        assert_eq!(plans["unread"].as_array().unwrap().len(), 0, "{format}: {plans:#}");
        let finding = &plans["findings"][0];
        assert_eq!(finding["finding"]["rule"], "seq-scan-discards-rows", "{format}: {plans:#}");
        assert_eq!(finding["calls"], 2);
        let seen_in = finding["finding"]["seen_in"].as_str().unwrap();
        assert!(seen_in.contains("server.log:"), "{seen_in}");
    }
}

fn one_capture(desk: &Desk, log: &str) -> PathBuf {
    let file = desk.write("server.log", log);
    let workload = desk.path("a.workload");
    captured(&[&file], &workload, &["--statement", "FROM orders"]);
    workload
}

/// What the plan in the log shows stands in a run's report where the run's own plan does not show it; once where both do.
#[test]
fn a_run_tells_what_the_logged_plan_showed() {
    let Some((runtime, sandbox)) = logging(&[]) else { return };
    let schema: Vec<String> = SCHEMA.split(';').map(str::to_owned).collect();
    run_statements(&runtime, &sandbox, &schema);
    let before = log_of(&runtime, &sandbox).len();
    run_statements(&runtime, &sandbox, &explaining("json"));
    let log = log_of(&runtime, &sandbox);
    let desk = Desk::new();
    let workload = one_capture(&desk, &log[before..]);
    let of_scan = |findings: &Value| -> Vec<Value> {
        let findings = findings.as_array().or(findings["findings"].as_array()).unwrap().clone();
        findings.into_iter().filter(|f| f["rule"] == "seq-scan-discards-rows").collect()
    };
    let both = of_scan(&run_with(&workload, &sandbox, &desk));
    assert_eq!(both.len(), 1, "{both:#?}");
    assert!(both[0]["seen_in"].is_null(), "the run's own stands: {both:#?}");
    let index = ["CREATE INDEX ON orders (customer)", "ANALYZE orders"].map(str::to_owned);
    run_statements(&runtime, &sandbox, &index);
    let only_logged = of_scan(&run_with(&workload, &sandbox, &desk));
    assert_eq!(only_logged.len(), 1, "{only_logged:#?}");
    let message = only_logged[0]["message"].as_str().unwrap();
    assert_says(message, &["In the plan at", "server.log:", "of an execution of"]);

    let text = planwise().args(["workload", "show"]).arg(&workload).output().unwrap();
    assert_status(&text, 0);
    assert_says(&stdout(&text), &["Findings in captured plans (2 plans judged)", "orders"]);
    let page = desk.path("page.html");
    let html =
        planwise().args(["workload", "show"]).arg(&workload).arg("--html").arg(&page).output();
    assert_status(&html.unwrap(), 0);
    let page = std::fs::read_to_string(page).unwrap();
    assert_says(&page, &["Findings in captured plans", "seq-scan-discards-rows"]);
}

/// A plan that the log cut off is said to be unread, and a redacted capture holds none.
#[test]
fn a_plan_that_cannot_be_read_is_said() {
    let desk = Desk::new();
    let log = desk.write(
        "a.log",
        "2024-03-04 10:11:12.000 UTC [71] LOG:  duration: 12.000 ms  plan:\n\
         \t{\n\
         \t  \"Query Text\": \"SELECT 1 FROM t WHERE a = 5\",\n\
         \t  \"Plan\": {\n\
         \t    \"Node Type\": \"Seq Sc\n\
         2024-03-04 10:11:12.001 UTC [71] LOG:  duration: 12.100 ms  statement: SELECT 1 FROM t WHERE a = 5\n",
    );
    let target = desk.path("a.workload");
    let digest = captured(&[&log], &target, &[]);
    assert_eq!((&digest["statements"], &digest["duration_ms"]), (&1.into(), &12.1.into()));
    let unread = &digest["captured_plans"]["unread"];
    assert_eq!(unread.as_array().unwrap().len(), 1, "{digest:#}");
    assert_eq!(unread[0]["line"], 1);
    captured(&[&log], &target, &["--redact"]);
    let redacted = shown(&target);
    assert_eq!(redacted["captured_plans"]["unread"].as_array().unwrap().len(), 0);
    assert!(!redacted.to_string().contains("Seq Sc"), "{redacted:#}");
}

/// As MariaDB 10.11 writes it with log_slow_verbosity=explain: its own header has tabs, and lines of EXPLAIN are a plan.
#[test]
fn explain_lines_of_a_slow_log_are_a_plan() {
    let desk = Desk::new();
    let log = desk.write(
        "slow.log",
        "/usr/sbin/mariadbd, Version: 10.11.19-MariaDB-0+deb12u1 (Debian 12). started with:\n\
         Tcp port: 0  Unix socket: /tmp/mysql.sock\n\
         Time\t\t    Id Command\tArgument\n\
         # Time: 261128 22:37:22\n\
         # User@Host: root[root] @ localhost []\n\
         # Thread_id: 7  Schema: test  QC_hit: No\n\
         # Query_time: 0.013048  Lock_time: 0.000067  Rows_sent: 10  Rows_examined: 50000\n\
         # Rows_affected: 0  Bytes_sent: 1008\n\
         #\n\
         # explain: id\tselect_type\ttable\ttype\tpossible_keys\tkey\tkey_len\tref\trows\tr_rows\tfiltered\tr_filtered\tExtra\n\
         # explain: 1\tSIMPLE\tt\tALL\tNULL\tNULL\tNULL\tNULL\t49762\t50000.00\t100.00\t0.02\tUsing where\n\
         #\n\
         SET timestamp=1795905442;\n\
         SELECT id, note FROM t WHERE a = 42;\n",
    );
    let digest = captured(&[&log], &desk.path("a.workload"), &[]);
    assert_eq!((&digest["statements"], &digest["rejected"]), (&1.into(), &0.into()), "{digest:#}");
    let plans = &digest["captured_plans"];
    assert_eq!(plans["judged"], 1, "{plans:#}");
    assert_eq!(plans["unread"].as_array().unwrap().len(), 0, "{plans:#}");
}
