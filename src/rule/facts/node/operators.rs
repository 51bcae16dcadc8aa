//! More kinds of operators, for rules about what few plans hold.

use crate::plan::{NodeKind, Relationship};
use crate::rule::facts::fact::Fact;
use crate::rule::facts::site::NodeSite as S;

pub fn operators<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::flag("is_append", "reads one input after the other", |s: &S| {
            Some(s.is(NodeKind::Append))
        }),
        Fact::flag("is_hash_join", "joins by a hash table", |s: &S| Some(s.is(NodeKind::HashJoin))),
        Fact::flag("is_merge_join", "joins two ordered inputs", |s: &S| {
            Some(s.is(NodeKind::MergeJoin))
        }),
        Fact::flag("is_materialize", "keeps its input to read it again", |s: &S| {
            Some(s.is(NodeKind::Materialize))
        }),
        Fact::flag("is_incremental_sort", "sorts what is ordered in part", |s: &S| {
            Some(s.is(NodeKind::IncrementalSort))
        }),
        Fact::flag("is_window", "computes window functions", |s: &S| Some(s.is(NodeKind::Window))),
        Fact::flag("is_recursive", "repeats a query on its own result", |s: &S| {
            Some(s.is(NodeKind::Recursive))
        }),
        Fact::flag("is_function_scan", "reads what a function returns", |s: &S| {
            Some(s.is(NodeKind::FunctionScan))
        }),
        Fact::flag("is_foreign_scan", "reads from outside of this database", |s: &S| {
            Some(s.is(NodeKind::ForeignScan))
        }),
        Fact::flag("is_subquery_scan", "checks or reshapes the rows of a subquery", |s: &S| {
            Some(s.is(NodeKind::SubqueryScan))
        }),
        Fact::flag("is_init_plan", "top of a subquery that runs once before the rest", |s: &S| {
            let computes = s.node.defines_cte.is_none();
            Some(s.node.relationship == Relationship::InitPlan && computes)
        }),
        Fact::flag("keeps_rows_apart", "reads a WITH query, or keeps rows for others", |s: &S| {
            let kinds = [NodeKind::CteScan, NodeKind::Materialize, NodeKind::Recursive];
            Some(kinds.iter().any(|kind| s.is(*kind)))
        }),
        Fact::text("source", "function or WITH query it reads, empty for others", |s: &S| {
            Some(s.node.source.clone().unwrap_or_default())
        }),
        Fact::flag("is_temporary", "its table is a temporary one", |s: &S| {
            let schema = s.node.schema.as_deref().unwrap_or_default();
            Some(schema.starts_with("pg_temp") || schema == "temp")
        }),
        Fact::number("width", "bytes", "width of its rows, as the planner sees it", |s: &S| {
            s.node.plan_width
        }),
        Fact::number("row_bytes_total", "bytes", "rows it produced times their width", |s: &S| {
            Some(s.metrics.rows_total?.low * s.node.plan_width?)
        }),
        Fact::flag(
            "holds_rows",
            "sorts, hashes or keeps rows, so that their width costs memory",
            |s: &S| {
                use NodeKind::{Hash, IncrementalSort, Materialize, Sort};
                Some([Hash, IncrementalSort, Materialize, Sort].iter().any(|kind| s.is(*kind)))
            },
        ),
    ]
}
