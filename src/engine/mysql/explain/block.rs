//! `query_block`: one SELECT, or the whole of a change.

use serde_json::Value;

use super::fields::Fields;
use super::inside;
use super::operation::operations;
use super::subquery::subqueries;
use super::timed::{Measured, Timed};
use crate::plan::{Node, NodeKind, Relationship};

/// A block's time includes everything below it. A block inside a materialisation is printed
/// without time or loops: then both are those of its parts.
pub fn query_block(value: Value, analysed: bool) -> Timed {
    let mut fields = Fields::of(value);
    let mut node = Node::new(NodeKind::Result, "query_block");
    node.filter = fields.text("having_condition");
    node.one_time_filter = fields.text("const_condition");
    node.total_cost = fields.number("cost").or_else(|| fields.cost("query_cost"));
    let declared_ms = fields.number("r_total_time_ms");
    let loops = fields.number("r_loops");
    let inner = fields.subqueries();
    let mut children = operations(&mut fields, analysed);
    children.iter_mut().for_each(|child| child.node.relationship = Relationship::Outer);
    let main = children.first().and_then(|child| child.run);
    let subqueries = subqueries(inner, analysed);
    let beside = inside::settled(&mut children, subqueries, declared_ms);
    children.extend(beside);
    node.extra = fields.rest();
    let measured = analysed.then(|| Measured {
        loops: loops.unwrap_or_else(|| loops_of(main, declared_ms)),
        rows: main.map_or(0.0, |main| main.rows),
        own_ms: 0.0,
        declared_ms,
    });
    Timed::build(node, measured, children)
}

fn loops_of(main: Option<super::timed::Run>, declared_ms: Option<f64>) -> f64 {
    match (main, declared_ms) {
        (_, Some(_)) => 1.0,
        (Some(main), None) if main.loops > 0.0 => 1.0,
        _ => 0.0,
    }
}
