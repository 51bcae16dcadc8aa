//! Plans captured from a real server, held against what the server says of them.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{from_json, name_relations, parse};
use crate::plan::{Evidence, Node, NodeKind, Plan, PlanError, Relationship};
use crate::sql::TableRef;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/plans/mariadb-10.11")
}

fn text(name: &str) -> String {
    std::fs::read_to_string(folder().join(format!("{name}.json"))).unwrap()
}

fn plan(name: &str) -> Plan {
    parse(&text(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn names() -> Vec<String> {
    let entries = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let plans = entries.filter(|path| path.extension().is_some_and(|ext| ext == "json"));
    let mut names: Vec<String> =
        plans.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    names.sort();
    assert!(names.len() >= 40, "{names:?}");
    names
}

fn total(node: &Node) -> f64 {
    node.actual.map_or(0.0, |a| a.total_ms.unwrap_or(0.0) * a.loops)
}

fn own(node: &Node) -> f64 {
    total(node) - node.children.iter().map(total).sum::<f64>()
}

fn find(plan: &Plan, wanted: impl Fn(&Node) -> bool) -> &Node {
    plan.walk().into_iter().map(|(node, _)| node).find(|node| wanted(node)).expect("such a node")
}

fn labelled<'a>(plan: &'a Plan, label: &str) -> &'a Node {
    find(plan, |node| node.label == label)
}

fn rows(node: &Node) -> f64 {
    node.actual.map_or(0.0, |actual| (actual.rows * actual.loops).round())
}

/// Every number under one of `keys`, wherever it stands.
fn sum_of(value: &Value, keys: &[&str]) -> f64 {
    match value {
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| match value.as_f64() {
                Some(number) if keys.contains(&key.as_str()) => number,
                Some(_) => 0.0,
                None => sum_of(value, keys),
            })
            .sum(),
        Value::Array(list) => list.iter().map(|value| sum_of(value, keys)).sum(),
        _ => 0.0,
    }
}

/// Clocks of parts and of the whole are read apart.
fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 0.05 + 0.03 * a.max(b)
}

#[test]
fn totals_are_those_of_the_server() {
    for name in names() {
        let document: Value = serde_json::from_str(&text(&name)).unwrap();
        let plan = plan(&name);
        if let Some(declared) = document.pointer("/query_block/r_total_time_ms") {
            let declared = declared.as_f64().unwrap();
            assert!(close(total(&plan.root), declared), "{name}: {} {declared}", total(&plan.root));
            assert!(total(&plan.root) >= declared - 1e-9, "{name}");
        }
        assert_eq!(plan.execution_ms.unwrap_or(0.0), total(&plan.root), "{name}");
    }
}

#[test]
fn self_times_are_never_negative_and_sum_to_the_whole() {
    for name in names() {
        let plan = plan(&name);
        let selves: Vec<f64> = plan.walk().into_iter().map(|(node, _)| own(node)).collect();
        assert!(selves.iter().all(|ms| *ms >= -1e-6), "{name}: {selves:?}");
        let sum: f64 = selves.iter().sum();
        assert!((sum - total(&plan.root)).abs() < 1e-6, "{name}: {sum} {}", total(&plan.root));
    }
}

/// A table's own time in the tree is the server's, to the last digit.
#[test]
fn the_time_of_every_table_is_kept() {
    let keys = ["r_table_time_ms", "r_other_time_ms", "r_unpack_time_ms"];
    for name in names() {
        let document: Value = serde_json::from_str(&text(&name)).unwrap();
        let plan = plan(&name);
        let measured = |node: &Node| {
            node.alias.is_some() || node.source.is_some() || node.label == "block-nl-join"
        };
        let nodes = plan.walk().into_iter().map(|(node, _)| node);
        let kept: f64 =
            nodes.filter(|node| measured(node) && node.kind != NodeKind::Modify).map(own).sum();
        let said = sum_of(&document, &keys);
        assert!((kept - said).abs() < 1e-6 * said.max(1.0), "{name}: {kept} {said}");
    }
}

#[test]
fn what_was_not_executed_has_no_loops() {
    let plan = plan("never-executed");
    let payment = find(&plan, |node| node.alias.as_deref() == Some("p"));
    assert_eq!(payment.actual.unwrap().loops, 0.0);
    assert_eq!(plan.evidence, Evidence::B);
}

#[test]
fn a_constant_table_was_read_once_although_the_server_prints_no_loops() {
    let plan = plan("const-and-ref-join");
    let constant = find(&plan, |node| node.kind == NodeKind::RowLookup);
    let actual = constant.actual.unwrap();
    assert_eq!((actual.loops, actual.rows), (1.0, 1.0));
    assert_eq!(rows(labelled(&plan, "nested_loop")), 30.0);
}

#[test]
fn an_estimate_has_no_measurements() {
    let plan = plan("estimated");
    assert_eq!(plan.evidence, Evidence::D);
    assert!(plan.walk().iter().all(|(node, _)| node.actual.is_none()));
    assert_eq!(plan.execution_ms, None);
    assert_eq!(plan.walk().iter().filter(|(node, _)| node.kind == NodeKind::NestedLoop).count(), 3);
}

#[test]
fn rows_thrown_away_are_those_the_filter_removed() {
    let plan = plan("full-scan");
    let scan = labelled(&plan, "ALL");
    assert_eq!(scan.kind, NodeKind::SeqScan);
    assert_eq!((rows(scan), scan.removed.by_filter.map(f64::round)), (39.0, Some(961.0)));
    assert_eq!(scan.filter.as_deref(), Some("film.length > 180"));
}

#[test]
fn a_sort_of_a_table_includes_reading_it_and_one_of_a_temporary_table_does_not() {
    let table = plan("filesort-of-table");
    let sort = labelled(&table, "filesort");
    assert_eq!(sort.children[0].label, "ALL");
    assert!(own(sort) < 0.1 * total(sort), "{} of {}", own(sort), total(sort));
    let document: Value = serde_json::from_str(&text("filesort-of-temporary-table")).unwrap();
    let said = document.pointer("/query_block/filesort/r_total_time_ms").unwrap().as_f64().unwrap();
    let temporary = plan("filesort-of-temporary-table");
    let sort = labelled(&temporary, "filesort");
    assert!((own(sort) - said).abs() < 1e-9, "{} {said}", own(sort));
    assert!(total(sort) > 10.0 * said);
    assert_eq!(rows(labelled(&temporary, "temporary_table")), 5.0);
}

#[test]
fn spilled_sorts_are_on_disk() {
    let plan = plan("sort-passes");
    let sort = labelled(&plan, "filesort").sort.clone().unwrap();
    assert!(sort.on_disk);
    assert_eq!((sort.merge_passes, sort.space_kb), (Some(14.0), Some(3)));
    assert_eq!(sort.keys, ["rental.return_date desc"]);
    assert!(!labelled(&self::plan("filesort-of-table"), "filesort").sort.clone().unwrap().on_disk);
}

#[test]
fn buffered_joins_count_what_they_let_through() {
    let hashed = plan("hash-join");
    assert_eq!(labelled(&hashed, "block-nl-join").kind, NodeKind::HashJoin);
    assert_eq!(rows(labelled(&hashed, "block-nl-join")), 2331.0);
    let looped = plan("block-nested-loop");
    let join = labelled(&looped, "block-nl-join");
    assert_eq!((join.kind, rows(join)), (NodeKind::NestedLoop, 112_896.0));
    assert_eq!(join.removed.by_join_filter.map(f64::round), Some(887_104.0));
}

#[test]
fn subqueries_hang_below_their_block_under_their_number() {
    let plan = plan("correlated-subquery-cached");
    let cache = labelled(&plan, "expression_cache");
    assert_eq!(cache.relationship, Relationship::SubPlan);
    assert_eq!(cache.subplan_name.as_deref(), Some("subquery#2"));
    let memo = cache.memoize.clone().unwrap();
    assert_eq!((memo.hits, memo.misses), (26, 16018));
    assert_eq!(cache.actual.unwrap().loops, 16044.0);
}

#[test]
fn derived_tables_stand_below_the_node_that_reads_them() {
    let plan = plan("derived-table");
    let derived = find(&plan, |node| node.source.as_deref() == Some("<derived2>"));
    assert_eq!((derived.kind, derived.relation.as_deref()), (NodeKind::SubqueryScan, None));
    let block = &derived.children[0];
    assert_eq!(block.relationship, Relationship::Subquery);
    assert_eq!(block.filter.as_deref(), Some("sum(payment.amount) > 150"));
    assert!(total(derived) >= total(block));
}

#[test]
fn unions_and_recursion_have_their_members() {
    let distinct = plan("union-distinct-ordered");
    let union = labelled(&distinct, "union_result");
    assert_eq!((union.kind, union.children.len(), rows(union)), (NodeKind::Append, 2, 10.0));
    let recursive = plan("recursive-cte");
    let union = labelled(&recursive, "recursive_union");
    assert_eq!((union.kind, rows(union)), (NodeKind::Recursive, 200.0));
    assert_eq!(labelled(&plan("except-rows"), "union_result").kind, NodeKind::SetOperation);
}

#[test]
fn window_sorts_stand_between_the_window_and_its_input() {
    let plan = plan("window");
    let window = labelled(&plan, "window_functions_computation");
    assert_eq!(window.kind, NodeKind::Window);
    assert_eq!(window.children[0].kind, NodeKind::Sort);
    assert_eq!(window.children[0].children[0].label, "temporary_table");
    assert_eq!(rows(window), 16049.0);
}

#[test]
fn changes_stand_above_the_scan_that_finds_their_rows() {
    for (name, operation) in
        [("update-rows", "UPDATE"), ("delete-rows", "DELETE"), ("update-key", "UPDATE")]
    {
        let plan = plan(name);
        let change = find(&plan, |node| node.kind == NodeKind::Modify);
        assert_eq!(change.operation.as_deref(), Some(operation), "{name}");
        assert!(change.children[0].actual.unwrap().loops == 1.0, "{name}");
    }
}

#[test]
fn tables_that_are_none_say_why() {
    assert_eq!(plan("impossible-where").root.children[0].label, "Impossible WHERE");
    assert_eq!(rows(&plan("no-tables").root), 1.0);
    assert_eq!(rows(&plan("impossible-where").root), 0.0);
}

#[test]
fn every_operation_of_the_captured_plans_is_known_but_the_named_wrapper() {
    for name in names() {
        for (node, _) in plan(&name).walk() {
            let known = node.kind != NodeKind::Other || node.label == "read_sorted_file";
            assert!(known, "{name}: {}", node.label);
        }
    }
}

#[test]
fn pages_are_inclusive() {
    let plan = plan("nested-loop-three");
    let document: Value = serde_json::from_str(&text("nested-loop-three")).unwrap();
    let said = sum_of(&document, &["pages_accessed"]);
    let buffers = plan.root.buffers.unwrap();
    assert_eq!((buffers.shared_hit + buffers.shared_read) as f64, said);
    assert!(said > 1000.0);
}

#[test]
fn unknown_operations_and_keys_are_kept() {
    let text = r#"{"query_block": {"select_id": 1, "r_loops": 1, "r_total_time_ms": 5, "novelty": 7,
        "quantum_sort": {"depth": 3, "table": {"table_name": "t", "access_type": "ALL", "r_loops": 1,
        "rows": 9, "r_rows": 9, "r_table_time_ms": 2, "shape": "round"}}}}"#;
    let plan = parse(text).unwrap();
    assert_eq!(plan.root.extra["novelty"], 7);
    let unknown = labelled(&plan, "quantum_sort");
    assert_eq!((unknown.kind, &unknown.extra["depth"]), (NodeKind::Other, &Value::from(3)));
    assert_eq!(labelled(&plan, "ALL").extra["shape"], "round");
    assert_eq!((own(&plan.root), total(unknown)), (3.0, 2.0));
}

#[test]
fn aliases_become_tables_unless_they_mean_several() {
    let table = |schema: Option<&str>, name: &str, alias: &str| TableRef {
        schema: schema.map(str::to_owned),
        name: name.to_owned(),
        alias: Some(alias.to_owned()),
    };
    let mut plan = plan("nested-loop-three");
    let tables = [
        table(None, "customer", "c"),
        table(Some("other"), "rental", "r"),
        table(None, "inventory", "i"),
        table(None, "address", "i"),
    ];
    name_relations(&mut plan, &tables, "sakila");
    let named = |alias: &str| {
        let node = find(&plan, |node| node.alias.as_deref() == Some(alias));
        (node.schema.clone(), node.relation.clone())
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(named("c"), (some("sakila"), some("customer")));
    assert_eq!(named("r"), (some("other"), some("rental")));
    assert_eq!(named("i"), (None, None));
    assert_eq!(named("f"), (None, some("f")));
}

#[test]
fn frames_of_clients_are_taken_off() {
    let bare = text("full-scan");
    let batch = format!("EXPLAIN\n{}", bare.replace('\n', "\\n"));
    let lines: Vec<String> = bare.lines().map(|line| format!("| {line:<60} |")).collect();
    let table = format!("+---+\n| ANALYZE |\n+---+\n{}\n+---+\n1 row in set\n", lines.join("\n"));
    let expected = parse(&bare).unwrap();
    assert_eq!(parse(&batch).unwrap(), expected);
    assert_eq!(parse(&table).unwrap(), expected);
}

#[test]
fn what_is_no_plan_is_refused_in_words() {
    assert_eq!(parse("  \n"), Err(PlanError::Empty));
    let message = |text: &str| parse(text).unwrap_err().to_string();
    assert!(message("SELECT 1").contains("no JSON"));
    assert!(message("{\"a\": 1}").contains("no query_block"));
    assert!(message("{\"query_block\": {\"cost_info\": {}}}").contains("MySQL server"));
    assert!(message("\n\n{\"query_block\": {,}}").starts_with("line 3:"));
    assert!(from_json(Value::Null).is_err());
}
