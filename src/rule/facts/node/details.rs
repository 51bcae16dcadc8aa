//! What engines print of a node in their own words, and storing rows on the way.

use serde_json::Value;

use crate::plan::{Node, NodeKind};
use crate::rule::facts::fact::Fact;
use crate::rule::facts::site::NodeSite as S;

pub fn details<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::list(
            "marks",
            "names of the details that the engine prints of it, but for those that are false",
            |s: &S| Some(marks(s.node)),
        ),
        Fact::flag("stores_rows", "its rows are put into a temporary table first", |s: &S| {
            Some(stores_rows(s.node))
        }),
        Fact::flag("is_hash_join", "joins by a hash table", |s: &S| Some(s.is(NodeKind::HashJoin))),
        Fact::flag("has_join_cond", "a join finds its pairs by keys", |s: &S| {
            Some(s.node.join_cond.is_some())
        }),
        Fact::flag("is_append", "puts the rows of several inputs behind each other", |s: &S| {
            Some(s.is(NodeKind::Append))
        }),
        Fact::flag("is_unique", "throws away rows that it has seen before", |s: &S| {
            Some(s.is(NodeKind::Unique))
        }),
        Fact::flag("is_backward", "walks an index from its end", |s: &S| {
            Some(s.node.scan_backward)
        }),
        Fact::number("merge_passes", "count", "passes of its sort over the disk", |s: &S| {
            Some(s.node.sort.as_ref().and_then(|sort| sort.merge_passes).unwrap_or(0.0))
        }),
        Fact::text(
            "join_buffer",
            "how the engine says its join buffers rows, empty without",
            |s: &S| {
                let said = ["using_join_buffer", "buffered join"].iter();
                let text = said.filter_map(|key| s.node.extra.get(*key)?.as_str()).next();
                Some(text.unwrap_or_default().to_owned())
            },
        ),
        Fact::number(
            "index_condition_kept",
            "ratio",
            "share of the index's entries that a condition checked in the index lets through",
            |s: &S| percent(s.node, "r_icp_filtered"),
        ),
        Fact::number(
            "rowid_filter_kept",
            "ratio",
            "share of the rows that a filter of row numbers lets through; 0 without one",
            |s: &S| {
                let filter = s.node.extra.get("rowid_filter");
                filter.map_or(Some(0.0), |filter| percent(filter, "r_selectivity_pct"))
            },
        ),
        Fact::number(
            "cache_hit_ratio",
            "ratio",
            "lookups that a subquery's cache answers",
            |s: &S| percent(s.node, "r_hit_ratio"),
        ),
        Fact::number(
            "old_versions",
            "rows",
            "versions of rows read that were replaced already",
            |s: &S| s.node.extra.get("old_rows_read").map_or(Some(0.0), Value::as_f64),
        ),
    ]
}

/// What holds details by name.
trait Details {
    fn detail(&self, key: &str) -> Option<&Value>;
}

impl Details for &Node {
    fn detail(&self, key: &str) -> Option<&Value> {
        self.extra.get(key)
    }
}

impl Details for &Value {
    fn detail(&self, key: &str) -> Option<&Value> {
        self.get(key)
    }
}

fn percent(of: impl Details, key: &str) -> Option<f64> {
    Some(of.detail(key)?.as_f64()? / 100.0)
}

fn marks(node: &Node) -> Vec<String> {
    let says = |value: &Value| !matches!(value, Value::Null | Value::Bool(false));
    let details = node.extra.iter().filter(|(_, value)| says(value));
    details.map(|(name, _)| name.clone()).collect()
}

fn stores_rows(node: &Node) -> bool {
    let label = node.label.to_ascii_lowercase();
    node.kind == NodeKind::Materialize && label.contains("temporary")
        || label.contains("temporary_table")
        || label.contains("using temporary table")
        || label.starts_with("temporary table")
}
