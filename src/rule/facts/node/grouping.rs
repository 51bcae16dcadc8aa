//! Groups, distinct rows and windows: what went in, what came out, and what was sorted for them.

use crate::plan::{Node, NodeKind};
use crate::rule::facts::fact::Fact;
use crate::rule::facts::site::NodeSite as S;

pub fn grouping<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::flag("is_distinct", "only takes out rows that were there already", |s: &S| {
            Some(s.is_distinct())
        }),
        Fact::text(
            "one_table",
            "the one table (or its alias) all whose columns it returns; else empty",
            |s: &S| Some(s.one_table().unwrap_or_default()),
        ),
        Fact::flag("removes_nothing", "as many rows came out as went in", |s: &S| {
            let input = s.input_rows();
            let own = s.metrics.rows_total?;
            Some(own.low >= input.low && own.high <= input.high.max(input.low) && own.low > 0.0)
        }),
        Fact::flag("input_is_join", "its rows come out of a join", |s: &S| {
            Some(s.stream().is_some_and(|node| {
                use NodeKind::{HashJoin, MergeJoin, NestedLoop};
                [HashJoin, MergeJoin, NestedLoop].contains(&node.kind)
            }))
        }),
        Fact::flag("input_is_append", "its rows come from several queries", |s: &S| {
            Some(s.stream().is_some_and(|node| node.kind == NodeKind::Append))
        }),
        Fact::number("fanout", "ratio", "rows of that join / rows of its larger input", |s: &S| {
            let Some(join) = s.stream() else { return Some(0.0) };
            let inputs = join.children.iter().map(|input| s.low_rows(input));
            Some(s.low_rows(join) / inputs.fold(1.0, f64::max))
        }),
        Fact::number("with_sort_ms", "ms", "elapsed in it and in the sort made for it", |s: &S| {
            Some(s.with_sort_ms())
        }),
        Fact::number("with_sort_share", "ratio", "that time / time of the query", |s: &S| {
            let total = s.measurements.total_ms.filter(|total| *total > 0.0)?;
            Some((s.with_sort_ms() / total).min(1.0))
        }),
        Fact::number("sort_for_it_ms", "ms", "elapsed in the sort made for it", |s: &S| {
            Some(s.sort_for_it_ms())
        }),
        Fact::number("sort_for_it_share", "ratio", "that time / time of the query", |s: &S| {
            let total = s.measurements.total_ms.filter(|total| *total > 0.0)?;
            Some((s.sort_for_it_ms() / total).min(1.0))
        }),
        Fact::flag("sorts_to_group", "its input is sorted for it", |s: &S| {
            Some(s.sort_below().is_some() && s.node.aggregate.is_some())
        }),
        Fact::flag(
            "needs_order",
            "an aggregate of it asks for an order or for distinct values; not known where the plan does not say what it computes",
            |s: &S| s.needs_order(),
        ),
        Fact::number("groups_expected", "rows", "rows it was expected to give", |s: &S| {
            s.node.plan_rows
        }),
        Fact::list("group_keys", "what it groups by, as the plan prints it", |s: &S| {
            let keys = s.node.aggregate.as_ref().map(|a| a.group_keys.clone());
            Some(keys.unwrap_or_default())
        }),
        Fact::flag(
            "counts_all",
            "the outermost step, which counts all rows of one table and groups nothing",
            |s: &S| Some(s.counts_all()),
        ),
        Fact::number("counted_rows", "rows", "rows it counted", |s: &S| Some(s.counted_rows())),
        Fact::text(
            "ranking",
            "row_number, rank or dense_rank that it computes for every row; empty without one",
            |s: &S| Some(s.ranking().unwrap_or_default().to_owned()),
        ),
        Fact::flag(
            "ranks_below",
            "its rows come from a step that ranks all of them and could not stop early",
            |s: &S| Some(s.ranks_below()),
        ),
        Fact::number("sort_groups", "count", "groups an incremental sort sorted", |s: &S| {
            Some(s.sort_groups())
        }),
        Fact::number("rows_per_sort_group", "rows", "rows of such a group on average", |s: &S| {
            let groups = s.sort_groups();
            Some(if groups > 0.0 { s.input_rows().low / groups } else { 0.0 })
        }),
    ]
}

impl<'a> S<'a> {
    /// A `Unique`, or an aggregate that computes nothing but its groups.
    fn is_distinct(&self) -> bool {
        if self.is(NodeKind::Unique) {
            return true;
        }
        let Some(aggregate) = self.node.aggregate.as_ref() else { return false };
        let output = &self.node.output;
        let whole = aggregate.partial_mode.as_deref().unwrap_or("Simple") == "Simple";
        whole
            && !output.is_empty()
            && !aggregate.group_keys.is_empty()
            && output.iter().all(|text| {
                aggregate.group_keys.iter().any(|key| unqualified(key) == unqualified(text))
            })
    }

    fn one_table(&self) -> Option<String> {
        let qualifier = |text: &String| {
            let text = text.trim_matches(|c| c == '(' || c == ')');
            let (qualifier, name) = text.split_once('.')?;
            let bare =
                |word: &str| word.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '"');
            (bare(qualifier) && bare(name)).then(|| qualifier.trim_matches('"').to_owned())
        };
        let named: Option<Vec<String>> = self.node.output.iter().map(qualifier).collect();
        let mut named = named?;
        named.dedup();
        match named.as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        }
    }

    /// What its rows come from, past steps that hand them on.
    fn stream(&self) -> Option<&'a Node> {
        use NodeKind::{Gather, IncrementalSort, SubqueryScan, Unique};
        let mut node = self.node.children.first()?;
        while [NodeKind::Sort, Gather, IncrementalSort, SubqueryScan, Unique].contains(&node.kind) {
            node = node.children.first()?;
        }
        Some(node)
    }

    fn sort_below(&self) -> Option<&'a Node> {
        let below = self.node.children.first()?;
        (below.kind == NodeKind::Sort).then_some(below)
    }

    /// The sort below it, also where each process sorts a part and the parts are merged.
    fn sort_of_all(&self) -> Option<&'a Node> {
        let below = self.node.children.first()?;
        let merged = || below.children.first().filter(|_| below.kind == NodeKind::Gather);
        self.sort_below().or_else(|| merged().filter(|node| node.kind == NodeKind::Sort))
    }

    /// Neither an order within the groups nor distinct values can be had from a hash.
    fn needs_order(&self) -> Option<bool> {
        let groups = self.node.aggregate.as_ref().map_or(0, |aggregate| aggregate.group_keys.len());
        let sort = self.sort_below().and_then(|below| below.sort.as_ref());
        if sort.is_some_and(|sort| groups > 0 && sort.keys.len() > groups) {
            return Some(true);
        }
        let marks = ["ORDER BY", "DISTINCT", "WITHIN GROUP"];
        let asks = |text: &String| marks.iter().any(|mark| text.contains(mark));
        (!self.node.output.is_empty()).then(|| self.node.output.iter().any(asks))
    }

    fn sort_for_it_ms(&self) -> f64 {
        let sort = self.sort_below().and_then(|sort| self.metrics_of(sort)?.self_ms);
        sort.map_or(0.0, |ms| ms.low)
    }

    fn with_sort_ms(&self) -> f64 {
        let sort = self.sort_of_all().and_then(|sort| self.metrics_of(sort));
        let parts = [Some(self.metrics), sort].into_iter().flatten();
        parts.filter_map(|metrics| metrics.self_ms).map(|ms| ms.low).sum()
    }

    fn counts_all(&self) -> bool {
        let Some(aggregate) = self.node.aggregate.as_ref() else { return false };
        let counts = match self.node.output.as_slice() {
            // Only who counts rows needs nothing of them.
            [] => self.counted().is_some_and(|scan| scan.plan_width == Some(0.0)),
            [only] => only.contains("count("),
            _ => false,
        };
        let outermost = self.ancestors.iter().all(|above| above.kind == NodeKind::Result);
        let plain = aggregate.group_keys.is_empty()
            && aggregate.strategy.as_deref().unwrap_or("Plain") == "Plain";
        plain && counts && outermost && self.counted().is_some()
    }

    /// The scan whose rows are counted, with nothing checked.
    fn counted(&self) -> Option<&'a Node> {
        let mut node = self.node.children.first()?;
        while matches!(node.kind, NodeKind::Gather | NodeKind::Aggregate) {
            node = node.children.first()?;
        }
        let reads = [NodeKind::SeqScan, NodeKind::IndexOnlyScan].contains(&node.kind);
        (reads && node.filter.is_none() && node.index_cond.is_none()).then_some(node)
    }

    fn counted_rows(&self) -> f64 {
        self.counted().map_or(0.0, |scan| self.low_rows(scan))
    }

    fn ranking(&self) -> Option<&'static str> {
        let names = ["row_number()", "dense_rank()", "rank()"];
        let output = self.node.output.iter();
        let computes = |name: &&&str| {
            output.clone().any(|text| text.contains(**name)) && self.is(NodeKind::Window)
        };
        names.iter().find(|name| computes(name)).copied()
    }

    fn ranks_below(&self) -> bool {
        let Some(below) = self.node.children.first() else { return false };
        let ranks = below
            .output
            .iter()
            .any(|text| ["row_number()", "rank()"].iter().any(|name| text.contains(name)));
        self.is(NodeKind::SubqueryScan)
            && below.kind == NodeKind::Window
            && ranks
            && !below.extra.contains_key("Run Condition")
    }

    fn sort_groups(&self) -> f64 {
        let groups = self.node.sort.as_ref().and_then(|sort| sort.groups);
        groups.filter(|_| self.is(NodeKind::IncrementalSort)).map_or(0.0, |n| n as f64)
    }
}

/// An expression without the names of its tables: one step prints them, the next does not.
fn unqualified(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    let mut word = String::new();
    for c in text.chars() {
        match c {
            c if c.is_alphanumeric() || c == '_' || c == '"' => word.push(c),
            '.' if word.starts_with(|c: char| !c.is_ascii_digit()) => word.clear(),
            other => {
                written.push_str(&word);
                word.clear();
                written.push(other);
            }
        }
    }
    written + &word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_tables_are_left_out_and_numbers_stay() {
        assert_eq!(unqualified("(lower(o.status))"), "(lower(status))");
        assert_eq!(unqualified("(a.\"B c\" * 0.5)"), "(\"B c\" * 0.5)");
        assert_eq!(unqualified("price"), "price");
    }
}
