//! What kind of operator a node is.

use crate::plan::{Node, NodeKind, Relationship};

use crate::rule::facts::fact::Fact;
use crate::rule::facts::site::NodeSite as S;
use crate::rule::facts::structure;

pub fn kinds<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::text("label", "the operator, as the engine names it", |s: &S| {
            Some(s.node.label.clone())
        }),
        Fact::text("relation", "base table it reads, empty for operators without one", |s: &S| {
            Some(s.relation().unwrap_or_default().to_owned())
        }),
        Fact::text(
            "relation_sql",
            "that table quoted for a statement, with its schema",
            |s: &S| s.table.map(|table| s.query.around.quoted_table(table)),
        ),
        Fact::text("index", "index it reads, empty when it reads none", |s: &S| {
            Some(s.node.index.clone().unwrap_or_default())
        }),
        Fact::flag("is_seq_scan", "reads a whole table", |s: &S| Some(s.is(NodeKind::SeqScan))),
        Fact::flag("is_index_scan", "walks an index and fetches rows", |s: &S| {
            Some(s.is(NodeKind::IndexScan))
        }),
        Fact::flag("is_index_only_scan", "answers from an index alone", |s: &S| {
            Some(s.is(NodeKind::IndexOnlyScan))
        }),
        Fact::flag("is_bitmap_heap_scan", "fetches the rows of a bitmap", |s: &S| {
            Some(s.is(NodeKind::BitmapHeapScan))
        }),
        Fact::flag("is_table_access", "reads a base table in any way", |s: &S| {
            Some(structure::is_table_access(s.node.kind))
        }),
        Fact::flag("is_sort", "sorts its whole input", |s: &S| Some(s.is(NodeKind::Sort))),
        Fact::flag("is_any_sort", "sorts, wholly or incrementally", |s: &S| {
            Some(s.is(NodeKind::Sort) || s.is(NodeKind::IncrementalSort))
        }),
        Fact::flag("is_top_n", "a sort that keeps only the first rows, under a LIMIT", |s: &S| {
            Some(is_top_n(s.node))
        }),
        Fact::flag("is_hash", "builds the table of a hash join", |s: &S| {
            Some(s.is(NodeKind::Hash))
        }),
        Fact::flag("is_aggregate", "groups or aggregates", |s: &S| Some(s.is(NodeKind::Aggregate))),
        Fact::flag("is_limit", "LIMIT, with or without OFFSET", |s: &S| {
            Some(s.is(NodeKind::Limit))
        }),
        Fact::flag("is_gather", "collects rows of parallel workers", |s: &S| {
            Some(s.is(NodeKind::Gather))
        }),
        Fact::flag("is_sub_plan", "top of a subquery evaluated inside an expression", |s: &S| {
            Some(s.node.relationship == Relationship::SubPlan)
        }),
    ]
}

fn is_top_n(node: &Node) -> bool {
    let method = node.sort.as_ref().and_then(|sort| sort.method.as_deref());
    method.is_some_and(|method| method.to_ascii_lowercase().contains("top-n"))
}
