use super::*;
use crate::compare::paired_measurement::order;
use crate::compare::samples::Which;
use crate::compare::{Verdict, half, sequential};
use crate::engine::DbErrorKind;
use crate::run::scripted::{Act, Scripted, query, workload};
use crate::run::{ExplainDepth, Length, Run, RunOptions, Target, replay};
use crate::sql::StatementKind;

fn target(engine: &'static Scripted) -> Target {
    Target { engine, url: String::new(), options: Default::default() }
}

async fn run_on(target: &Target, workload: &Workload) -> Run {
    let options = RunOptions {
        length: Length::Rounds(1),
        warmup_rounds: 0,
        explain: ExplainDepth::Plan,
        ..RunOptions::default()
    };
    replay(target, workload, &options, &Interrupt::new(), Progress::hidden()).await.unwrap()
}

fn reads(ids: &[&str]) -> Workload {
    workload(ids.iter().map(|id| query(id, StatementKind::Read)).collect())
}

async fn compare(
    before: &[(&str, Act)],
    after: &[(&str, Act)],
    workload: &Workload,
    interrupt: &Interrupt,
) -> Comparison {
    let (before, after) = (target(Scripted::engine(before)), target(Scripted::engine(after)));
    let runs = (run_on(&before, workload).await, run_on(&after, workload).await);
    let pair = Pair { before: (&before, &runs.0), after: (&after, &runs.1) };
    let options = AlternateOptions::default();
    alternate(pair, workload, &options, interrupt, Progress::hidden()).await.unwrap()
}

#[test]
fn sides_alternate_and_each_leads_equally_often() {
    use Which::{After as B, Before as A};
    assert_eq!(order(0, 2).flatten().collect::<Vec<_>>(), [A, B, B, A]);
    assert_eq!(order(1, 2).flatten().collect::<Vec<_>>(), [B, A, A, B]);
    assert_eq!(order(0, 1).chain(order(1, 1)).flatten().collect::<Vec<_>>(), [A, B, B, A]);
}

#[tokio::test]
async fn every_kind_of_change_gets_its_verdict() {
    let workload = reads(&["faster", "slower", "same", "tiny"]);
    let before = [
        ("faster", Act::Take(20)),
        ("slower", Act::Take(5)),
        ("same", Act::Take(7)),
        ("tiny", Act::Take(0)),
    ];
    let after = [
        ("faster", Act::Take(2)),
        ("slower", Act::Take(9)),
        ("same", Act::Take(7)),
        ("tiny", Act::Take(0)),
    ];
    let comparison = compare(&before, &after, &workload, &Interrupt::new()).await;
    let verdicts: Vec<_> = comparison.queries.iter().map(|q| q.verdict).collect();
    use Verdict::*;
    assert_eq!(verdicts, [Improved, Regressed, Unchanged, Unchanged]);
    let faster = &comparison.queries[0];
    assert!((faster.ratio.unwrap() - 0.1).abs() < 1e-9);
    assert_eq!(faster.blocks, 16);
    assert!(faster.q_value.unwrap() < 0.001);
    assert!((comparison.workload_before_ms - 32.001).abs() < 1e-6);
    assert!((comparison.workload_ratio.unwrap() - 18.001 / 32.001).abs() < 1e-6);
}

#[tokio::test]
async fn a_query_that_fails_on_one_side_is_said_to() {
    let workload = reads(&["breaks", "fine"]);
    let after = [("breaks", Act::Fail(DbErrorKind::Statement))];
    let comparison = compare(&[], &after, &workload, &Interrupt::new()).await;
    let breaks = comparison.queries.iter().find(|q| q.query == "breaks").unwrap();
    assert_eq!(breaks.verdict, Verdict::Failed);
    assert!(breaks.note.as_ref().unwrap().contains("after the change"), "{:?}", breaks.note);
    let fine = comparison.queries.iter().find(|q| q.query == "fine").unwrap();
    assert_eq!(fine.verdict, Verdict::Unchanged);
}

#[tokio::test]
async fn an_interrupt_leaves_what_was_measured() {
    let interrupt = Interrupt::new();
    interrupt.set();
    let comparison = compare(&[], &[], &reads(&["a"]), &interrupt).await;
    assert_eq!(comparison.queries[0].verdict, Verdict::Inconclusive);
    assert!(comparison.notes.iter().any(|note| note.contains("Interrupted")));
}

#[tokio::test]
async fn one_after_the_other_needs_a_larger_difference() {
    let workload = reads(&["faster", "little"]);
    let before = target(Scripted::engine(&[("faster", Act::Take(20)), ("little", Act::Take(100))]));
    let after = target(Scripted::engine(&[("faster", Act::Take(2)), ("little", Act::Take(85))]));
    let runs = (run_on(&before, &workload).await, run_on(&after, &workload).await);
    let pair = Pair { before: (&before, &runs.0), after: (&after, &runs.1) };
    let (options, interrupt) = (AlternateOptions::default(), Interrupt::new());
    let mut halves = Vec::new();
    for side in [pair.before, pair.after] {
        halves.push(half(side, &workload, &options, &interrupt, Progress::hidden()).await.unwrap());
    }
    let comparison = sequential(pair, &workload, &halves[0], &halves[1], &options.criteria);
    assert_eq!(comparison.method, Method::Sequential);
    let verdicts: Vec<_> = comparison.queries.iter().map(|q| q.verdict).collect();
    assert_eq!(verdicts, [Verdict::Improved, Verdict::Unchanged]);
}
