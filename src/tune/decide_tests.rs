use super::super::attribution::attribute;
use super::super::credit::record_kept;
use super::*;
use crate::advise::{DropAdvice, IndexAdvice, Outcome, SettingAdvice};
use crate::compare::{Method, Side};
use crate::plan::{Evidence, Node, NodeKind, Plan};
use crate::rule::GainClass;
use crate::run::PlanRecord;
use crate::run::scripted;
use crate::sql::StatementKind;
use crate::stats::{Histogram, Interval, Latency};

fn index(name: &str) -> IndexAdvice {
    IndexAdvice {
        online: Vec::new(),
        parts: Vec::new(),
        name: name.to_owned(),
        schema: "public".to_owned(),
        table: "t".to_owned(),
        columns: vec!["a".to_owned()],
        include: Vec::new(),
        method: "btree".to_owned(),
        predicate: None,
        ddl: String::new(),
        steps: Vec::new(),
        undo: String::new(),
        requires: None,
        hypothetical_bytes: None,
        write_overhead: None,
        cost_before: None,
        cost_after: None,
        absence_cost: None,
        story: None,
        definition: None,
        effects: Vec::new(),
        size_bytes: None,
        build_seconds: None,
        queries: Vec::new(),
        why: String::new(),
        costs: Vec::new(),
        class: GainClass::Modelled,
        saved_ms: None,
        outcome: Outcome::Proposed,
    }
}

fn setting() -> SettingAdvice {
    SettingAdvice {
        in_force: false,
        name: "memory".to_owned(),
        from: "1".to_owned(),
        to: "2".to_owned(),
        statement: String::new(),
        undo: String::new(),
        needs_restart: false,
        rule: String::new(),
        why: String::new(),
        outcome: Outcome::Proposed,
        ..SettingAdvice::default()
    }
}

fn plan_with(index: Option<&str>) -> Plan {
    let mut root = Node::new(NodeKind::IndexScan, "Index Scan");
    root.index = index.map(str::to_owned);
    Plan::of(root, Evidence::A)
}

/// A run in which each query's plan uses the given index.
async fn run_using(plans: &[(&str, Option<&str>)]) -> Run {
    let queries = plans.iter().map(|(id, _)| scripted::query(id, StatementKind::Read)).collect();
    let workload = scripted::workload(queries);
    let target = crate::run::Target {
        engine: scripted::Scripted::engine(&[]),
        url: String::new(),
        options: Default::default(),
    };
    let options = crate::run::RunOptions::plans_only("test");
    let (interrupt, progress) = (Default::default(), crate::progress::Progress::hidden());
    let mut run =
        crate::run::replay(&target, &workload, &options, &interrupt, progress).await.unwrap();
    for (query, (_, index)) in run.queries.iter_mut().zip(plans) {
        query.plans = vec![PlanRecord {
            params: Vec::new(),
            plan: plan_with(*index),
            raw: serde_json::Value::Null,
            file: None,
        }];
    }
    run
}

fn side(ms: u64) -> Option<Side> {
    let mut histogram = Histogram::default();
    histogram.record(std::time::Duration::from_millis(ms));
    let latency = Latency::of(&histogram)?;
    Some(Side {
        latency,
        rows: None,
        plan_shape: None,
        blocks: None,
        temp_blocks: None,
        block_medians_ms: Vec::new(),
        block_levels_ms: Vec::new(),
    })
}

fn compared(query: &str, verdict: Verdict, ratio: f64) -> QueryComparison {
    QueryComparison {
        before: side(100),
        after: side(50),
        ratio: Some(ratio),
        ratio_interval: Some(Interval::new(ratio * 0.9, ratio * 1.1)),
        q_value: Some(0.001),
        blocks: 16,
        ..QueryComparison::new(query, 1.0, verdict)
    }
}

fn comparison(queries: Vec<QueryComparison>) -> Comparison {
    Comparison { queries, ..Comparison::new(Method::Alternating) }
}

fn reason(decision: &Decision) -> String {
    match decision {
        Decision::Drop { reason } => reason.to_string(),
        other => panic!("{other:?} is not dropped"),
    }
}

#[tokio::test]
async fn an_index_answers_for_the_queries_that_use_it() {
    let advice = Advice {
        indexes: vec![index("good"), index("unused"), index("idle"), index("harmful")],
        ..Advice::default()
    };
    let before = run_using(&[]).await;
    let after = run_using(&[
        ("a", Some("good")),
        ("b", Some("idle")),
        ("c", Some("harmful")),
        ("d", Some("harmful")),
    ])
    .await;
    let comparison = comparison(vec![
        compared("a", Verdict::Improved, 0.1),
        compared("b", Verdict::Unchanged, 1.0),
        compared("c", Verdict::Improved, 0.2),
        compared("d", Verdict::Regressed, 1.5),
    ]);
    let standing: Vec<Change> = (0..4).map(Change::Index).collect();
    let measured = Measured { before: &before, after: &after, comparison: &comparison };
    let decisions = decide(&advice, &standing, &measured);
    assert_eq!(decisions[0], Decision::Keep { ratio: 0.1 });
    assert_eq!(reason(&decisions[1]), "no plan uses it");
    assert_eq!(reason(&decisions[2]), "b would use it and would not be faster");
    assert_eq!(reason(&decisions[3]), "it makes d 50 % slower; c would take 0.20 of its time");
}

#[tokio::test]
async fn of_two_indexes_of_a_slower_query_the_one_that_saves_less_goes() {
    let advice = Advice { indexes: vec![index("good"), index("lesser")], ..Advice::default() };
    let before = run_using(&[]).await;
    let mut after =
        run_using(&[("a", Some("good")), ("b", Some("lesser")), ("slower", Some("good"))]).await;
    let other = plan_with(Some("lesser")).root;
    after.queries[2].plans[0].plan.root.children.push(other);
    let comparison = comparison(vec![
        QueryComparison { weight: 10.0, ..compared("a", Verdict::Improved, 0.5) },
        compared("b", Verdict::Improved, 0.5),
        compared("slower", Verdict::Regressed, 1.5),
    ]);
    let standing = [Change::Index(0), Change::Index(1)];
    let measured = Measured { before: &before, after: &after, comparison: &comparison };
    let decisions = decide(&advice, &standing, &measured);
    assert!(decisions.iter().all(|decision| matches!(decision, Decision::Drop { .. })));
    let blamed = attribute(&advice, &standing, decisions, &measured);
    assert_eq!(blamed[0], Decision::Keep { ratio: 0.5 });
    assert!(reason(&blamed[1]).contains("slower"), "{blamed:?}");
}

#[tokio::test]
async fn a_setting_answers_for_what_no_index_explains() {
    let advice =
        Advice { indexes: vec![index("i")], settings: vec![setting()], ..Advice::default() };
    let before = run_using(&[]).await;
    let after = run_using(&[("indexed", Some("i")), ("sorted", None)]).await;
    let standing = [Change::Index(0), Change::Setting(0)];
    let decided = |sorted: Verdict| {
        let comparison = comparison(vec![
            compared("indexed", Verdict::Improved, 0.1),
            compared("sorted", sorted, 0.6),
        ]);
        let measured = Measured { before: &before, after: &after, comparison: &comparison };
        decide(&advice, &standing, &measured).remove(1)
    };
    assert_eq!(decided(Verdict::Improved), Decision::Keep { ratio: 0.6 });
    assert_eq!(reason(&decided(Verdict::Unchanged)), "no query is faster with it");
    assert!(reason(&decided(Verdict::Regressed)).contains("slower"));
}

#[tokio::test]
async fn several_settings_share_no_credit_and_statistics_take_only_their_own() {
    let analyze = |table: &str| crate::advise::StatisticsAdvice {
        statement: format!("ANALYZE public.{table};"),
        undo: None,
        rule: String::new(),
        why: String::new(),
        outcome: Outcome::Proposed,
    };
    let advice = Advice {
        settings: vec![setting(), setting()],
        statistics: vec![analyze("stale"), analyze("other")],
        ..Advice::default()
    };
    let before = run_using(&[]).await;
    let mut after = run_using(&[("of-stale", None), ("sorted", None)]).await;
    after.queries[0].plans[0].plan.root.relation = Some("stale".to_owned());
    let comparison = comparison(vec![
        compared("of-stale", Verdict::Improved, 0.1),
        compared("sorted", Verdict::Improved, 0.6),
    ]);
    let measured = Measured { before: &before, after: &after, comparison: &comparison };
    let decided = |standing: &[Change]| decide(&advice, standing, &measured);
    let both =
        [Change::Statistics(0), Change::Statistics(1), Change::Setting(0), Change::Setting(1)];
    let keep = Decision::Keep { ratio: 0.1 };
    assert_eq!(decided(&both), [keep, Decision::Leave, Decision::Leave, Decision::Leave]);
    let alone = [Change::Statistics(0), Change::Setting(0)];
    assert_eq!(decided(&alone)[1], Decision::Keep { ratio: 0.6 });
}

#[tokio::test]
async fn a_dropped_index_that_was_needed_comes_back() {
    let drop = DropAdvice {
        parts: Vec::new(),
        index: "old".to_owned(),
        schema: "public".to_owned(),
        table: "t".to_owned(),
        ddl: String::new(),
        undo: String::new(),
        size_bytes: 0,
        why: String::new(),
        rehearsal: None,
        outcome: Outcome::Proposed,
    };
    let advice = Advice { drops: vec![drop], ..Advice::default() };
    let before = run_using(&[("a", Some("old"))]).await;
    let after = run_using(&[("a", None)]).await;
    for (verdict, kept) in [(Verdict::Regressed, false), (Verdict::Unchanged, true)] {
        let comparison = comparison(vec![compared("a", verdict, 1.5)]);
        let measured = Measured { before: &before, after: &after, comparison: &comparison };
        let decision = decide(&advice, &[Change::Drop(0)], &measured).remove(0);
        assert_eq!(matches!(decision, Decision::Keep { .. }), kept);
    }
}

#[tokio::test]
async fn what_is_kept_says_what_it_saves() {
    let mut advice = Advice { indexes: vec![index("i")], ..Advice::default() };
    let before = run_using(&[]).await;
    let after = run_using(&[("a", Some("i")), ("b", Some("i"))]).await;
    let comparison = comparison(vec![
        compared("a", Verdict::Improved, 0.5),
        compared("b", Verdict::Improved, 0.1),
    ]);
    let measured = Measured { before: &before, after: &after, comparison: &comparison };
    record_kept(&mut advice, Change::Index(0), 0.1, &measured);
    let index = &advice.indexes[0];
    assert_eq!(index.queries, ["b", "a"]);
    assert_eq!(index.class, GainClass::Measured);
    assert_eq!(index.outcome, Outcome::Kept { ratio: 0.1 });
    let saved = index.saved_ms.unwrap();
    assert!((saved.low - 89.0).abs() < 0.2 && (saved.high - 91.0).abs() < 0.2, "{saved:?}");
}
