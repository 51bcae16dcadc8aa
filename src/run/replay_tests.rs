use std::time::Duration;

use super::*;
use crate::engine::DbErrorKind;
use crate::plan::Evidence;
use crate::run::scripted::{Act, Scripted, query, workload};
use crate::sql::StatementKind;
use crate::workload::Step;

async fn run_with(engine: &'static Scripted, workload: &Workload, options: RunOptions) -> Run {
    let target = Target { engine, url: String::new(), options: SessionOptions::default() };
    replay(&target, workload, &options, &Interrupt::new(), Progress::hidden()).await.unwrap()
}

fn rounds(rounds: u32) -> RunOptions {
    RunOptions { length: Length::Rounds(rounds), warmup_rounds: 2, ..RunOptions::default() }
}

#[tokio::test]
async fn warm_up_and_first_execution_are_not_counted() {
    let engine = Scripted::engine(&[("a", Act::Take(5))]);
    let run = run_with(engine, &workload(vec![query("a", StatementKind::Read)]), rounds(4)).await;
    let a = &run.queries[0];
    assert_eq!(a.status, Status::Measured);
    assert_eq!(a.latency.as_ref().unwrap().count, 4);
    assert_eq!(a.first_ms, Some(5.0));
    assert_eq!(a.rows, Some(3.0));
    assert_eq!(engine.log().len(), 1 + 2 + 4);
    assert!(!run.notes.iter().any(|n| n.contains("warm-up")), "a warm-up is nothing to beware of");
    assert!(run.notes.iter().any(|n| n.contains("has no tables")));
}

#[tokio::test]
async fn one_failing_query_is_a_row_and_the_rest_go_on() {
    let engine = Scripted::engine(&[
        ("bad", Act::Fail(DbErrorKind::Syntax)),
        ("slow", Act::Fail(DbErrorKind::Timeout)),
    ]);
    let queries = ["good", "bad", "slow"].map(|id| query(id, StatementKind::Read)).to_vec();
    let run = run_with(engine, &workload(queries), rounds(3)).await;
    assert_eq!(run.query("good").unwrap().latency.as_ref().unwrap().count, 3);
    assert!(matches!(run.query("bad").unwrap().status, Status::Failed { .. }));
    assert!(run.query("bad").unwrap().plans.is_empty());
    assert_eq!(run.query("slow").unwrap().status, Status::TimedOut { after_ms: 30_000.0 });
    assert_eq!(run.query("slow").unwrap().plans[0].plan.evidence, Evidence::D);
    assert!(!run.interrupted);
}

#[tokio::test]
async fn writes_are_refused_and_only_estimated() {
    let engine = Scripted::engine(&[]);
    let run = run_with(engine, &workload(vec![query("w", StatementKind::Write)]), rounds(3)).await;
    assert!(matches!(run.queries[0].status, Status::Refused { .. }));
    assert_eq!(run.queries[0].plans[0].plan.evidence, Evidence::D);
    assert!(engine.log().is_empty());
}

#[tokio::test]
async fn writes_run_under_rollback() {
    let engine = Scripted::engine(&[]);
    let options = SessionOptions { access: Access::Rollback, ..SessionOptions::default() };
    let target = Target { engine, url: String::new(), options };
    let workload = workload(vec![query("w", StatementKind::Write)]);
    let (options, interrupt) = (rounds(3), Interrupt::new());
    let run = replay(&target, &workload, &options, &interrupt, Progress::hidden());
    assert_eq!(run.await.unwrap().queries[0].latency.as_ref().unwrap().count, 3);
}

#[tokio::test]
async fn a_lost_server_keeps_what_was_measured() {
    let engine = Scripted::engine(&[("a", Act::DieAfter(5))]);
    let run = run_with(engine, &workload(vec![query("a", StatementKind::Read)]), rounds(10)).await;
    assert_eq!(run.queries[0].latency.as_ref().unwrap().count, 2);
    assert!(run.interrupted && run.lost.is_some());
}

#[tokio::test]
async fn an_interrupt_ends_a_statement_that_never_answers() {
    let interrupt = Interrupt::new();
    let engine = Scripted::engine(&[("b", Act::Hang(interrupt.clone()))]);
    let workload = workload(vec![query("a", StatementKind::Read), query("b", StatementKind::Read)]);
    let target = Target { engine, url: String::new(), options: SessionOptions::default() };
    let options = rounds(3);
    let replay = replay(&target, &workload, &options, &interrupt, Progress::hidden());
    let run = tokio::time::timeout(Duration::from_secs(5), replay).await.unwrap().unwrap();
    assert!(run.interrupted && run.lost.is_none());
    assert_eq!(run.query("b").unwrap().status, Status::NotReached);
    assert!(run.query("a").unwrap().first_ms.is_some());
}

#[tokio::test]
async fn a_second_run_explains_with_the_values_of_the_first() {
    let mut asked = query("a", StatementKind::Read);
    asked.params = ["1", "2", "3"].map(|value| vec![Some(value.to_owned())]).to_vec();
    let workload = workload(vec![asked]);
    let explained = |run: &Run| run.queries[0].plans[0].params.clone();
    let mut first = run_with(Scripted::engine(&[]), &workload, rounds(2)).await;
    for params in workload.queries[0].params.clone() {
        first.queries[0].plans[0].params = params.clone();
        let options = RunOptions::plans_beside("after", &first);
        let second = run_with(Scripted::engine(&[]), &workload, options).await;
        assert_eq!(explained(&second), params);
    }
}

#[tokio::test]
async fn every_client_runs_every_round() {
    let engine = Scripted::engine(&[]);
    let options = RunOptions { clients: 3, ..rounds(4) };
    let run = run_with(engine, &workload(vec![query("a", StatementKind::Read)]), options).await;
    assert_eq!(run.queries[0].latency.as_ref().unwrap().count, 12);
}

#[tokio::test]
async fn a_session_keeps_its_order_and_is_traced() {
    let engine = Scripted::engine(&[("detail", Act::Take(2))]);
    let mut workload =
        workload(vec![query("list", StatementKind::Read), query("detail", StatementKind::Read)]);
    let step = |query: &str, times| Step { query: query.to_owned(), times };
    let steps = vec![step("list", 1), step("detail", 20)];
    workload.sessions = vec![crate::workload::Session { name: "page".to_owned(), steps }];
    let run = run_with(engine, &workload, rounds(1)).await;
    let trace = &run.sessions[0];
    assert_eq!(trace.steps[1].times, 20);
    assert!((trace.steps[1].total_ms - 40.0).abs() < 1e-6);
    assert_eq!(run.query("detail").unwrap().latency.as_ref().unwrap().count, 20);
}

#[tokio::test]
async fn a_duration_ends_the_run() {
    let engine = Scripted::engine(&[]);
    let length = Length::Duration(Duration::from_millis(50));
    let options = RunOptions { length, ..RunOptions::default() };
    let run = run_with(engine, &workload(vec![query("a", StatementKind::Read)]), options).await;
    assert!(run.queries[0].latency.as_ref().unwrap().count > 10);
    assert_eq!(run.options.duration_s, Some(0.05));
}
