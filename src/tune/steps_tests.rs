//! The steps of a tuning on a scripted server.

use super::decide::{Decision, Measured, decide};
use super::evidence::Evidence;
use super::plans::After;
use super::prove::TestBed;
use super::slower::is_slower;
use super::{TuneOptions, change::Change};
use crate::advise::{Advice, IndexAdvice};
use crate::compare::{Comparison, Criteria, Verdict};
use crate::engine::DbErrorKind;
use crate::interrupt::Interrupt;
use crate::plan::{Evidence as Seen, Node, NodeKind, Plan};
use crate::progress::Progress;
use crate::run::scripted::{Act, Scripted, query, workload};
use crate::run::{PlanRecord, Run, RunOptions, Target, replay};
use crate::sql::StatementKind;
use crate::workload::Workload;

const IDS: [&str; 4] = ["faster", "slower", "broken", "same"];

/// Every query takes this long before.
const BEFORE_MS: u64 = 100;

fn target(acts: &[(&str, Act)]) -> Target {
    Target { engine: Scripted::engine(acts), url: String::new(), options: Default::default() }
}

fn queries() -> Workload {
    workload(IDS.iter().map(|id| query(id, StatementKind::Read)).collect())
}

async fn run_before(target: &Target) -> Run {
    let (options, interrupt) = (RunOptions::default(), Interrupt::new());
    replay(target, &queries(), &options, &interrupt, Progress::hidden()).await.unwrap()
}

/// All queries but the last use the index now.
fn after(before: &Run) -> After {
    let mut run = before.clone();
    for query in run.queries.iter_mut().take(3) {
        let mut root = Node::new(NodeKind::IndexScan, "Index Scan");
        root.index = Some("ours".to_owned());
        let (plan, params) = (Plan::of(root, Seen::D), Vec::new());
        query.plans = vec![PlanRecord { params, plan, raw: serde_json::Value::Null, file: None }];
    }
    let changed = IDS.iter().take(3).map(|id| ((*id).to_owned(), format!("{id} with ours")));
    After::new(run, changed.collect())
}

/// What one execution of each new plan shows, under an interrupt or not.
async fn screened(acts: &[(&str, Act)], interrupt: &Interrupt) -> (Run, After, Evidence) {
    let slow = IDS.map(|id| (id, Act::Take(BEFORE_MS)));
    let before = target(&slow);
    let run = run_before(&before).await;
    let after = after(&run);
    let (workload, options) = (queries(), TuneOptions::default());
    let test_bed = TestBed {
        before: &before,
        run: &run,
        after: target(acts),
        workload: &workload,
        options: &options,
        interrupt: interrupt.clone(),
        progress: Progress::hidden(),
    };
    let mut evidence = Evidence::default();
    test_bed.screen(&after, &mut evidence).await.unwrap();
    (run, after, evidence)
}

fn decided(before: &Run, after: &After, comparison: &Comparison) -> Decision {
    let ours = IndexAdvice { name: "ours".to_owned(), ..IndexAdvice::default() };
    let advice = Advice { indexes: vec![ours], ..Advice::default() };
    let measured = Measured { before, after: &after.run, comparison };
    decide(&advice, &[Change::Index(0)], &measured).remove(0)
}

#[tokio::test]
async fn one_execution_shows_what_is_plain() {
    let acts = [
        ("faster", Act::Take(5)),
        ("slower", Act::Take(400)),
        ("broken", Act::Fail(DbErrorKind::Statement)),
    ];
    let (run, after, evidence) = screened(&acts, &Interrupt::new()).await;
    let quick_comparison = evidence.quick_comparison(&run, &after, &Criteria::default());
    let verdicts = IDS.map(|id| quick_comparison.query(id).unwrap().verdict);
    let expected = [Verdict::Improved, Verdict::Regressed, Verdict::Failed, Verdict::Unchanged];
    assert_eq!(verdicts, expected);
    assert!(is_slower(quick_comparison.query("broken").unwrap()), "it was answered before");
    // Without a proof the good news does not count, and the bad does.
    let comparison = evidence.comparison(&run, &after, &Criteria::default());
    let verdicts = IDS.map(|id| comparison.query(id).unwrap().verdict);
    let expected = [Verdict::Inconclusive, Verdict::Regressed, Verdict::Failed, Verdict::Unchanged];
    assert_eq!(verdicts, expected);
    assert!(matches!(decided(&run, &after, &comparison), Decision::Drop { .. }));
}

#[tokio::test]
async fn without_time_nothing_is_known_and_nothing_is_said() {
    let interrupt = Interrupt::new();
    interrupt.set();
    let (run, after, evidence) = screened(&[], &interrupt).await;
    assert!(evidence.is_empty());
    let comparison = evidence.comparison(&run, &after, &Criteria::default());
    assert_eq!(decided(&run, &after, &comparison), Decision::Unproven);
    assert_eq!(comparison.workload_ratio, Some(1.0), "what was not measured counts as unchanged");
    assert!(comparison.notes[0].starts_with("3 of 4 queries have another plan"));
}

/// What was measured of a query holds for its plan, not for another one.
#[tokio::test]
async fn evidence_is_of_a_plan() {
    let acts = ["faster", "slower", "broken"].map(|id| (id, Act::Take(5)));
    let (run, after, evidence) = screened(&acts, &Interrupt::new()).await;
    let other = IDS.iter().take(3).map(|id| ((*id).to_owned(), format!("{id} with another")));
    let other = After::new(after.run.clone(), other.collect());
    let quick_comparison =
        |after: &After| evidence.quick_comparison(&run, after, &Criteria::default());
    assert_eq!(quick_comparison(&after).query("faster").unwrap().verdict, Verdict::Improved);
    assert_eq!(quick_comparison(&other).query("faster").unwrap().verdict, Verdict::Inconclusive);
}
