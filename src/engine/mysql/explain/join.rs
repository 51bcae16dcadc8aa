//! `nested_loop`: a list of tables, each joined to all before it.

use serde_json::Value;

use super::fields::Fields;
use super::operation::operation;
use super::table::{materialised, table};
use super::timed::{Measured, Timed};
use crate::plan::{Node, NodeKind, Relationship};

/// A left-deep chain of the list's members. `None` for an empty list.
pub fn chain(list: Vec<Value>, analysed: bool) -> Option<Timed> {
    list.into_iter().fold(None, |before, member| Some(joined(before, member, analysed)))
}

fn joined(before: Option<Timed>, member: Value, analysed: bool) -> Timed {
    let mut fields = Fields::of(member);
    if let Some(list) = fields.list("duplicates_removal") {
        return without_duplicates(before, list, analysed);
    }
    if let Some(join) = fields.object("block-nl-join") {
        return buffered(before, join, analysed);
    }
    let next = match fields.take_structure() {
        Some((key, value)) => operation(&key, value, analysed),
        None => Timed::build(Node::new(NodeKind::Other, "join member"), None, Vec::new()),
    };
    match before {
        None => next,
        Some(before) => nested_loop(before, next),
    }
}

fn nested_loop(before: Timed, next: Timed) -> Timed {
    let measured = before.run.map(|outer| Measured {
        loops: outer.loops,
        rows: next.rows(),
        ..Measured::default()
    });
    let mut node = match buffer_of(&next.node) {
        Some(buffer) if buffer.contains("hash") => Node::new(NodeKind::HashJoin, "hash join"),
        _ => Node::new(NodeKind::NestedLoop, "nested_loop"),
    };
    expected(&mut node, &next.node);
    Timed::build(node, measured, sides(before, next))
}

/// `using_join_buffer`: what the inner table's rows are matched in.
fn buffer_of(inner: &Node) -> Option<&str> {
    inner.extra.get("using_join_buffer")?.as_str()
}

/// Where the server prints with a table what the join up to it gives and costs.
fn expected(join: &mut Node, inner: &Node) {
    let cost = inner.extra.get("cost_info").and_then(|costs| costs.get("prefix_cost"));
    join.total_cost = cost.and_then(|cost| cost.as_str()?.parse().ok());
    join.plan_rows = inner.extra.get("rows_produced_per_join").and_then(Value::as_f64);
}

fn sides(mut outer: Timed, mut inner: Timed) -> Vec<Timed> {
    outer.node.relationship = Relationship::Outer;
    inner.node.relationship = Relationship::Inner;
    vec![outer, inner]
}

/// A join that collects outer rows in a buffer, so that the inner table is read once per buffer. The
/// join itself counts combinations: `r_effective_rows` of them for each outer row, of which
/// `r_filtered` per cent pass.
fn buffered(before: Option<Timed>, mut join: Fields, analysed: bool) -> Timed {
    let made = join.take("materialized").and_then(|value| materialised(value, analysed));
    let inner = join.take("table").map(|value| table(value, analysed));
    let inner = inner.map(|inner| made.into_iter().fold(inner, Timed::with));
    let join_type = join.text("join_type").unwrap_or_default();
    let hashed = join_type.ends_with('H');
    let kind = if hashed { NodeKind::HashJoin } else { NodeKind::NestedLoop };
    let mut node = Node::new(kind, "block-nl-join");
    let condition = join.text("attached_condition");
    let measured = analysed.then(|| measure(&mut join, &mut node, before.as_ref()));
    *(if hashed { &mut node.join_cond } else { &mut node.join_filter }) = condition;
    node.extra = join.rest();
    node.extra.insert("buffered join".to_owned(), Value::String(join_type));
    let children = match (before, inner) {
        (Some(before), Some(inner)) => sides(before, inner),
        (before, inner) => before.into_iter().chain(inner).collect(),
    };
    Timed::build(node, measured, children)
}

fn measure(join: &mut Fields, node: &mut Node, before: Option<&Timed>) -> Measured {
    let outer_rows = join.number("r_loops").unwrap_or(0.0);
    let combinations = outer_rows * join.number("r_effective_rows").unwrap_or(0.0);
    let rows = combinations * join.number("r_filtered").unwrap_or(100.0) / 100.0;
    let loops = before.map_or(1.0, Timed::loops);
    if loops > 0.0 {
        node.removed.by_join_filter = Some((combinations - rows).max(0.0) / loops);
    }
    let own_ms = ["r_unpack_time_ms", "r_other_time_ms"];
    let own_ms = own_ms.iter().filter_map(|key| join.number(key)).sum();
    Measured { loops, rows, own_ms, declared_ms: None }
}

/// Tables of a semi-join whose duplicates are weeded out: the node stands above the join with them.
/// How many rows it lets through is not counted: at most one for each row before.
fn without_duplicates(before: Option<Timed>, list: Vec<Value>, analysed: bool) -> Timed {
    let outer = before.as_ref().and_then(|before| before.run);
    let all =
        list.into_iter().fold(before, |before, member| Some(joined(before, member, analysed)));
    let children: Vec<Timed> = all.into_iter().collect();
    let below = children.first().and_then(|child| child.run);
    let measured = below.map(|below| Measured {
        loops: below.loops,
        rows: outer.map_or(below.rows, |outer| below.rows.min(outer.rows)),
        ..Measured::default()
    });
    Timed::build(Node::new(NodeKind::Unique, "duplicates_removal"), measured, children)
}
