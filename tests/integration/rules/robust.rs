//! Laws that hold for any plan, whatever the rules say.

use planwise::engine::{self, Engine};
use planwise::plan::{Evidence, Node, Plan, measure};
use planwise::rule::{Finding, RuleSet, judge, judge_plan, watch};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::case::{cases_of, rules};

fn postgres() -> &'static dyn Engine {
    engine::by_name("postgres").expect("an engine")
}

fn judged(plan: &Plan, rules: &RuleSet) -> Vec<Finding> {
    judge_plan(plan, &measure(plan), None, rules, postgres()).findings
}

/// Every captured plan that is long enough not to be stopped by a gate on absolute time.
fn captured() -> Vec<(String, Plan)> {
    let rules = rules();
    let mut plans = Vec::new();
    for rule in rules.rules() {
        for (name, case) in cases_of(rule.id()).into_iter().filter(|(_, c)| c.engine == "postgres")
        {
            for raw in case.queries.iter().filter_map(|query| query.explain.as_ref()) {
                let plan = postgres().parse_plan(&raw.to_string()).expect("a plan");
                plans.push((format!("{}/{name}", rule.id()), plan));
            }
        }
    }
    assert!(plans.len() > 50, "only {} plans", plans.len());
    plans
}

fn scaled(mut plan: Plan, factor: f64) -> Plan {
    fn scale(node: &mut Node, factor: f64) {
        let workers = node.workers.iter_mut().filter_map(|worker| worker.actual.as_mut());
        for actual in node.actual.iter_mut().chain(workers) {
            actual.total_ms = actual.total_ms.map(|ms| ms * factor);
            actual.startup_ms = actual.startup_ms.map(|ms| ms * factor);
            actual.time_rounding_ms *= factor;
        }
        if let Some(io) = &mut node.io {
            for ms in
                [&mut io.read_ms, &mut io.write_ms, &mut io.temp_read_ms, &mut io.temp_write_ms]
            {
                *ms *= factor;
            }
        }
        node.children.iter_mut().for_each(|child| scale(child, factor));
    }
    scale(&mut plan.root, factor);
    plan.execution_ms = plan.execution_ms.map(|ms| ms * factor);
    plan.planning_ms = plan.planning_ms.map(|ms| ms * factor);
    if let Some(jit) = &mut plan.jit {
        jit.total_ms *= factor;
    }
    plan
}

/// Rules that compare with an absolute time, and may therefore speak up when all is slower.
fn looks_at_absolute_time(rules: &RuleSet, id: &str) -> bool {
    let rule = rules.rule(id).expect("a rule");
    ["_ms >=", "_ms >"].iter().any(|compared| rule.definition.when.contains(compared))
}

#[test]
fn ten_times_slower_means_the_same_findings() {
    let rules = rules();
    let timeless = rules.only(|rule| !looks_at_absolute_time(&rules, rule.id()));
    let without_order = |plan: &Plan| {
        let mut all: Vec<String> = judged(plan, &timeless).into_iter().map(|f| f.rule).collect();
        all.sort();
        all
    };
    for (name, plan) in captured() {
        // Beyond the gate of one millisecond on both sides.
        let slow = scaled(plan, 100.0);
        let slower = scaled(slow.clone(), 10.0);
        assert_eq!(without_order(&slow), without_order(&slower), "{name}");
    }
}

#[test]
fn less_evidence_only_lowers_confidence() {
    let rules = rules();
    for (name, plan) in captured() {
        let full = judged(&plan, &rules);
        let mut less = plan.clone();
        less.evidence = less.evidence.max(Evidence::B);
        strip_workers(&mut less.root);
        for finding in judged(&less, &rules) {
            let before = full.iter().find(|f| f.rule == finding.rule && f.node == finding.node);
            let Some(before) = before else { continue };
            assert!(finding.severity <= before.severity, "{name}: {}", finding.rule);
            let close = finding.gain.saved_ms == before.gain.saved_ms;
            assert!(!close || finding.score <= before.score, "{name}: {}", finding.rule);
        }
        less.evidence = Evidence::D;
        let said: Vec<String> = judged(&less, &rules).into_iter().map(|f| f.rule).collect();
        assert_eq!(said, Vec::<String>::new(), "{name}: estimates alone prove nothing");
    }
}

fn strip_workers(node: &mut Node) {
    node.workers.clear();
    node.children.iter_mut().for_each(strip_workers);
}

fn key_value() -> impl Strategy<Value = (String, Value)> {
    let number = prop_oneof![
        Just(json!(0)),
        Just(json!(-1)),
        Just(json!(1e308)),
        (0..100_000_i64).prop_map(|n| json!(n)),
        (0.0..1e6_f64).prop_map(|n| json!(n)),
    ];
    let text = prop_oneof![
        Just(json!("((a.x = 1) AND (b.y @> '{}'))")),
        Just(json!("(lower(x) = 'é'::text)")),
        Just(json!("Disk")),
        Just(json!("Inner")),
        Just(json!("SubPlan")),
        Just(json!("((")),
    ];
    let value = prop_oneof![3 => number, 2 => text, 1 => Just(json!(null)), 1 => Just(json!(["a", "b DESC"]))];
    let keys = vec![
        "Actual Rows",
        "Actual Loops",
        "Actual Total Time",
        "Plan Rows",
        "Rows Removed by Filter",
        "Filter",
        "Index Cond",
        "Sort Key",
        "Sort Space Type",
        "Sort Space Used",
        "Sort Method",
        "Hash Batches",
        "Peak Memory Usage",
        "Relation Name",
        "Heap Fetches",
        "Workers Planned",
        "Workers Launched",
        "Parent Relationship",
        "Disk Usage",
        "Temp Written Blocks",
    ];
    (proptest::sample::select(keys).prop_map(str::to_owned), value)
}

fn node() -> impl Strategy<Value = Value> {
    let kinds = vec![
        "Seq Scan",
        "Index Scan",
        "Index Only Scan",
        "Sort",
        "Hash",
        "Nested Loop",
        "Hash Join",
        "Aggregate",
        "Limit",
        "Gather",
        "Bitmap Heap Scan",
        "Made Up",
    ];
    let leaf = (proptest::sample::select(kinds), proptest::collection::vec(key_value(), 0..14))
        .prop_map(|(kind, keys)| {
            let mut node: Map<String, Value> = keys.into_iter().collect();
            node.insert("Node Type".into(), json!(kind));
            Value::Object(node)
        });
    leaf.prop_recursive(4, 24, 3, |inner| {
        (inner.clone(), proptest::collection::vec(inner, 0..3)).prop_map(|(mut node, children)| {
            node["Plans"] = json!(children);
            node
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever a server (or somebody who pretends to be one) prints, judging ends without a panic.
    #[test]
    fn judging_never_panics(root in node(), execution in 0.0..1e6_f64) {
        let text = json!([{ "Plan": root, "Execution Time": execution, "Planning Time": 1.0 }]).to_string();
        if let Ok(plan) = postgres().parse_plan(&text) {
            let sql = Some("SELECT * FROM a ORDER BY random() OFFSET 5000");
            let judgement = judge_plan(&plan, &measure(&plan), sql, &RULES, postgres());
            for finding in judgement.findings {
                prop_assert!((0.0..=5.0).contains(&finding.score));
            }
        }
    }
}

/// A rule that is passed over because of the first words of its condition would have been silent.
#[test]
fn rules_that_are_passed_over_have_nothing_to_say() {
    let rules = rules();
    let mut said = 0;
    for rule in rules.rules() {
        for (name, case) in cases_of(rule.id()) {
            let run = case.run();
            let measurements = super::case::measurements(&run);
            let all = watch(&run, &measurements, &rules, case.engine(), &mut |_, _| {});
            let quick = judge(&run, &measurements, &rules, case.engine());
            assert_eq!(quick.findings, all.findings, "{}/{name}", rule.id());
            said += quick.findings.len();
        }
    }
    assert!(said > 500, "only {said} findings");
}

static RULES: std::sync::LazyLock<RuleSet> = std::sync::LazyLock::new(rules);
