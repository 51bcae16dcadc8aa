//! Unions, and subqueries with the cache in front of them.

use serde_json::Value;

use super::fields::Fields;
use super::operation::operations;
use super::timed::{Measured, Timed};
use crate::plan::{Memoization, Node, NodeKind, Relationship};

/// `union_result` and `recursive_union`. The server does not time what the union itself does, and
/// counts rows only where it reads them back from a temporary table.
pub fn union(kind: NodeKind, label: &str, mut fields: Fields, analysed: bool) -> Timed {
    let mut node = Node::new(kind, label);
    node.source = fields.text("table_name");
    if node.source.as_deref().is_some_and(|source| !source.starts_with("<union")) {
        node.kind = NodeKind::SetOperation;
    }
    let counted = fields.number("r_rows");
    let loops = fields.number("r_loops");
    let mut children = operations(&mut fields, analysed);
    children.iter_mut().for_each(|child| child.node.relationship = Relationship::Member);
    let executed = children.iter().any(|child| child.loops() > 0.0);
    // A recursive union is printed with no loops of its own although its members ran.
    let loops = loops.unwrap_or(0.0).max(if executed { 1.0 } else { 0.0 });
    let rows = counted.map(|rows| rows * loops);
    let measured = analysed.then(|| Measured {
        loops,
        rows: rows.unwrap_or_else(|| children.iter().map(Timed::rows).sum()),
        ..Measured::default()
    });
    node.extra = fields.rest();
    Timed::build(node, measured, children)
}

/// A cache of a subquery's results. It stops counting look-ups once it has given up (`state:
/// disabled`), so they are taken to be the hits plus every execution behind it.
pub fn cache(label: &str, mut fields: Fields, analysed: bool) -> Timed {
    let looked_up = fields.number("r_loops").unwrap_or(0.0);
    let hits = (looked_up * fields.number("r_hit_ratio").unwrap_or(0.0) / 100.0).round();
    let children = operations(&mut fields, analysed);
    let executions = children.first().map_or(0.0, Timed::loops);
    let mut node = Node::new(NodeKind::Memoize, label);
    let memo =
        Memoization { hits: hits as u64, misses: executions as u64, ..Memoization::default() };
    node.memoize = analysed.then(|| Box::new(memo));
    node.extra = fields.rest();
    let loops = hits + executions;
    let measured = analysed.then_some(Measured { loops, rows: loops, ..Measured::default() });
    Timed::build(node, measured, children)
}

/// The subqueries of a block's expressions, named as its conditions name them: `subquery#2`.
pub fn subqueries(list: Vec<Value>, analysed: bool) -> Vec<Timed> {
    let all = list.into_iter().flat_map(|item| operations(&mut Fields::of(item), analysed));
    all.map(named).collect()
}

fn named(mut subquery: Timed) -> Timed {
    subquery.node.relationship = Relationship::SubPlan;
    let number = select_number(&subquery.node);
    subquery.node.subplan_name = number.map(|number| format!("subquery#{number}"));
    subquery
}

fn select_number(node: &Node) -> Option<u64> {
    let own = node.extra.get("select_id").and_then(Value::as_u64);
    own.or_else(|| node.children.iter().find_map(select_number))
}
