//! What is found where nothing but the server's own statistics of statements is known: no file, and no values.

use std::path::Path;

use planwise::advise::Advice;
use planwise::engine::SessionOptions;
use planwise::interrupt::Interrupt;
use planwise::progress::Progress;
use planwise::report::{AdviceFile, FindingsFile};
use planwise::rule::Finding;
use planwise::run::{ExplainDepth, Length, RunOptions, Target, replay};
use planwise::sample::{self, score};
use planwise::workload::{self, Workload};
use serde_json::Value;

use super::load::spec;
use crate::parts;
use crate::program::{Desk, assert_status, planwise, read_json};

const SCALE: f64 = 0.1;
/// Planted faults that an index or a finding about an access path answers, of which twelve must be found.
const LEAST: usize = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn planted_faults_are_found_from_statistics_of_statements_alone() {
    let Some(sandbox) = parts::postgres().await else { return };
    let engine = sandbox.engine();
    let url = sandbox.url(sandbox.database());
    sample::load(engine, &url, &spec(SCALE), Progress::hidden()).await.unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("workloads/rental");
    let workload = workload::read(&folder, engine.dialect()).unwrap();
    let mut session = sandbox.connect(&SessionOptions::default()).await.unwrap();
    session.query_text("SELECT pg_stat_statements_reset()").await.unwrap();
    drop(session);
    // As an application would ask, and no plan is asked for.
    let target = Target { engine, url: url.clone(), options: SessionOptions::default() };
    let options = RunOptions {
        length: Length::Rounds(2),
        explain: ExplainDepth::None,
        ..RunOptions::default()
    };
    let interrupt = Interrupt::new();
    let asked = replay(&target, &workload, &options, &interrupt, Progress::hidden());
    asked.await.unwrap();
    let desk = Desk::new();
    let advise = planwise()
        .args(["advise", "--from-db", "--measure", "--db", &url, "-o"])
        .arg(desk.out())
        .output()
        .unwrap();
    assert_status(&advise, 0);
    let run = desk.run_json();
    let renamed = by_fingerprint(workload, &run);
    let (findings, advice) = answers(&desk);
    let score = score(&renamed, &findings, &advice);
    let notes = run["notes"].to_string();
    let report =
        format!("{score}\n{score:#?}\n{notes}\n{}", super::faults::listing(&findings, &advice));
    println!("{report}");
    let indexes = score.found.iter().filter(|id| is_of_index(&renamed, id)).count();
    println!("of indexes and access paths: {indexes}");
    assert!(indexes >= LEAST, "{report}");
}

fn answers(desk: &Desk) -> (Vec<Finding>, Advice) {
    let read = |name: &str| read_json(&desk.out().join(name));
    let findings: FindingsFile = serde_json::from_value(read("findings.json")).unwrap();
    let advice: AdviceFile = serde_json::from_value(read("advice.json")).unwrap();
    (findings.findings, advice.advice)
}

/// The planted workload with its queries called as the run calls them.
fn by_fingerprint(mut workload: Workload, run: &Value) -> Workload {
    let mut names = Vec::new();
    for query in &mut workload.queries {
        let Ok(shape) = &query.shape else { continue };
        let known = run["queries"].as_array().unwrap().iter().find(|asked| {
            asked["shape"]["fingerprint"].as_str() == Some(shape.fingerprint.as_str())
        });
        match known.and_then(|asked| asked["id"].as_str()) {
            Some(id) => {
                names.push((query.id.clone(), id.to_owned()));
                query.id = id.to_owned();
            }
            None => println!("not among what the server remembers: {}", query.id),
        }
    }
    for fault in &mut workload.faults {
        let name =
            fault.query.as_ref().and_then(|query| names.iter().find(|(old, _)| old == query));
        fault.query = name.map(|(_, new)| new.clone()).or(fault.query.take());
    }
    workload
}

/// Not of statistics, memory, or how an application asks.
fn is_of_index(workload: &Workload, id: &str) -> bool {
    let others = [
        "select-star",
        "n-plus-one",
        "sort-spill",
        "hash-batches",
        "correlated-columns",
        "stale-statistics",
    ];
    workload.faults.iter().any(|fault| fault.id == id) && !others.contains(&id)
}
