//! A thousand different queries over three hundred tables: how long the advisor takes, and how much
//! memory.
//!
//!     cargo bench --bench fleet                     # 1,000 queries, 300 tables
//!     cargo bench --bench fleet -- --budget 2000    # one set within so many megabytes
//!
//! Tables have few rows; their statistics say that they have many, as on a copy without rows.

use std::fmt::Write as _;
use std::time::Instant;

use planwise::advise::{
    Advice, CostFeedback, Hypotheses, Limits, Request, Thresholds, WhatIf, advise_with,
};
use planwise::engine::{Access, SessionOptions};
use planwise::interrupt::Interrupt;
use planwise::progress::Progress;
use planwise::run::{Target, estimate};
use planwise::sandbox::{Sandbox, SandboxOptions};
use planwise::workload;

const TABLES: usize = 300;
const QUERIES: usize = 1_000;
const ROWS: usize = 3_000;

#[tokio::main]
async fn main() {
    let Some(engine) = planwise::engine::by_name("postgres") else { return };
    let sandbox = match Sandbox::start(engine, SandboxOptions::default()).await {
        Ok(sandbox) => sandbox,
        Err(error) => return println!("*** NOT RUN: fleet: {error} ***"),
    };
    let options = SessionOptions { access: Access::Commit, ..SessionOptions::default() };
    let mut session = sandbox.connect(&options).await.expect("the sandbox takes connections");
    session.command(&schema()).await.expect("the schema loads");
    session.command("VACUUM (ANALYZE)").await.expect("statistics are gathered");

    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("fleet.sql");
    std::fs::write(&file, queries()).expect("the queries are written");
    let workload = workload::read(&file, engine.dialect()).expect("the queries are read");
    let url = sandbox.owner_url(sandbox.database());
    let target = Target { engine, url, options: SessionOptions::default() };

    let started = Instant::now();
    let run = estimate(&target, &workload, &Interrupt::new(), Progress::hidden())
        .await
        .expect("every query can be planned");
    let estimated = started.elapsed().as_secs_f64();
    let request = Request {
        run: &run,
        findings: &[],
        engine,
        thresholds: Thresholds::default(),
        limits: Limits { budget: budget(), ..Limits::default() },
        cost_feedback: CostFeedback::default(),
        interrupt: Interrupt::new(),
    };
    let advice = advised(&request, &sandbox).await;
    println!(
        "{} queries over {TABLES} tables: {} indexes, plans {estimated:.1} s, search {:.1} s, \
         all {:.1} s (target < 60 s), peak memory {} MB (target < 1024 MB)",
        workload.queries.len(),
        advice.indexes.len(),
        advice.search_seconds,
        started.elapsed().as_secs_f64(),
        peak_megabytes()
    );
    if let (Some(before), Some(after)) = (advice.workload_cost_before, advice.workload_cost_after) {
        println!("relative cost {:.3}; {:?}", after / before, advice.selection);
    }
}

/// On two planners, whatever the machine has.
async fn advised(request: &Request<'_>, sandbox: &Sandbox) -> Advice {
    let grammar = sandbox.engine().index_grammar().expect("indexes can be advised");
    let options = SessionOptions::default();
    let mut first = sandbox.connect(&options).await.expect("a session");
    let mut second = sandbox.connect(&options).await.expect("a session");
    let mut lead = Hypotheses::open(first.as_mut(), grammar).await.expect("hypothetical indexes");
    let mut other = Hypotheses::open(second.as_mut(), grammar).await.expect("hypothetical indexes");
    let others = vec![&mut other as &mut dyn WhatIf];
    advise_with(request, Some(&mut lead as &mut dyn WhatIf), others).await
}

fn budget() -> Option<u64> {
    let words: Vec<String> = std::env::args().collect();
    let megabytes = words.iter().skip_while(|word| *word != "--budget").nth(1)?;
    megabytes.parse::<u64>().ok().map(|megabytes| megabytes << 20)
}

fn schema() -> String {
    let mut sql = String::new();
    for t in 0..TABLES {
        let parent = t / 2;
        let _ = writeln!(
            sql,
            "CREATE TABLE t{t} (id int PRIMARY KEY, parent int NOT NULL, customer int NOT NULL, \
             state text NOT NULL, placed timestamptz NOT NULL, amount numeric(12,2) NOT NULL, note text);\n\
             INSERT INTO t{t} SELECT i, i % 1000, (i * 7919) % 2000, \
             CASE WHEN i % 50 = 0 THEN 'open' ELSE 'done' END, \
             timestamptz '2024-01-01' + i * interval '1 minute', i % 997, repeat('n', 40 + {parent} % 7) \
             FROM generate_series(1, {ROWS}) i;"
        );
    }
    sql
}

/// Distinct shapes: each combines a table, a kind of question and a constant.
fn queries() -> String {
    let mut sql = String::new();
    for q in 0..QUERIES {
        let (t, other) = (q % TABLES, (q * 7 + 1) % TABLES);
        let (kind, value) = (q / TABLES, q % 1_000);
        let text = match (kind + q) % 6 {
            0 => format!("SELECT * FROM t{t} WHERE customer = {value}"),
            1 => format!(
                "SELECT id, amount FROM t{t} WHERE customer = {value} AND state = 'open' ORDER BY placed DESC LIMIT 10"
            ),
            2 => format!(
                "SELECT a.note, b.amount FROM t{t} a JOIN t{other} b ON b.parent = a.id WHERE a.customer = {value}"
            ),
            3 => format!(
                "SELECT state, sum(amount) FROM t{t} WHERE placed >= timestamptz '2024-01-01' + {value} * interval '1 minute' \
                 AND placed < timestamptz '2024-01-01' + {} * interval '1 minute' GROUP BY state",
                value + 60
            ),
            4 => format!("SELECT max(placed) FROM t{t} WHERE parent = {value}"),
            _ => format!(
                "SELECT count(*) FROM t{t} a WHERE a.state = 'open' AND EXISTS \
                 (SELECT 1 FROM t{other} b WHERE b.customer = a.customer AND b.amount > {value})"
            ),
        };
        let _ = writeln!(sql, "-- name: q{q}\n{text};");
    }
    sql
}

/// The most this process ever had in memory.
fn peak_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) / 1024
}
