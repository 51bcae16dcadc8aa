//! Two run records, made one after the other.

use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Instant;

use planwise::run::Run;
use serde_json::Value;

use super::shop::{query, signals};
use crate::program::{Desk, assert_says, assert_status, planwise, read_json, stderr, stdout};
use crate::report::sample::tuned;

fn compare(desk: &Desk, before: &Path, after: &Path, more: &[&str]) -> Output {
    let mut command = planwise();
    command.arg("compare").arg(before).arg(after).args(more).arg("--out").arg(desk.out());
    command.output().unwrap()
}

/// The sample's record, its query times multiplied, as ten rounds with a little scatter.
fn record(desk: &Desk, name: &str, factor: f64, change: impl Fn(&mut Run)) -> PathBuf {
    let mut run = tuned().run;
    run.queries.retain(|query| query.latency.is_some());
    run.label = Some(name.to_owned());
    for query in &mut run.queries {
        let typical = query.latency.as_ref().map(|latency| latency.p50_ms * factor);
        let rounds = (0..10).map(|round| typical.map(|ms| ms * (1.0 + f64::from(round) / 500.0)));
        query.rounds_ms = rounds.flatten().collect();
    }
    change(&mut run);
    desk.write(&format!("{name}.json"), serde_json::to_vec(&run).unwrap())
}

fn comparison(desk: &Desk) -> Value {
    read_json(&desk.out().join("comparison.json"))["comparison"].clone()
}

#[test]
fn one_after_the_other_is_low_confidence_and_needs_more() {
    let desk = Desk::new();
    let before = record(&desk, "monday", 1.0, |_| {});
    let slower = record(&desk, "tuesday", 1.5, |_| {});
    let output = compare(&desk, &before, &slower, &["--fail-on", "regression"]);
    assert_status(&output, 1);
    assert_says(&stdout(&output), &["LOW CONFIDENCE", "A = monday, B = tuesday", "beyond 20 %"]);
    assert_says(&stderr(&output), &["is slower by 50 %"]);
    let little = record(&desk, "wednesday", 1.12, |_| {});
    assert_status(&compare(&desk, &before, &little, &["--fail-on", "inconclusive"]), 0);
    assert!(!desk.out().join("run.json").exists(), "a record was written again");
    let comparison = comparison(&desk);
    assert_eq!(comparison["method"], "sequential");
}

#[test]
fn errors_and_surroundings_are_compared_too() {
    let desk = Desk::new();
    let before = record(&desk, "monday", 1.0, |_| {});
    let after = record(&desk, "tuesday", 1.0, |run| {
        run.server.version = "16.1".to_owned();
        run.environment.load_before = 9.0;
        run.queries[0].status = planwise::run::Status::TimedOut { after_ms: 30_000.0 };
        run.queries[1].rows = Some(123.0);
    });
    let output = compare(&desk, &before, &after, &["--fail-on", "regression"]);
    assert_status(&output, 1);
    assert_says(&stderr(&output), &["it fails now: timed out after 30.0 s", "RESULTS DIFFER"]);
    let says = stdout(&output);
    assert_says(&says, &["→ 16.1", "busy: load 9.0"]);
    let surroundings = says.find("Surroundings").unwrap();
    assert!(surroundings < says.find("Query").unwrap(), "verdicts came first:\n{says}");
    let comparison = comparison(&desk);
    let first = comparison["queries"].as_array().unwrap().iter();
    let failed: Vec<&Value> = first.filter(|q| q["verdict"] == "failed").collect();
    assert!(failed.iter().any(|query| !signals(query, "errors-appeared").is_empty()));
}

#[test]
fn a_record_without_rounds_is_inconclusive() {
    let desk = Desk::new();
    let before = record(&desk, "new", 1.0, |_| {});
    let old = record(&desk, "old", 1.0, |run| {
        run.queries.iter_mut().for_each(|query| query.rounds_ms.clear());
    });
    assert_status(&compare(&desk, &before, &old, &["--fail-on", "regression"]), 4);
}

#[test]
fn what_is_no_pair_of_records_is_refused() {
    let desk = Desk::new();
    let good = record(&desk, "good", 1.0, |_| {});
    let refused = |path: &Path, parts: &[&str]| {
        let output = compare(&desk, &good, path, &[]);
        assert_status(&output, 2);
        assert_says(&stderr(&output), parts);
    };
    refused(&desk.write("notes.json", "{\"rows\": 3}"), &["notes.json is no run record"]);
    refused(
        &desk.write("newer.json", "{\"format\": 99, \"planwise\": \"9.0.0\"}"),
        &["planwise 9.0.0 in format 99", "update planwise"],
    );
    refused(&desk.path("absent.json"), &["cannot read", "absent.json"]);
    let other = record(&desk, "other", 1.0, |run| {
        run.workload.name = "other".to_owned();
        run.queries.iter_mut().for_each(|query| query.id = format!("other-{}", query.id));
    });
    refused(&other, &["different workloads", "no query in common"]);
    let output = compare(&desk, &good, &good, &["--set-a", "work_mem=4MB"]);
    assert_status(&output, 2);
    let single = planwise().arg("compare").arg(&good).output().unwrap();
    assert_status(&single, 2);
    assert_says(&stderr(&single), &["one run record alone"]);
    let mut onto = planwise();
    onto.arg("compare").arg(&good).arg(&good).arg("--out").arg(good.parent().unwrap());
    let onto = onto.output().unwrap();
    assert_status(&onto, 2);
    assert_says(&stderr(&onto), &["would be overwritten"]);
}

/// Timing is the benchmark's; here only that thousands are compared at all, each once.
#[test]
fn five_thousand_queries_are_compared() {
    let desk = Desk::new();
    let many = |run: &mut Run| {
        let one = run.queries[0].clone();
        run.queries = (0..5_000)
            .map(|number| {
                let mut query = one.clone();
                query.id = format!("q{number}");
                query
            })
            .collect();
    };
    let before = record(&desk, "before", 1.0, many);
    let after = record(&desk, "after", 1.0, many);
    let started = Instant::now();
    let output = compare(&desk, &before, &after, &["--fail-on", "regression"]);
    assert_status(&output, 0);
    println!("5,000 queries: {:.1} s", started.elapsed().as_secs_f64());
    let comparison = comparison(&desk);
    assert_eq!(comparison["queries"].as_array().unwrap().len(), 5_000);
    assert_eq!(query(&comparison, "q4999")["verdict"], "unchanged");
}
