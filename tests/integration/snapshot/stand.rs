//! A source with data, its snapshot, and both sides' plans.

use std::path::Path;

use planwise::engine::{self, Access, ExplainMode, Session, SessionOptions};
use planwise::plan::{Plan, plan_shape};
use planwise::progress::Progress;
use planwise::run::planned_sets;
use planwise::sandbox::Sandbox;
use planwise::snapshot::{Replica, Snapshot};
use planwise::workload::{self, Workload};

/// Tables of every kind that a planner looks at in a way of its own.
pub const EDGES: &str = include_str!("../../fixtures/snapshot/edges.sql");
pub const EDGE_QUERIES: &str = include_str!("../../fixtures/snapshot/edges-queries.sql");
pub const PGBENCH: &str = include_str!("../../fixtures/snapshot/pgbench.sql");
pub const PGBENCH_QUERIES: &str = include_str!("../../fixtures/snapshot/pgbench-queries.sql");
pub const PAGILA_QUERIES: &str = include_str!("../../fixtures/snapshot/pagila-queries.sql");

pub fn patient(access: Access) -> SessionOptions {
    SessionOptions {
        access,
        statement_timeout: std::time::Duration::ZERO,
        ..SessionOptions::default()
    }
}

/// A database of its own in `sandbox`, made by `script` and settled.
pub async fn database(sandbox: &mut Sandbox, name: &str, script: &str) {
    let mut session = sandbox.connect(&patient(Access::Commit)).await.unwrap();
    session.command(&format!("CREATE DATABASE {name} OWNER planwise")).await.unwrap();
    sandbox.set_database(name.to_owned());
    let mut session = sandbox.connect(&patient(Access::Commit)).await.unwrap();
    run(session.as_mut(), script).await;
    settle(session.as_mut()).await;
}

pub async fn run(session: &mut dyn Session, script: &str) {
    let bar = Progress::hidden().bar(1, "");
    let mut source = script.as_bytes();
    let loaded = session.load_script(&mut source, "script", &bar).await;
    loaded.unwrap_or_else(|error| panic!("{:#}", anyhow::Error::from(error)));
}

/// Heights are read from files, so what is known has to be in them.
pub async fn settle(session: &mut dyn Session) {
    for statement in ["VACUUM (ANALYZE)", "CHECKPOINT"] {
        session.command(statement).await.unwrap();
    }
}

pub async fn snapshot(sandbox: &Sandbox) -> Snapshot {
    let states = engine::by_name("postgres").unwrap().planner_states().unwrap();
    let url = sandbox.url(sandbox.database());
    Snapshot::of(states.read(&url, &SessionOptions::default()).await.unwrap())
}

pub async fn replica(snapshot: &Snapshot, programs: Option<&Path>) -> Replica {
    let replica = Replica::start(snapshot, programs, Progress::hidden()).await;
    replica.unwrap_or_else(|error| panic!("{error:#}"))
}

pub fn queries(text: &str) -> Workload {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("queries.sql");
    std::fs::write(&file, text).unwrap();
    read(&file)
}

pub fn read(path: &Path) -> Workload {
    workload::read(path, engine::by_name("postgres").unwrap().dialect()).unwrap()
}

/// The plan of every query and set of parameters; its name, and the plan or why there is none.
pub async fn plans(
    sandbox: &Sandbox,
    workload: &Workload,
    settings: &[(&str, &str)],
) -> Vec<(String, Result<Plan, String>)> {
    // Compiling what planwise itself asks takes longer than running it.
    let settings = settings
        .iter()
        .chain(&[("jit", "off")])
        .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
        .collect();
    let options = SessionOptions { settings, ..patient(Access::ReadOnly) };
    let url = sandbox.url(sandbox.database());
    let mut session = sandbox.engine().connect(&url, &options).await.unwrap();
    let mut plans = Vec::new();
    for query in &workload.queries {
        for (n, params) in planned_sets(query).iter().enumerate() {
            session.under(&query.settings);
            let plan = session.explain(&query.sql, params, ExplainMode::Estimate).await;
            let plan = plan.map(|explained| explained.plan).map_err(|error| error.to_string());
            plans.push((format!("{}/{n}", query.id), plan));
        }
    }
    plans
}

#[derive(Debug, Default)]
pub struct Agreement {
    pub plans: usize,
    pub same_shape: usize,
    /// Total cost within one in a hundred.
    pub same_cost: usize,
    pub exceptions: Vec<String>,
}

impl Agreement {
    pub fn add(&mut self, other: Agreement) {
        self.plans += other.plans;
        self.same_shape += other.same_shape;
        self.same_cost += other.same_cost;
        self.exceptions.extend(other.exceptions);
    }

    pub fn shape_rate(&self) -> f64 {
        self.same_shape as f64 / self.plans as f64
    }

    pub fn cost_rate(&self) -> f64 {
        self.same_cost as f64 / self.plans as f64
    }
}

pub fn agreement(
    place: &str,
    source: Vec<(String, Result<Plan, String>)>,
    replica: Vec<(String, Result<Plan, String>)>,
) -> Agreement {
    let mut agreement = Agreement::default();
    for ((name, there), (_, here)) in source.into_iter().zip(replica) {
        // What the source itself cannot plan says nothing.
        let Ok(there) = there else {
            panic!("{place} {name}: {}", there.unwrap_err());
        };
        agreement.plans += 1;
        let here = match here {
            Ok(here) => here,
            Err(error) => {
                agreement.exceptions.push(format!("{place} {name}: no plan: {error}"));
                continue;
            }
        };
        let (shape, cost) = (plan_shape(&there) == plan_shape(&here), ratio(&there, &here));
        agreement.same_shape += usize::from(shape);
        agreement.same_cost += usize::from(cost < 1.01);
        if !shape || cost >= 1.01 {
            agreement.exceptions.push(format!(
                "{place} {name}: cost {:?} there, {:?} here\n{}{}",
                there.root.total_cost,
                here.root.total_cost,
                plan_shape(&there),
                if shape { String::new() } else { format!("  became\n{}", plan_shape(&here)) }
            ));
        }
    }
    agreement
}

fn ratio(one: &Plan, other: &Plan) -> f64 {
    let (one, other) = (one.root.total_cost.unwrap(), other.root.total_cost.unwrap());
    one.max(other) / one.min(other).max(1e-9)
}
