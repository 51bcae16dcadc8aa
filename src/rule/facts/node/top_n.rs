//! The first rows of a join, by the order of one of its tables.

use crate::plan::{Node, NodeKind, Relationship};
use crate::rule::facts::fact::Fact;
use crate::rule::facts::site::NodeSite as S;
use crate::rule::facts::{sort, structure};
use crate::stats::Interval;

pub fn top_n<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::text(
            "ordering_relation",
            "the one table of a join below whose columns the sort orders by, and of which the join keeps the order; empty otherwise",
            |s: &S| {
                let scan = s.ordering_scan().and_then(|scan| scan.relation.clone());
                Some(scan.unwrap_or_default())
            },
        ),
        Fact::flag(
            "sorts_expressions",
            "every sort key is a column or an expression that an index could hold",
            |s: &S| Some(sort::keys_are_indexable(s.node)),
        ),
        Fact::number(
            "first_rows",
            "rows",
            "rows that are wanted of a sort: the LIMIT's, where processes sort a part each",
            |s: &S| s.first_rows(),
        ),
        Fact::list("sort_keys", "the sort keys as the plan prints them", |s: &S| {
            Some(s.node.sort.as_ref().map(|sort| sort.keys.clone()).unwrap_or_default())
        }),
    ]
}

impl<'a> S<'a> {
    fn first_rows(&self) -> Option<f64> {
        let gathered = self.ancestors.last().is_some_and(|above| above.kind == NodeKind::Gather);
        let limit = structure::limit_above(&self.ancestors).filter(|_| gathered);
        let metrics = limit.and_then(|limit| self.metrics_of(limit)).unwrap_or(self.metrics);
        metrics.rows_total.map(Interval::mid)
    }

    /// The scan whose columns the sort below joins orders by.
    fn ordering_scan(&self) -> Option<&'a Node> {
        let qualifier = sort::key_qualifier(self.node)?;
        if !self.is(NodeKind::Sort) || structure::reads_base_table(self.node).is_some() {
            return None;
        }
        let mut pending: Vec<&'a Node> = self.node.children.iter().collect();
        while let Some(node) = pending.pop() {
            let name = node.alias.as_deref().or(node.relation.as_deref());
            if structure::is_table_access(node.kind) && name == Some(qualifier.as_str()) {
                return Some(node);
            }
            pending.extend(node.children.iter().filter(|child| keeps_order_of(node, child)));
        }
        None
    }
}

/// Read in an order, `input` lets `node` return its rows in that order, each at least once if at all:
/// rows are neither grouped nor filled up for the other side.
fn keeps_order_of(node: &Node, input: &Node) -> bool {
    let join = node.join_type.as_deref().unwrap_or("Inner");
    let outer = input.relationship == Relationship::Outer;
    match node.kind {
        NodeKind::NestedLoop | NodeKind::HashJoin | NodeKind::MergeJoin => match join {
            "Inner" => true,
            "Left" | "Semi" | "Anti" => outer,
            "Right" => !outer,
            _ => false,
        },
        NodeKind::Hash
        | NodeKind::Gather
        | NodeKind::Materialize
        | NodeKind::Memoize
        | NodeKind::Sort
        | NodeKind::Filter => true,
        _ => false,
    }
}
