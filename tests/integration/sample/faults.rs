//! What replaying, judging and advising make of the faults that were planted.

use std::path::Path;
use std::time::Duration;

use indexmap::IndexMap;
use planwise::advise::{self, Advice, Built, CostFeedback, Limits, Request, Thresholds, WhatIf};
use planwise::engine::{Access, SessionOptions};
use planwise::interrupt::Interrupt;
use planwise::plan::measure;
use planwise::progress::Progress;
use planwise::rule::{self, Finding, RuleSet};
use planwise::run::{Length, Run, RunOptions, Target, replay};
use planwise::sample::{self, score};
use planwise::sandbox::Sandbox;
use planwise::workload::{self, Workload};

use super::load::spec;
use crate::parts;

/// Large enough that every fault takes time, small enough for a test without optimisation.
const SCALE: f64 = 0.1;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_come_to_light_and_healthy_queries_are_left_alone() {
    let Some(sandbox) = parts::postgres().await else { return };
    let engine = sandbox.engine();
    let url = sandbox.url(sandbox.database());
    sample::load(engine, &url, &spec(SCALE), Progress::hidden()).await.unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("workloads/rental");
    let workload = workload::read(&folder, engine.dialect()).unwrap();

    let run = replayed(&sandbox, &workload).await;
    let findings = judged(&run, &sandbox);
    let advice = advised(&run, &findings, &sandbox).await;

    let score = score(&workload, &findings, &advice);
    let report = format!("{score}\n{score:#?}\n{}", listing(&findings, &advice));
    println!("{report}");
    // Sorts and hashes only outgrow the server's memory at a larger scale.
    let missed: Vec<&str> = score.missed.iter().map(String::as_str).collect();
    assert!(missed.iter().all(|id| ["sort-spill", "hash-batches"].contains(id)), "{report}");
    assert!(score.false_alarms.is_empty(), "{report}");
}

pub(super) async fn replayed(sandbox: &Sandbox, workload: &Workload) -> Run {
    let options =
        SessionOptions { statement_timeout: Duration::from_secs(60), ..Default::default() };
    let url = sandbox.url(sandbox.database());
    let target = Target { engine: sandbox.engine(), url, options };
    let options = RunOptions { length: Length::Rounds(3), ..RunOptions::default() };
    replay(&target, workload, &options, &Interrupt::new(), Progress::hidden()).await.unwrap()
}

pub(super) fn judged(run: &Run, sandbox: &Sandbox) -> Vec<Finding> {
    let planned = run.queries.iter().filter_map(|query| Some((query, query.plans.first()?)));
    let measurements: IndexMap<_, _> =
        planned.map(|(query, record)| (query.id.clone(), measure(&record.plan))).collect();
    let rules = RuleSet::load(&[]).unwrap_or_else(|problems| panic!("{problems}"));
    let judgement = rule::judge(run, &measurements, &rules, sandbox.engine());
    assert_eq!(judgement.cannot_judge, [], "every rule has what it needs here");
    judgement.findings
}

pub(super) async fn advised(run: &Run, findings: &[Finding], sandbox: &Sandbox) -> Advice {
    let options = SessionOptions { access: Access::Commit, ..SessionOptions::default() };
    let mut session = sandbox.connect(&options).await.unwrap();
    let grammar = sandbox.engine().index_grammar().expect("this engine builds indexes");
    let mut built = Built::open(&mut *session, grammar).await.unwrap();
    let request = Request {
        run,
        findings,
        engine: sandbox.engine(),
        thresholds: Thresholds::default(),
        limits: Limits::default(),
        cost_feedback: CostFeedback::default(),
        interrupt: Interrupt::new(),
    };
    advise::advise(&request, Some(&mut built as &mut dyn WhatIf)).await
}

/// For the reader of a failure.
pub(super) fn listing(findings: &[Finding], advice: &Advice) -> String {
    let findings = findings.iter().map(|f| {
        let query = f.query.clone().unwrap_or_else(|| f.queries.join(" "));
        format!("{:?} {} [{query}] {}", f.severity, f.rule, f.message)
    });
    let indexes = advice.indexes.iter().map(|i| format!("{} [{}]", i.ddl, i.queries.join(" ")));
    let drops = advice.drops.iter().map(|d| format!("{}: {}", d.ddl, d.why));
    let notes = advice.notes.iter().cloned();
    findings.chain(indexes).chain(drops).chain(notes).collect::<Vec<_>>().join("\n")
}
