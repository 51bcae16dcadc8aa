//! One table of a join: how it is read and what came of it.

use serde_json::Value;

use super::access;
use super::block;
use super::buffers;
use super::fields::Fields;
use super::subquery::subqueries;
use super::timed::{Measured, Timed};
use crate::plan::{Node, NodeKind, Relationship};

/// Reads a `table` object. `analysed`: the plan was executed.
pub fn table(value: Value, analysed: bool) -> Timed {
    let mut fields = Fields::of(value);
    if let Some(message) = fields.text("message") {
        return without_table(message, fields, analysed);
    }
    let operation = modification(&mut fields);
    let scan = scan(fields, analysed);
    match operation {
        Some(operation) => modify(operation, scan),
        None => scan,
    }
}

/// What stands in place of tables: `Impossible WHERE`, `No tables used`.
fn without_table(message: String, fields: Fields, analysed: bool) -> Timed {
    let rows = match message.as_str() {
        "No tables used" | "Select tables optimized away" => 1.0,
        _ => 0.0,
    };
    let mut node = Node::new(NodeKind::Result, message);
    node.extra = fields.rest();
    let measured = analysed.then_some(Measured { loops: 1.0, rows, ..Measured::default() });
    Timed::build(node, measured, Vec::new())
}

fn scan(mut fields: Fields, analysed: bool) -> Timed {
    let access_type = fields.text("access_type").unwrap_or_else(|| "table".to_owned());
    let using_index = fields.flag("using_index");
    let mut node = Node::new(access::kind(&access_type, using_index), access_type.as_str());
    name(&mut node, fields.text("table_name").unwrap_or_default());
    node.index = fields.text("key");
    conditions(&mut node, &mut fields);
    estimate(&mut node, &mut fields);
    let below = fields.take("materialized").or_else(|| fields.take("materialized_from_subquery"));
    let mut below: Vec<Timed> =
        below.and_then(|value| materialised(value, analysed)).into_iter().collect();
    let made_ms = below.first().and_then(|made| made.run).map(|run| run.inclusive_ms);
    let measured = analysed.then(|| measure(&mut node, &mut fields, &access_type, made_ms));
    buffers::read(&mut node, fields.object("r_engine_stats"));
    let merged = merged(&node, &fields);
    below.extend(merged);
    below.extend(subqueries(fields.subqueries(), analysed));
    node.extra.extend(fields.rest());
    Timed::build(node, measured, below)
}

/// The indexes whose rows are put together, each as a step of its own: what reads them is asked of every step.
fn merged(node: &Node, fields: &Fields) -> Vec<Timed> {
    let mut names: Vec<String> = Vec::new();
    keys(fields.peek("index_merge").unwrap_or(&Value::Null), &mut names);
    // The related server says `union(a,b)` in place of a key.
    let listed = node.index.as_deref().and_then(|key| key.split_once('(')?.1.strip_suffix(')'));
    names.extend(listed.into_iter().flat_map(|list| list.split(',')).map(str::to_owned));
    access::searched(node, names).map(|step| Timed::build(step, None, Vec::new())).collect()
}

fn keys(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            names.extend(map.get("key").and_then(Value::as_str).map(str::to_owned));
            map.values().for_each(|inner| keys(inner, names));
        }
        Value::Array(list) => list.iter().for_each(|inner| keys(inner, names)),
        _ => {}
    }
}

fn name(node: &mut Node, table_name: String) {
    if access::is_temporary(&table_name) {
        node.kind = NodeKind::SubqueryScan;
        node.source = Some(table_name);
    } else {
        node.relation = Some(table_name.clone());
        node.alias = Some(table_name);
    }
}

fn conditions(node: &mut Node, fields: &mut Fields) {
    node.filter = fields.text("attached_condition");
    node.index_cond = fields.text("index_condition").or_else(|| key_condition(fields));
}

/// `customer_id = sakila.c.customer_id`, from the parts of the key and what they are compared with.
fn key_condition(fields: &mut Fields) -> Option<String> {
    let words = |list: Vec<Value>| -> Vec<String> {
        list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let with = words(fields.list("ref")?);
    let parts = words(fields.list("used_key_parts")?);
    let pairs = parts.iter().zip(&with).map(|(part, with)| format!("{part} = {with}"));
    Some(pairs.collect::<Vec<_>>().join(" and "))
}

/// Rows kept: `filtered` is the percentage that passes.
fn estimate(node: &mut Node, fields: &mut Fields) {
    let filtered = fields.number("filtered").unwrap_or(100.0);
    let key = if fields.has("rows") { "rows" } else { "rows_examined_per_scan" };
    let read = fields.number(key);
    if let Some(read) = read.filter(|_| filtered < 100.0) {
        // What comes out is less: what is read is told apart.
        node.extra.insert(key.to_owned(), read.into());
    }
    node.plan_rows = read.map(|rows| rows * filtered / 100.0);
    let own = fields.cost("read_cost").map(|read| read + fields.cost("eval_cost").unwrap_or(0.0));
    node.total_cost = fields.number("cost").or(own);
}

/// A larger part of the time that made the rows is of the making itself, which is counted below.
const OF_MAKING: f64 = 0.05;
/// Less than this says nothing either way.
const LITTLE_MS: f64 = 0.05;

fn measure(
    node: &mut Node,
    fields: &mut Fields,
    access_type: &str,
    made_ms: Option<f64>,
) -> Measured {
    let rows = fields.number("r_rows");
    let loops = match fields.number("r_loops") {
        _ if access::is_constant(access_type) => 1.0,
        Some(loops) => loops,
        // Single-table changes are printed without loops.
        None => {
            if rows.is_some() {
                1.0
            } else {
                0.0
            }
        }
    };
    let read = rows.unwrap_or(if access::is_constant(access_type) { 1.0 } else { 0.0 });
    let kept = read * fields.number("r_filtered").unwrap_or(100.0).min(100.0) / 100.0;
    // Not every condition is printed with the table that it is checked at.
    if node.filter.is_some() || kept < read {
        node.removed.by_filter = Some(read - kept);
    }
    // Of rows that are made first, what passes between two of them is the making, which has its own time below.
    let is_own = |ms: &f64| made_ms.is_none_or(|made| *ms <= (made * OF_MAKING).max(LITTLE_MS));
    let beside_storage = fields.number("r_other_time_ms").filter(is_own);
    let own_ms = ["r_table_time_ms", "r_total_time_ms"];
    let own_ms: f64 = own_ms.iter().filter_map(|key| fields.number(key)).sum();
    let own_ms = own_ms + beside_storage.unwrap_or(0.0);
    if let Some(ms) = beside_storage {
        node.extra.insert("r_other_time_ms".to_owned(), ms.into());
    }
    Measured { loops, rows: kept * loops, own_ms, declared_ms: None }
}

pub fn materialised(value: Value, analysed: bool) -> Option<Timed> {
    let mut fields = Fields::of(value);
    // Beside a choice of how to look rows up the query stands one step deeper.
    let query = fields.take("query_block").or_else(|| {
        let mut deeper = fields.object("materialization")?;
        let query = deeper.take("query_block");
        fields.restore("materialization", deeper);
        query
    })?;
    let mut block = block::query_block(query, analysed);
    block.node.relationship = Relationship::Subquery;
    block.node.extra.extend(fields.rest());
    Some(block)
}

fn modification(fields: &mut Fields) -> Option<&'static str> {
    let operations =
        [("update", "UPDATE"), ("delete", "DELETE"), ("insert", "INSERT"), ("replace", "REPLACE")];
    operations.into_iter().find(|(key, _)| fields.flag(key)).map(|(_, operation)| operation)
}

/// A change of one table is printed as the scan that finds its rows; here the change is above it.
fn modify(operation: &str, mut scan: Timed) -> Timed {
    let mut node = Node::new(NodeKind::Modify, operation.to_lowercase());
    node.operation = Some(operation.to_owned());
    node.relation.clone_from(&scan.node.relation);
    node.alias.clone_from(&scan.node.alias);
    scan.node.relationship = Relationship::Outer;
    let measured =
        scan.run.map(|run| Measured { loops: run.loops.max(1.0), ..Measured::default() });
    Timed::build(node, measured, vec![scan])
}
