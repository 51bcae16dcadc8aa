//! How a node went about it, where engines tell: what it did not search an index by, what it sorted, what it computed.

use serde_json::Value;

use crate::engine::{Column, Index, Table};
use crate::plan::{Node, NodeKind, Relationship};
use crate::rule::facts::fact::Fact;
use crate::rule::facts::site::NodeSite as S;
use crate::rule::facts::structure;
use crate::sql::{Operand, Predicate, PredicateKind};

pub fn ways<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::text(
            "serving_index",
            "an index that could serve one of the filter's conjuncts, empty without one",
            |s: &S| Some(s.serving_index(|_| true).unwrap_or_default()),
        ),
        Fact::list(
            "unsearched_columns",
            "columns of the index it searches that its filter asks for row by row",
            |s: &S| Some(s.unsearched_columns()),
        ),
        Fact::flag(
            "filter_is_in_index",
            "the index it reads holds all that its filter asks for",
            |s: &S| Some(s.filter_is_in_index()),
        ),
        Fact::text(
            "merged_indexes",
            "how what several indexes found is put together: union, intersection; empty for others",
            |s: &S| Some(merged(s.node).unwrap_or_default().to_owned()),
        ),
        Fact::flag(
            "sorts_row_numbers",
            "sorts numbers of rows alone, and fetches the rows once they are sorted",
            |s: &S| Some(sorts_row_numbers(s.node)),
        ),
        Fact::number(
            "sort_limit",
            "rows",
            "rows that a sort has to yield, 0 without a limit",
            |s: &S| Some(s.node.extra.get("r_limit").and_then(Value::as_f64).unwrap_or(0.0)),
        ),
        Fact::flag(
            "sorts_in_queue",
            "a sort that keeps only the first rows while it reads",
            |s: &S| {
                let method = s.node.sort.as_ref().and_then(|sort| sort.method.as_deref());
                Some(method == Some("priority queue"))
            },
        ),
        Fact::flag(
            "weeds_out",
            "takes out rows that a join has repeated, by a table of those seen",
            |s: &S| {
                let label = s.node.label.to_ascii_lowercase();
                let said = label.contains("weedout") || label == "duplicates_removal";
                Some(s.is(NodeKind::Unique) && said)
            },
        ),
        Fact::flag(
            "scans_for_null",
            "reads a whole table where the compared value is NULL",
            |s: &S| {
                let marks = ["full-scan-on-null_key", "full_scan_on_NULL_key"];
                let marked = marks.iter().any(|mark| s.node.extra.contains_key(*mark));
                Some(marked || s.node.label.starts_with("Alternative plans"))
            },
        ),
        Fact::flag(
            "may_not_be_kept",
            "a subquery that takes nothing from the row, and runs again for each all the same",
            |s: &S| {
                let says = |mark: &str| s.node.extra.contains_key(mark);
                Some(says("subquery") && !says("cacheable") && !says("dependent"))
            },
        ),
        Fact::number(
            "partitions_read",
            "count",
            "partitions it reads; 0 where none are told",
            |s: &S| {
                let list = s.node.extra.get("partitions").and_then(Value::as_array);
                Some(list.map_or(0.0, |list| list.len() as f64))
            },
        ),
        Fact::number(
            "expression_ms",
            "ms",
            "elapsed in checking and computing, outside of storage; 0 where that is not told apart",
            |s: &S| Some(s.expression_ms()),
        ),
        Fact::number("expression_share", "ratio", "that time / time of the query", |s: &S| {
            let total = s.measurements.total_ms.filter(|total| *total > 0.0)?;
            Some((s.expression_ms() / total).min(1.0))
        }),
        Fact::number(
            "build_bytes",
            "bytes",
            "what a hash join keeps of the table it reads first, by the width of the columns it takes",
            |s: &S| s.build_bytes(),
        ),
    ]
}

/// What the planner had no statistics of.
pub fn unknown_to_planner<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::list(
            "unseen_columns",
            "bare columns that the filter compares with constants, with neither an index that begins with them nor a histogram",
            |s: &S| Some(s.unseen_columns()),
        ),
        Fact::text("unseen_columns_sql", "those, quoted and separated by commas", |s: &S| {
            let columns = s.unseen_columns();
            Some(s.query.around.quoted_list(columns.iter().map(String::as_str)))
        }),
    ]
}

impl<'a> S<'a> {
    fn used_index(&self) -> Option<&'a Index> {
        let (table, name) = (self.table?, self.node.index.as_deref()?);
        table.indexes.iter().find(|index| index.name == name)
    }

    fn unsearched_columns(&self) -> Vec<String> {
        let Some(index) = self.used_index() else { return Vec::new() };
        let parts = self.node.extra.get("used_key_parts").and_then(Value::as_array);
        let parts: Vec<&str> = parts.into_iter().flatten().filter_map(Value::as_str).collect();
        let searched = |name: &str| {
            parts.contains(&name) || self.filter.index.iter().any(|p| names(p) == Some(name))
        };
        let keys = index.keys.iter().filter_map(|key| key.column.as_deref());
        let asked = |name: &&str| {
            let known = |p: &Predicate| is_plain(p) && names(p) == Some(*name);
            !searched(name) && self.filter.filter.iter().any(known)
        };
        keys.filter(asked).map(str::to_owned).collect()
    }

    fn filter_is_in_index(&self) -> bool {
        let (Some(table), Some(index)) = (self.table, self.used_index()) else { return false };
        let primary = table.indexes.iter().filter(|other| other.primary);
        let held: Vec<&str> = primary
            .chain([index])
            .flat_map(|index| &index.keys)
            .filter_map(|key| key.column.as_deref())
            .collect();
        let inside = |p: &Predicate| names(p).is_some_and(|name| held.contains(&name));
        !index.primary && !self.filter.filter.is_empty() && self.filter.filter.iter().all(inside)
    }

    fn expression_ms(&self) -> f64 {
        self.node.extra.get("r_other_time_ms").and_then(Value::as_f64).unwrap_or(0.0)
    }

    fn build_bytes(&self) -> Option<f64> {
        let inner = self.input(Relationship::Inner).filter(|_| self.is(NodeKind::HashJoin))?;
        let scan = structure::reads_base_table(inner)?;
        let catalog = self.query.around.catalog()?;
        let table = catalog.table(scan.schema.as_deref(), scan.relation.as_deref()?)?;
        let taken = scan.extra.get("used_columns").and_then(Value::as_array);
        let taken: Option<Vec<&str>> =
            taken.map(|list| list.iter().filter_map(Value::as_str).collect());
        let is_taken =
            |column: &&Column| taken.as_ref().is_none_or(|t| t.contains(&column.name.as_str()));
        let widths = table.columns.iter().filter(is_taken).map(|column| column.average_width);
        Some(self.low_rows(inner) * widths.sum::<Option<f64>>()?)
    }

    fn unseen_columns(&self) -> Vec<String> {
        let Some(table) = self.table else { return Vec::new() };
        let asked = self.filter.filter.iter().filter(|p| is_plain(p)).filter_map(names);
        let mut unseen: Vec<String> = Vec::new();
        for name in asked.filter(|name| !is_seen(table, name)) {
            if !unseen.iter().any(|known| known == name) {
                unseen.push(name.to_owned());
            }
        }
        unseen
    }
}

fn is_seen(table: &Table, name: &str) -> bool {
    let leads = |index: &Index| index.keys.first().and_then(|k| k.column.as_deref()) == Some(name);
    table.statistics.histograms.iter().any(|known| known == name) || table.indexes.iter().any(leads)
}

fn names(p: &Predicate) -> Option<&str> {
    p.column.as_ref().map(|column| column.name.as_str())
}

/// A bare column compared with constants.
fn is_plain(p: &Predicate) -> bool {
    let kind = matches!(p.kind, PredicateKind::Equality | PredicateKind::Range);
    let fixed = matches!(p.operand, Operand::Constant(_) | Operand::List(_)) || p.op == "BETWEEN";
    kind && fixed && p.expression.is_none() && p.cast.is_none()
}

fn merged(node: &Node) -> Option<&'static str> {
    match node.kind {
        NodeKind::BitmapAnd => return Some("intersection"),
        NodeKind::BitmapOr => return Some("union"),
        _ => {}
    }
    let told = node.extra.get("index_merge").and_then(Value::as_object);
    let keys = told.into_iter().flat_map(|map| map.keys().map(String::as_str));
    let named = node.index.as_deref().and_then(|name| name.split_once('(')).map(|(how, _)| how);
    keys.chain(named).find_map(|how| match how {
        "intersect" | "sort_intersect" => Some("intersection"),
        "union" | "sort_union" => Some("union"),
        _ => None,
    })
}

fn sorts_row_numbers(node: &Node) -> bool {
    let mode = node.extra.get("r_sort_mode").and_then(Value::as_str).unwrap_or_default();
    let told = node.extra.get("row_ids").and_then(Value::as_bool).unwrap_or(false);
    node.kind == NodeKind::Sort && (mode.contains("rowid") || told)
}
