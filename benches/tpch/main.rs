//! The advisor on TPC-H: planner cost at several budgets, the bound, the time of the search, and the
//! clock before and after.
//!
//!     cargo bench --bench tpch                    # planner cost, scale 1
//!     cargo bench --bench tpch -- --measured      # also `planwise tune` at 600 MB of real size, and each query's floor
//!     cargo bench --bench tpch -- --scale 0.1
//!
//! Rows come from the `tpchgen` crate; schema and queries from the shared data sets, which are no
//! part of the project (`PLANWISE_DATASETS`). Reference, as published for the same schema, queries and
//! server: 5.019 million cost units and 27.95 s before.

#[path = "../../tests/integration/tpch/data.rs"]
mod data;
mod measured;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use planwise::advise::advise_with;
use planwise::advise::{
    Advice, CostFeedback, Hypotheses, Limits, Request, SizeModel, Thresholds, WhatIf,
};
use planwise::engine::{Session, SessionOptions};
use planwise::interrupt::Interrupt;
use planwise::progress::Progress;
use planwise::run::{Run, Target, estimate};
use planwise::sandbox::{Sandbox, SandboxOptions};
use planwise::workload::{self, Workload};

/// Megabytes of hypothetical size, and the relative cost to reach, as published for other tools.
const BUDGETS: [(u64, f64); 5] =
    [(500, 0.65), (750, 0.65), (1000, 0.65), (1500, 0.52), (3000, 0.52)];

struct Bench {
    sandbox: Sandbox,
    workload: Workload,
}

struct Options {
    scale: f64,
    measured: bool,
    /// Without the planner's costs before it.
    only_measured: bool,
}

#[tokio::main]
async fn main() {
    let options = options();
    let Some(folder) = datasets() else { return };
    let Some(bench) = Bench::open(&folder, options.scale).await else { return };
    let run = bench.run().await;
    println!(
        "{:>8} {:>9} {:>9} {:>9} {:>8} {:>8} {:>7} {:>7}",
        "budget", "used", "real", "relative", "target", "bound", "indexes", "search"
    );
    for (megabytes, target) in BUDGETS.into_iter().filter(|_| !options.only_measured) {
        let advice = bench.advise(&run, megabytes, SizeModel::Hypothetical).await;
        report(&advice, megabytes, target);
    }
    if options.measured {
        measured::measure(&bench, &run)
            .await
            .expect("tune runs on a database that was just loaded");
    }
}

fn options() -> Options {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let after = |name: &str| words.iter().skip_while(|word| *word != name).nth(1);
    Options {
        scale: after("--scale").and_then(|text| text.parse().ok()).unwrap_or(1.0),
        measured: words.iter().any(|word| word.ends_with("measured")),
        only_measured: words.iter().any(|word| word == "--only-measured"),
    }
}

fn datasets() -> Option<PathBuf> {
    let found = folder();
    if found.is_none() {
        println!(
            "*** NOT RUN: tpch: the folder tpch with schema.sql and queries.sql is not there; \
             set PLANWISE_DATASETS to the folder that holds it ***"
        );
    }
    found
}

/// `PLANWISE_DATASETS`, or `shared/datasets` beside the checkout or a folder above it.
pub fn folder() -> Option<PathBuf> {
    let named = std::env::var_os("PLANWISE_DATASETS").map(PathBuf::from);
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR"));
    let beside = checkout.ancestors().skip(1).map(|folder| folder.join("shared/datasets"));
    let roots = named.into_iter().chain(beside);
    roots.map(|root| root.join("tpch")).find(|folder| folder.join("queries.sql").is_file())
}

impl Bench {
    async fn open(folder: &Path, scale: f64) -> Option<Bench> {
        let engine = planwise::engine::by_name("postgres")?;
        let started = Instant::now();
        let sandbox = match Sandbox::start(engine, SandboxOptions::default()).await {
            Ok(sandbox) => sandbox,
            Err(error) => {
                println!("*** NOT RUN: tpch: {error} ***");
                return None;
            }
        };
        data::load(&sandbox, folder, scale).await;
        println!("TPC-H scale {scale}: loaded in {:.1} s", started.elapsed().as_secs_f64());
        let workload = workload::read(&folder.join("queries.sql"), engine.dialect()).ok()?;
        Some(Bench { sandbox, workload })
    }

    fn target(&self) -> Target {
        let statement_timeout = Duration::from_secs(600);
        Target {
            engine: self.sandbox.engine(),
            url: self.sandbox.url(self.sandbox.database()),
            options: SessionOptions { statement_timeout, ..SessionOptions::default() },
        }
    }

    async fn session(&self) -> Box<dyn Session> {
        self.target().connect().await.expect("the sandbox takes connections")
    }

    async fn run(&self) -> Run {
        estimate(&self.target(), &self.workload, &Interrupt::new(), Progress::hidden())
            .await
            .expect("every query can be planned")
    }

    /// On two planners, as many as the machine of the published figures had cores.
    async fn advise(&self, run: &Run, megabytes: u64, size_model: SizeModel) -> Advice {
        let request = Request {
            run,
            findings: &[],
            engine: self.sandbox.engine(),
            thresholds: Thresholds::default(),
            limits: Limits { budget: Some(megabytes << 20), size_model, ..Limits::default() },
            cost_feedback: CostFeedback::default(),
            interrupt: Interrupt::new(),
        };
        let grammar = self.sandbox.engine().index_grammar().expect("indexes can be advised");
        let (mut first, mut second) = (self.session().await, self.session().await);
        let mut lead =
            Hypotheses::open(first.as_mut(), grammar).await.expect("hypothetical indexes");
        let mut other =
            Hypotheses::open(second.as_mut(), grammar).await.expect("hypothetical indexes");
        let others = vec![&mut other as &mut dyn WhatIf];
        advise_with(&request, Some(&mut lead as &mut dyn WhatIf), others).await
    }
}

fn report(advice: &Advice, budget: u64, target: f64) {
    let before = advice.workload_cost_before.unwrap_or(f64::NAN);
    let after = advice.workload_cost_after.unwrap_or(f64::NAN);
    let real: u64 = advice.indexes.iter().filter_map(|index| index.size_bytes).sum();
    let selection = advice.selection.as_ref();
    let bound = selection.and_then(|s| s.lower_bound).map_or(f64::NAN, |bound| bound / before);
    println!(
        "{:>5} MB {:>6} MB {:>6} MB {:>9.3} {:>8} {:>8.3} {:>7} {:>5.1} s   cost {:.3} -> {:.3} million, {} candidates, {} calls",
        budget,
        selection.map_or(0, |s| s.size_bytes) >> 20,
        real >> 20,
        after / before,
        format!("<= {target}"),
        bound,
        advice.indexes.len(),
        advice.search_seconds,
        before / 1e6,
        after / 1e6,
        selection.map_or(0, |s| s.candidates),
        selection.map_or(0, |s| s.planner_calls),
    );
}
