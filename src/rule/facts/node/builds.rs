//! What joins built, sorted and kept before they could join.

use crate::plan::{Node, NodeKind, Relationship};
use crate::rule::facts::fact::Fact;
use crate::rule::facts::site::NodeSite as S;
use crate::stats::Interval;

pub fn builds<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::text("join_type", "Inner, Left, Semi, …; empty for what is no join", |s: &S| {
            Some(s.node.join_type.clone().unwrap_or_default())
        }),
        Fact::number("build_rows", "rows", "rows a hash join put into its table", |s: &S| {
            Some(s.side(NodeKind::HashJoin, Relationship::Inner))
        }),
        Fact::number("probe_rows", "rows", "rows it looked up there", |s: &S| {
            Some(s.side(NodeKind::HashJoin, Relationship::Outer))
        }),
        Fact::flag(
            "build_expected_smaller",
            "the planner expected fewer rows in that table than it would look up",
            |s: &S| {
                let rows = |side| s.input(side).and_then(|input: &Node| input.plan_rows);
                let expected = rows(Relationship::Inner).zip(rows(Relationship::Outer));
                Some(
                    s.is(NodeKind::HashJoin)
                        && expected.is_some_and(|(inner, outer)| inner <= outer),
                )
            },
        ),
        Fact::number(
            "build_ms",
            "ms",
            "elapsed in building that table, its input aside",
            |s: &S| {
                let hash = s.input(Relationship::Inner).filter(|_| s.is(NodeKind::HashJoin));
                Some(hash.and_then(|hash| s.metrics_of(hash)?.self_ms).map_or(0.0, |ms| ms.low))
            },
        ),
        Fact::number("build_share", "ratio", "that time / time of the query", |s: &S| {
            let total = s.measurements.total_ms.filter(|total| *total > 0.0)?;
            let hash = s.input(Relationship::Inner).filter(|_| s.is(NodeKind::HashJoin));
            let own = hash.and_then(|hash| s.metrics_of(hash)?.self_ms).map_or(0.0, |ms| ms.low);
            Some((own / total).min(1.0))
        }),
        Fact::number(
            "sorted_inputs",
            "count",
            "inputs that were sorted, in memory, for a merge join only",
            |s: &S| Some(s.sorts_for_merge().count() as f64),
        ),
        Fact::number("sorted_inputs_ms", "ms", "elapsed in those sorts themselves", |s: &S| {
            Some(s.sorting_for_merge())
        }),
        Fact::number("sorted_inputs_share", "ratio", "that time / time of the query", |s: &S| {
            let total = s.measurements.total_ms.filter(|total| *total > 0.0)?;
            Some((s.sorting_for_merge() / total).min(1.0))
        }),
        Fact::list("sorted_inputs_keys", "what they were sorted by", |s: &S| {
            let sorts = s.sorts_for_merge().filter_map(|sort| sort.sort.as_ref());
            Some(sorts.flat_map(|sort| sort.keys.clone()).collect())
        }),
        Fact::number(
            "reread_rows",
            "rows",
            "rows that the inner side of a merge join gave, over and over where keys repeat",
            |s: &S| Some(s.side(NodeKind::MergeJoin, Relationship::Inner)),
        ),
        Fact::number("reread_from", "rows", "rows that side read itself", |s: &S| {
            let inner = s.input(Relationship::Inner).filter(|_| s.is(NodeKind::MergeJoin));
            // What reads for itself reads nothing twice.
            let kept = inner.map(|inner| inner.children.first().unwrap_or(inner));
            Some(kept.map_or(0.0, |input| s.low_rows(input)))
        }),
        Fact::flag(
            "is_product",
            "each row of one side with each of the other: nothing is compared",
            |s: &S| Some(s.is_product()),
        ),
        Fact::number("outer_rows", "rows", "rows of a join's outer side", |s: &S| {
            Some(s.input(Relationship::Outer).map_or(0.0, |outer| s.low_rows(outer)))
        }),
        Fact::number("inner_rows", "rows", "rows of one reading of its inner side", |s: &S| {
            let inner = s.input(Relationship::Inner);
            Some(inner.and_then(|inner| inner.actual).map_or(0.0, |actual| actual.rows))
        }),
        Fact::number(
            "or_over_tables",
            "count",
            "arms of an OR in its join filter that ask different tables; 0 without one",
            |s: &S| Some(s.arms_of_tables() as f64),
        ),
        Fact::number("largest_input", "rows", "rows of its larger input", |s: &S| {
            let inputs = s.node.children.iter().map(|input| s.low_rows(input));
            Some(inputs.fold(0.0, f64::max))
        }),
    ]
}

impl<'a> S<'a> {
    pub fn low_rows(&self, node: &Node) -> f64 {
        let rows = self.metrics_of(node).and_then(|metrics| metrics.rows_total);
        rows.map_or(0.0, |rows: Interval| rows.low)
    }

    fn side(&self, join: NodeKind, relationship: Relationship) -> f64 {
        let side = self.input(relationship).filter(|_| self.is(join));
        side.map_or(0.0, |side| self.low_rows(side))
    }

    /// Those that went to disk are left to the rule about that.
    fn sorts_for_merge(&self) -> impl Iterator<Item = &'a Node> {
        let merges = self.is(NodeKind::MergeJoin);
        let inputs = self.node.children.iter().filter(move |_| merges);
        let through = |input: &'a Node| match (input.kind, input.children.as_slice()) {
            (NodeKind::Materialize, [only]) => only,
            _ => input,
        };
        let in_memory = |sort: &&'a Node| !sort.sort.as_ref().is_some_and(|sort| sort.on_disk);
        inputs.map(through).filter(|input| input.kind == NodeKind::Sort).filter(in_memory)
    }

    fn sorting_for_merge(&self) -> f64 {
        let times = self.sorts_for_merge().filter_map(|sort| self.metrics_of(sort)?.self_ms);
        times.map(|ms| ms.low).sum()
    }

    fn is_product(&self) -> bool {
        let joins = self.is(NodeKind::NestedLoop)
            && self.node.join_type.as_deref().unwrap_or("Inner") == "Inner"
            && self.node.join_filter.is_none()
            && self.node.join_cond.is_none();
        let both = |r| self.input(r).map_or(0.0, |side| self.low_rows(side));
        joins
            && !self.inner_is_searched()
            && !self.passes_values()
            && both(Relationship::Outer) > 0.0
            && both(Relationship::Inner) > 0.0
    }

    /// A function or a query of the inner side is computed anew from each outer row.
    fn passes_values(&self) -> bool {
        let Some(inner) = self.input(Relationship::Inner) else { return false };
        let mut pending = vec![inner];
        while let Some(node) = pending.pop() {
            let computes = [NodeKind::FunctionScan, NodeKind::SubqueryScan, NodeKind::Memoize];
            if computes.contains(&node.kind) || node.kind == NodeKind::Result {
                return true;
            }
            pending.extend(&node.children);
        }
        false
    }

    fn arms_of_tables(&self) -> usize {
        let Some(filter) = &self.node.join_filter else { return 0 };
        if !filter.contains(" OR ") {
            return 0;
        }
        let dialect = self.query.around.engine.dialect();
        let arms = dialect.alternatives(filter);
        let apart = arms.into_iter().filter_map(|arms| {
            let tables: Vec<Vec<String>> = arms.iter().map(|arm| qualifiers(arm)).collect();
            let single = tables.iter().all(|named| named.len() == 1);
            let differ = tables.windows(2).any(|pair| pair[0] != pair[1]);
            (single && differ).then_some(tables.len())
        });
        apart.max().unwrap_or(0)
    }
}

/// The tables that an arm asks, in order.
fn qualifiers(arm: &[crate::sql::Predicate]) -> Vec<String> {
    use crate::sql::Operand;
    let mut names: Vec<String> = Vec::new();
    for predicate in arm {
        let other = match &predicate.operand {
            Operand::Column(column) => Some(column),
            _ => None,
        };
        for column in predicate.column.iter().chain(other) {
            names.extend(column.qualifier.clone());
        }
    }
    names.sort();
    names.dedup();
    names
}
