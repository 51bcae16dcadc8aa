//! Plans captured from a real server in every form, held against one another and the server's own totals.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::engine::mysql::explain::parse_mysql;
use crate::plan::{Evidence, Node, NodeKind, Plan, PlanError, Relationship, measure};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/plans/mysql-9.7")
}

fn text(file: &str) -> String {
    std::fs::read_to_string(folder().join(file)).unwrap()
}

fn plan(file: &str) -> Plan {
    parse_mysql(&text(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Queries with an iterator plan.
fn names() -> Vec<String> {
    let entries = std::fs::read_dir(folder().join("queries")).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .filter(|name| name != "update-rows")
        .collect();
    names.sort();
    assert!(names.len() >= 39, "{names:?}");
    names
}

fn nodes(plan: &Plan) -> Vec<&Node> {
    plan.walk().into_iter().map(|(node, _)| node).collect()
}

fn find(plan: &Plan, wanted: impl Fn(&Node) -> bool) -> &Node {
    nodes(plan).into_iter().find(|node| wanted(node)).expect("such a node")
}

fn total(node: &Node) -> f64 {
    node.actual.map_or(0.0, |a| a.total_ms.unwrap_or(0.0) * a.loops)
}

#[test]
fn text_and_json_of_one_query_are_the_same_tree() {
    for name in names() {
        let (tree, json) = (plan(&format!("{name}.tree")), plan(&format!("{name}.json")));
        let told = |node: &&Node| {
            let place = node.alias.clone().or(node.source.clone());
            (
                node.kind,
                node.label.clone(),
                place,
                node.index.clone(),
                node.filter.clone(),
                node.index_cond.clone(),
            )
        };
        let (left, right): (Vec<_>, Vec<_>) =
            (nodes(&tree).iter().map(told).collect(), nodes(&json).iter().map(told).collect());
        // The statement was executed twice: a subquery of the select list may find room in either.
        assert_eq!(left, right, "{name}");
    }
}

#[test]
fn totals_are_those_of_the_server() {
    for name in names() {
        let document: Value = serde_json::from_str(&text(&format!("{name}.json"))).unwrap();
        let plan = plan(&format!("{name}.json"));
        let Some(root) = document.pointer("/query_plan/actual_last_row_ms").and_then(Value::as_f64)
        else {
            assert_eq!(plan.evidence, Evidence::D, "{name}");
            continue;
        };
        let outside: f64 = match plan.root.label.as_str() {
            "Select list" => plan.root.children.iter().skip(1).map(total).sum(),
            _ => 0.0,
        };
        assert!((total(&plan.root) - root - outside).abs() < 1e-9, "{name}: {}", total(&plan.root));
        assert_eq!(plan.execution_ms, Some(total(&plan.root)), "{name}");
    }
}

/// Clocks of parts and of the whole are read apart, so a little may be missing or double.
#[test]
fn self_times_sum_to_the_whole() {
    for name in names() {
        let plan = plan(&format!("{name}.json"));
        if plan.execution_ms.is_none() {
            continue;
        }
        let measured = measure(&plan);
        let sum: f64 =
            measured.nodes.iter().filter_map(|node| node.self_ms).map(|ms| ms.high).sum();
        let whole = total(&plan.root);
        assert!((sum - whole).abs() <= 0.02 + 0.05 * whole, "{name}: {sum} of {whole}");
    }
}

#[test]
fn every_estimate_in_the_older_forms_reads_the_same_tables() {
    for name in names() {
        let tables = |plan: &Plan| {
            let mut tables: Vec<String> =
                nodes(plan).iter().filter_map(|node| node.alias.clone()).collect();
            tables.sort();
            tables.dedup();
            tables
        };
        let (old, table) = (plan(&format!("{name}.v1.json")), plan(&format!("{name}.table")));
        assert_eq!((old.evidence, table.evidence), (Evidence::D, Evidence::D), "{name}");
        let without_derived = |plan: &Plan| {
            let derived = ["n", "a", "b", "x", "t", "actor_info"];
            let keep =
                |alias: &String| name == "exists-semi-join" || !derived.contains(&alias.as_str());
            tables(plan).into_iter().filter(keep).collect::<Vec<_>>()
        };
        assert_eq!(without_derived(&old), without_derived(&table), "{name}");
    }
}

#[test]
fn a_filter_is_part_of_what_it_filters() {
    let plan = plan("left-join-null.json");
    let scan = find(&plan, |node| node.kind == NodeKind::SeqScan);
    assert_eq!((scan.relation.as_deref(), scan.alias.as_deref()), (Some("rental"), Some("r")));
    assert_eq!(scan.filter.as_deref(), Some("(r.return_date is null)"));
    let kept = scan.actual.unwrap().rows;
    assert_eq!((kept, scan.removed.by_filter), (183.0, Some(16_044.0 - 183.0)));
    assert!(!nodes(&plan).iter().any(|node| node.kind == NodeKind::Filter));
}

#[test]
fn subqueries_of_the_select_list_count_where_they_run() {
    let outside = plan("correlated-in-select-list.tree");
    assert_eq!(outside.root.label, "Select list");
    let subquery = &outside.root.children[1];
    assert_eq!(
        (subquery.relationship, subquery.subplan_name.as_deref()),
        (Relationship::SubPlan, Some("Select #2"))
    );
    assert!(total(&outside.root) >= total(subquery) + total(&outside.root.children[0]) - 1e-9);
    let inside = plan("select-list-in-view.tree");
    let group = find(&inside, |node| node.label == "Group aggregate");
    assert!(group.children.iter().any(|child| child.relationship == Relationship::SubPlan));
}

#[test]
fn what_was_never_executed_has_no_loops() {
    let plan = plan("cte-read-twice.json");
    let never = find(&plan, |node| node.label.ends_with("(query plan printed elsewhere)"));
    assert_eq!(never.actual.unwrap().loops, 0.0);
    let derived = find(&plan, |node| node.source.as_deref() == Some("a"));
    assert_eq!((derived.kind, derived.relation.as_deref()), (NodeKind::SubqueryScan, None));
}

#[test]
fn clients_frames_and_escapes_change_nothing() {
    let bare = text("join-group-sort.tree");
    let wanted = parse_mysql(&bare).unwrap();
    let first_framed = format!(
        "+---+\n| EXPLAIN |\n+---+\n| {} |\n+---+\n1 row in set (0.12 sec)\n",
        bare.trim_end()
    );
    let all_framed: String =
        bare.trim_end().lines().map(|line| format!("| {line:<150} |\n")).collect();
    let vertical = format!("*** 1. row ***\nEXPLAIN: {}\n1 row in set\n", bare.trim_end());
    let escaped = bare.trim_end().replace('\n', "\\n");
    for spelling in [first_framed, all_framed, vertical, escaped] {
        assert_eq!(
            parse_mysql(&spelling).unwrap_or_else(|error| panic!("{error}\n{spelling}")),
            wanted
        );
    }
}

#[test]
fn half_a_plan_is_refused_with_its_line() {
    let bare = text("join-group-sort.tree");
    let cut = bare.get(..bare.trim_end().len() - 9).unwrap();
    assert!(matches!(parse_mysql(cut), Err(PlanError::Malformed { line: 10, .. })));
    let deep: String =
        (0..2_000).map(|depth| format!("{}-> Filter: x\n", " ".repeat(depth * 4))).collect();
    assert!(matches!(parse_mysql(&deep), Err(PlanError::Malformed { .. })));
    assert!(
        parse_mysql(&text("update-rows.tree"))
            .unwrap_err()
            .to_string()
            .contains("FORMAT=TRADITIONAL")
    );
}
