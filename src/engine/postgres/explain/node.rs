//! One node of a plan from its JSON object. Its children are hung on later, by `assemble`.

use serde_json::{Map, Value};

use super::fields::Fields;
use super::kind::kind_of;
use super::parts;
use super::precision::Precision;
use super::workers;
use crate::plan::{Node, NodeKind, Relationship};

/// How the server names the body of a common table expression: `CTE name`.
const CTE_PREFIX: &str = "CTE ";

pub fn node(object: &Map<String, Value>, precision: Precision) -> Node {
    let mut fields = Fields::of(object);
    let label = fields.text("Node Type").unwrap_or_else(|| "unnamed node".to_owned());
    let mut node = Node::new(kind_of(&label), label);
    identity(&mut node, &mut fields);
    scan_target(&mut node, &mut fields);
    estimates(&mut node, &mut fields);
    conditions(&mut node, &mut fields);
    measured(&mut node, &mut fields, precision);
    operator_parts(&mut node, &mut fields);
    parallel_parts(&mut node, &mut fields, precision);
    forget_defaults(&mut fields, object);
    node.extra = fields.rest();
    node
}

fn identity(node: &mut Node, fields: &mut Fields) {
    node.relationship = relationship(fields.text("Parent Relationship").as_deref());
    node.subplan_name = fields.text("Subplan Name");
    node.defines_cte = node.subplan_name.as_deref().and_then(cte_name);
    node.value_names = node.subplan_name.as_deref().map(value_names).unwrap_or_default();
    node.parallel_aware = fields.flag("Parallel Aware").unwrap_or(false);
    node.join_type = fields.text("Join Type");
    if node.kind == NodeKind::Modify {
        node.operation = fields.text("Operation");
    }
    fields.ignore("Plans");
}

fn cte_name(subplan_name: &str) -> Option<String> {
    subplan_name.strip_prefix(CTE_PREFIX).map(str::to_owned)
}

/// `InitPlan 1 (returns $0,$1)` is read as `$0` and `$1`; from 17 on, `InitPlan 1` as `(InitPlan 1).col1`.
fn value_names(subplan_name: &str) -> Vec<String> {
    match subplan_name.split_once(" (returns ") {
        Some((_, values)) => {
            values.trim_end_matches(')').split(',').map(|name| name.trim().to_owned()).collect()
        }
        None if subplan_name.starts_with(CTE_PREFIX) => Vec::new(),
        None => vec![format!("({subplan_name})")],
    }
}

fn relationship(name: Option<&str>) -> Relationship {
    match name {
        None => Relationship::Root,
        Some("Outer") => Relationship::Outer,
        Some("Inner") => Relationship::Inner,
        Some("Member") => Relationship::Member,
        Some("Subquery") => Relationship::Subquery,
        Some("InitPlan") => Relationship::InitPlan,
        Some("SubPlan") => Relationship::SubPlan,
        Some(_) => Relationship::Other,
    }
}

fn scan_target(node: &mut Node, fields: &mut Fields) {
    node.schema = fields.text("Schema");
    node.relation = fields.text("Relation Name");
    node.alias = fields.text("Alias");
    node.index = fields.text("Index Name");
    node.source = ["CTE Name", "Function Name", "Table Function Name", "Tuplestore Name"]
        .into_iter()
        .find_map(|key| fields.text(key));
    node.scan_backward = fields.text("Scan Direction").is_some_and(|way| way == "Backward");
}

fn estimates(node: &mut Node, fields: &mut Fields) {
    node.startup_cost = fields.number("Startup Cost");
    node.total_cost = fields.number("Total Cost");
    node.plan_rows = fields.number("Plan Rows");
    node.plan_width = fields.number("Plan Width");
}

fn conditions(node: &mut Node, fields: &mut Fields) {
    node.filter = fields.text("Filter");
    node.index_cond = fields.text("Index Cond").or_else(|| fields.text("TID Cond"));
    node.recheck_cond = fields.text("Recheck Cond");
    node.join_cond = fields.text("Hash Cond").or_else(|| fields.text("Merge Cond"));
    node.join_filter = fields.text("Join Filter");
    node.one_time_filter = fields.text("One-Time Filter");
    node.output = fields.texts("Output").unwrap_or_default();
}

fn measured(node: &mut Node, fields: &mut Fields, precision: Precision) {
    node.actual = parts::actual(fields, precision);
    let loops = node.actual.map_or(0.0, |actual| actual.loops);
    node.removed = parts::removed(fields, loops, precision);
    node.buffers = parts::buffers(fields);
    node.io = parts::io(fields);
    node.wal = parts::wal(fields).map(Box::new);
    node.heap_fetches = fields.count("Heap Fetches");
    node.exact_heap_blocks = fields.count("Exact Heap Blocks");
    node.lossy_heap_blocks = fields.count("Lossy Heap Blocks");
    node.index_searches = fields.count("Index Searches");
    node.subplans_removed = fields.count("Subplans Removed");
}

fn operator_parts(node: &mut Node, fields: &mut Fields) {
    node.sort = parts::sort(fields).map(Box::new);
    match node.kind {
        NodeKind::Hash => node.hash = Some(Box::new(parts::hash(fields))),
        NodeKind::Aggregate | NodeKind::Group => {
            node.aggregate = Some(Box::new(parts::aggregate(fields)));
        }
        NodeKind::Memoize => node.memoize = parts::memoize(fields).map(Box::new),
        _ => {}
    }
}

fn parallel_parts(node: &mut Node, fields: &mut Fields, precision: Precision) {
    node.workers_planned = fields.count("Workers Planned");
    node.workers_launched = fields.count("Workers Launched");
    let list = fields.array("Workers").unwrap_or_default();
    node.workers = workers::workers(list, precision);
    workers::add_up(node, list);
}

/// Flags that every node of newer servers carries and that say something only when set.
fn forget_defaults(fields: &mut Fields, object: &Map<String, Value>) {
    for key in ["Async Capable", "Disabled"] {
        if object.get(key) == Some(&Value::Bool(false)) {
            fields.ignore(key);
        }
    }
}
