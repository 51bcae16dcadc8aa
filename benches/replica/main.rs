//! Replicas against their source, on TPC-H: how often both plan alike, how large and how quickly ready a replica is, and
//! whether the choice of indexes at every budget is the one that is made on the source with hypothetical indexes.
//!
//!     cargo bench --bench replica                    # scale 1
//!     cargo bench --bench replica -- --scale 0.1
//!     cargo bench --bench replica -- --tables 5000   # a schema of so many tables instead
//!
//! Rows come from the `tpchgen` crate; schema and queries from the shared data sets, which are no
//! part of the project (`PLANWISE_DATASETS`).

#[path = "../../tests/integration/tpch/data.rs"]
mod data;
mod many;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use planwise::advise::{
    Advice, CostFeedback, Hypotheses, Limits, Request, StoodIn, Thresholds, WhatIf, advise,
};
use planwise::engine::{Access, ExplainMode, SessionOptions};
use planwise::interrupt::Interrupt;
use planwise::plan::{Plan, plan_shape};
use planwise::progress::Progress;
use planwise::run::{Run, Target, estimate, planned_sets};
use planwise::sandbox::{Sandbox, SandboxOptions};
use planwise::snapshot::{Replica, Snapshot};
use planwise::workload::{self, Workload};

/// Megabytes at scale 1, by which no budget, a tight one and a loose one are meant.
const BUDGETS: [Option<u64>; 7] =
    [None, Some(100), Some(250), Some(500), Some(1000), Some(1500), Some(3000)];

const INDEXES: [&str; 7] = [
    "lineitem (l_orderkey)",
    "lineitem (l_shipdate)",
    "lineitem (l_partkey, l_suppkey)",
    "orders (o_custkey)",
    "orders (o_orderdate)",
    "customer (c_nationkey)",
    "part (p_size) WHERE p_size < 20",
];

/// As they are by default, without workers, and with workers wherever they can be.
const SETTINGS: [&[(&str, &str)]; 3] = [
    &[],
    &[("max_parallel_workers_per_gather", "0")],
    &[
        ("max_parallel_workers_per_gather", "4"),
        ("min_parallel_table_scan_size", "0"),
        ("min_parallel_index_scan_size", "0"),
        ("parallel_setup_cost", "0"),
        ("parallel_tuple_cost", "0"),
    ],
];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let given = |name: &str| words.iter().skip_while(|word| *word != name).nth(1);
    if let Some(tables) = given("--tables").and_then(|text| text.parse().ok()) {
        return tokio::runtime::Runtime::new().expect("threads").block_on(many::many(tables));
    }
    let scale = given("--scale").and_then(|text| text.parse().ok()).unwrap_or(1.0);
    let Some(folder) = folder() else {
        println!("*** NOT RUN: replica: set PLANWISE_DATASETS to the folder that holds tpch ***");
        return;
    };
    tokio::runtime::Runtime::new().expect("threads").block_on(all(&folder, scale));
}

fn folder() -> Option<PathBuf> {
    let named = std::env::var_os("PLANWISE_DATASETS").map(PathBuf::from);
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR"));
    let beside = checkout.ancestors().skip(1).map(|folder| folder.join("shared/datasets"));
    let roots = named.into_iter().chain(beside);
    roots.map(|root| root.join("tpch")).find(|folder| folder.join("queries.sql").is_file())
}

async fn all(folder: &Path, scale: f64) {
    let engine = planwise::engine::by_name("postgres").expect("an engine");
    let source = match Sandbox::start(engine, SandboxOptions::default()).await {
        Ok(source) => source,
        Err(error) => return println!("*** NOT RUN: replica: {error} ***"),
    };
    data::load(&source, folder, scale).await;
    settle(&source).await;
    let workload = workload::read(&folder.join("queries.sql"), engine.dialect()).expect("queries");
    println!("TPC-H scale {scale}, without indexes:");
    let (snapshot, replica) = replica(&source).await;
    let run = estimated(&source, &workload).await;
    for budget in BUDGETS {
        let budget = budget.map(|megabytes| (megabytes as f64 * scale * 1048576.0) as u64);
        chosen(&source, &replica, &snapshot, &run, budget).await;
    }
    compared(&source, &replica, &workload).await;
    drop(replica);
    for index in INDEXES {
        command(&source, &format!("CREATE INDEX ON {index}")).await;
    }
    settle(&source).await;
    println!("with indexes:");
    let (_, replica) = self::replica(&source).await;
    compared(&source, &replica, &workload).await;
}

fn patient(access: Access) -> SessionOptions {
    SessionOptions {
        access,
        statement_timeout: std::time::Duration::ZERO,
        ..SessionOptions::default()
    }
}

async fn command(source: &Sandbox, statement: &str) {
    let mut session = source.connect(&patient(Access::Commit)).await.expect("a session");
    session.command(statement).await.expect(statement);
}

async fn settle(source: &Sandbox) {
    for statement in ["VACUUM (ANALYZE)", "CHECKPOINT"] {
        command(source, statement).await;
    }
}

async fn replica(source: &Sandbox) -> (Snapshot, Replica) {
    let states = source.engine().planner_states().expect("states");
    let started = Instant::now();
    let url = source.url(source.database());
    let state = states.read(&url, &SessionOptions::default()).await.expect("a state");
    let read = started.elapsed().as_secs_f64();
    let snapshot = Snapshot::of(state);
    let started = Instant::now();
    let replica = Replica::start(&snapshot, None, Progress::hidden()).await.expect("a replica");
    println!(
        "  read in {read:.1} s, replica ready in {:.1} s, not as on the source: {:?}",
        started.elapsed().as_secs_f64(),
        replica.differing
    );
    (snapshot, replica)
}

async fn estimated(sandbox: &Sandbox, workload: &Workload) -> Run {
    let url = sandbox.owner_url(sandbox.database());
    let options = patient(Access::ReadOnly);
    let target = Target { engine: sandbox.engine(), url, options };
    estimate(&target, workload, &Interrupt::new(), Progress::hidden()).await.expect("plans")
}

async fn advised(run: &Run, what_if: &mut dyn WhatIf, budget: Option<u64>) -> Advice {
    let request = Request {
        run,
        findings: &[],
        engine: planwise::engine::by_name("postgres").expect("an engine"),
        thresholds: Thresholds::default(),
        limits: Limits { budget, ..Limits::default() },
        cost_feedback: CostFeedback::default(),
        interrupt: Interrupt::new(),
    };
    advise(&request, Some(what_if)).await
}

async fn chosen(
    source: &Sandbox,
    replica: &Replica,
    snapshot: &Snapshot,
    run: &Run,
    budget: Option<u64>,
) {
    let grammar = source.engine().index_grammar().expect("indexes");
    let options = patient(Access::ReadOnly);
    let mut session = source.connect(&options).await.expect("a session");
    let mut lead = Hypotheses::open(session.as_mut(), grammar).await.expect("hypopg");
    let there = advised(run, &mut lead, budget).await;
    let sandbox = &replica.sandbox;
    let url = sandbox.owner_url(sandbox.database());
    let mut session = sandbox.engine().connect(&url, &options).await.expect("a session");
    let mut lead = Hypotheses::open(session.as_mut(), grammar).await.expect("hypopg");
    let shown = advised(run, &mut lead, budget).await;
    let stand_ins = replica.stand_ins(&snapshot.state).await.expect("stand-ins");
    let lead = StoodIn::open(session.as_mut(), grammar, stand_ins.expect("stand-ins")).await;
    let stood = advised(run, &mut lead.without_hypotheses(), budget).await;
    let cost = |advice: &Advice| advice.workload_cost_after.unwrap_or(f64::NAN) / 1e6;
    println!(
        "  budget {:>8}: source {} indexes, cost {:.4} million; replica, hypothetical: {} indexes, {:.4}, {} apart; \
         stand-ins: {} indexes, {:.4}, {} apart ({:.0} s)",
        budget.map_or("none".to_owned(), |budget| format!("{} MB", budget >> 20)),
        there.indexes.len(),
        cost(&there),
        shown.indexes.len(),
        cost(&shown),
        apart(&there, &shown).len(),
        stood.indexes.len(),
        cost(&stood),
        apart(&there, &stood).len(),
        stood.search_seconds,
    );
    for index in apart(&there, &stood) {
        println!("      {index}");
    }
}

fn apart(one: &Advice, other: &Advice) -> Vec<String> {
    let names = |advice: &Advice| -> BTreeSet<String> {
        let text = |index: &planwise::advise::IndexAdvice| {
            format!(
                "{} {} ({}) include ({}) {:?}",
                index.table,
                index.method,
                index.columns.join(", "),
                index.include.join(", "),
                index.predicate
            )
        };
        advice.indexes.iter().map(text).collect()
    };
    names(one).symmetric_difference(&names(other)).cloned().collect()
}

async fn plans(
    sandbox: &Sandbox,
    workload: &Workload,
    settings: &[(&str, &str)],
) -> Vec<(String, Plan)> {
    let settings = settings.iter().chain(&[("jit", "off")]);
    let settings = settings.map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let options = SessionOptions { settings, ..patient(Access::ReadOnly) };
    let mut session = sandbox.connect(&options).await.expect("a session");
    let mut plans = Vec::new();
    for query in &workload.queries {
        for params in planned_sets(query) {
            let explained = session.explain(&query.sql, &params, ExplainMode::Estimate).await;
            plans.push((query.id.clone(), explained.expect("a plan").plan));
        }
    }
    plans
}

async fn compared(source: &Sandbox, replica: &Replica, workload: &Workload) {
    for settings in SETTINGS {
        let there = plans(source, workload, settings).await;
        let here = plans(&replica.sandbox, workload, settings).await;
        let cost = |plan: &Plan| plan.root.total_cost.unwrap_or(f64::NAN);
        let (mut same_shape, mut same_cost) = (0, 0);
        for ((query, there), (_, here)) in there.iter().zip(&here) {
            let shape = plan_shape(there) == plan_shape(here);
            let near = (cost(here) / cost(there) - 1.0).abs() < 0.01;
            same_shape += usize::from(shape);
            same_cost += usize::from(near);
            if !shape || !near {
                println!("    {query}: cost {} there, {} here", cost(there), cost(here));
            }
        }
        println!(
            "  {} plans, {same_shape} of one shape, {same_cost} within a hundredth of the cost  {settings:?}",
            there.len()
        );
    }
}
