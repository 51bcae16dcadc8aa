//! Anything that produces rows, by the key it stands under.

use serde_json::Value;

use super::block::query_block;
use super::fields::Fields;
use super::join::chain;
use super::timed::{Measured, Timed};
use super::{sort, subquery, table};
use crate::plan::{Node, NodeKind, Relationship};

/// The operation under `key`. One that is not known becomes a node of its own label around whatever
/// operations it holds.
pub fn operation(key: &str, value: Value, analysed: bool) -> Timed {
    match (key, value) {
        ("table", value) => table::table(value, analysed),
        ("nested_loop", Value::Array(list)) => chain(list, analysed)
            .unwrap_or_else(|| passing(NodeKind::Other, key, Fields::of(Value::Null), analysed)),
        ("query_block", value) => query_block(value, analysed),
        ("read_sorted_file", value) => sort::read_sorted_file(Fields::of(value), analysed),
        ("filesort", value) => sort::filesort(Fields::of(value), analysed),
        ("window_functions_computation", value) => sort::window(Fields::of(value), analysed),
        ("union_result", value) => {
            subquery::union(NodeKind::Append, key, Fields::of(value), analysed)
        }
        ("recursive_union", value) => {
            subquery::union(NodeKind::Recursive, key, Fields::of(value), analysed)
        }
        ("expression_cache" | "subquery_cache", value) => {
            subquery::cache(key, Fields::of(value), analysed)
        }
        ("temporary_table" | "materialization" | "buffer" | "buffer_result", value) => {
            passing(NodeKind::Materialize, key, Fields::of(value), analysed)
        }
        ("ordering_operation", value) => ordering(Fields::of(value), analysed),
        ("grouping_operation", value) => {
            passing(NodeKind::Aggregate, key, Fields::of(value), analysed)
        }
        ("windowing", value) => passing(NodeKind::Window, key, Fields::of(value), analysed),
        ("duplicate_removal" | "duplicates_removal", value) => {
            passing(NodeKind::Unique, key, Fields::of(value), analysed)
        }
        ("range-checked-for-each-record" | "full-scan-on-null_key", value) => {
            annotated(key, Fields::of(value), analysed)
        }
        (_, value) => passing(NodeKind::Other, key, Fields::of(value), analysed),
    }
}

/// `ORDER BY`: by sorting, or because rows come in that order already.
fn ordering(mut fields: Fields, analysed: bool) -> Timed {
    let sorts = fields.flag("using_filesort");
    let kind = if sorts { NodeKind::Sort } else { NodeKind::Result };
    passing(kind, "ordering_operation", fields, analysed)
}

/// Every operation among the values of `fields`; what is none stays there.
pub fn operations(fields: &mut Fields, analysed: bool) -> Vec<Timed> {
    let mut found = Vec::new();
    while let Some((key, value)) = fields.take_structure() {
        match value {
            Value::Array(list) if key != "nested_loop" => {
                found.extend(list.into_iter().flat_map(|item| {
                    let mut item = Fields::of(item);
                    operations(&mut item, analysed)
                }));
            }
            value => found.push(operation(&key, value, analysed)),
        }
    }
    found
}

/// An operation of which the server measures nothing itself: as often as its input, and, unless
/// something above knows better, as many rows.
pub fn passing(kind: NodeKind, label: &str, mut fields: Fields, analysed: bool) -> Timed {
    let inner = fields.subqueries();
    let mut children = operations(&mut fields, analysed);
    if let Some(first) = children.first_mut() {
        first.node.relationship = Relationship::Outer;
    }
    children.extend(subquery::subqueries(inner, analysed));
    let input = children.first().and_then(|child| child.run);
    let measured = analysed.then(|| Measured {
        loops: input.map_or(0.0, |run| run.loops),
        rows: input.map_or(0.0, |run| run.rows),
        ..Measured::default()
    });
    let mut node = Node::new(kind, label);
    node.extra = fields.rest();
    Timed::build(node, measured, children)
}

/// A remark on how the table below is read: kept with that table.
fn annotated(key: &str, mut fields: Fields, analysed: bool) -> Timed {
    let inner = fields.take("table").map(|value| table::table(value, analysed));
    let Some(mut inner) = inner else { return passing(NodeKind::Other, key, fields, analysed) };
    let remark = Value::Object(fields.rest().into_iter().collect());
    inner.node.extra.insert(key.to_owned(), remark);
    inner
}
