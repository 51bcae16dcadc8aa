//! What a join compared, and how often its inner side ran.

use crate::plan::{Node, NodeKind, Relationship};
use crate::rule::facts::fact::Fact;
use crate::rule::facts::site::NodeSite as S;

pub fn joins<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::flag("is_join", "joins two inputs, in any way", |s: &S| Some(is_join(s.node.kind))),
        Fact::flag("is_nested_loop", "runs its inner side for each outer row", |s: &S| {
            Some(s.is(NodeKind::NestedLoop))
        }),
        Fact::number(
            "join_removed_low",
            "rows",
            "fewest pairs its join filter can have thrown away; 0 without one",
            |s: &S| Some(s.join_removed_low().unwrap_or(0.0)),
        ),
        Fact::text("join_filter", "condition checked on each pair", |s: &S| {
            Some(s.node.join_filter.clone().unwrap_or_default())
        }),
        Fact::number("inner_loops", "count", "how often the inner side of a join ran", |s: &S| {
            let inner = s.input(Relationship::Inner);
            Some(inner.and_then(|inner| s.metrics_of(inner)).map_or(0.0, |m| m.loops))
        }),
        Fact::number("inner_ms", "ms", "elapsed in all those runs, at least", |s: &S| {
            let inner = s.metrics_of(s.input(Relationship::Inner)?)?;
            inner.wall_ms.map(|ms| ms.low)
        }),
        Fact::number(
            "loop_share",
            "ratio",
            "a join's own time and that of its inner side / time of the query",
            |s: &S| s.loop_share(),
        ),
        Fact::text("inner_relation", "base table of the inner side, empty for others", |s: &S| {
            Some(s.inner_relation().unwrap_or_default().to_owned())
        }),
        Fact::flag(
            "inner_is_searched",
            "the inner side looks for rows by a value of the outer row",
            |s: &S| Some(s.is(NodeKind::NestedLoop) && s.inner_is_searched()),
        ),
        Fact::number(
            "outer_underestimate",
            "ratio",
            "more rows came from the outer side than expected, by this factor; 1 when not more",
            |s: &S| {
                let outer = s.input(Relationship::Outer).and_then(|outer| s.metrics_of(outer));
                let wrong = outer.and_then(|m| m.misestimate).filter(|m| m.under);
                Some(wrong.map_or(1.0, |m| m.ratio.low))
            },
        ),
        Fact::number("outer_estimate", "rows", "rows expected of the outer side", |s: &S| {
            s.input(Relationship::Outer)?.plan_rows
        }),
        Fact::text("outer_origin", "where that estimate went wrong", |s: &S| {
            let node = s.outer_origin()?;
            let on = node.relation.as_ref().map(|relation| format!(" on {relation}"));
            Some(format!("{}{}", node.label, on.unwrap_or_default()))
        }),
        Fact::flag("outer_origin_joins", "that is a join", |s: &S| {
            s.outer_origin().map(|node| is_join(node.kind))
        }),
        Fact::flag(
            "outer_origin_guessed",
            "there a column is compared with an array that the planner does not see",
            |s: &S| {
                let node = s.outer_origin()?;
                let mut conditions =
                    [&node.filter, &node.index_cond, &node.recheck_cond].into_iter();
                Some(
                    conditions
                        .any(|text| text.as_ref().is_some_and(|text| text.contains("ANY ($"))),
                )
            },
        ),
    ]
}

fn is_join(kind: NodeKind) -> bool {
    matches!(kind, NodeKind::NestedLoop | NodeKind::HashJoin | NodeKind::MergeJoin)
}

impl<'a> S<'a> {
    fn outer_origin(&self) -> Option<&'a Node> {
        let outer = self.input(Relationship::Outer).filter(|_| self.is(NodeKind::NestedLoop))?;
        // Finding a node by its number walks the plan: only where there is something to explain.
        self.metrics_of(outer)?.misestimate.filter(|m| m.under && m.ratio.low >= 2.0)?;
        let origin = self.metrics_of(outer)?.misestimate_origin.unwrap_or(outer.id);
        self.plan.node(origin)
    }

    fn loop_share(&self) -> Option<f64> {
        let total = self.measurements.total_ms.filter(|total| *total > 0.0)?;
        let inner =
            self.input(Relationship::Inner).and_then(|inner| self.metrics_of(inner)?.wall_ms);
        let own = self.metrics.self_ms?;
        Some(((own.low + inner.map_or(0.0, |ms| ms.low)) / total).min(1.0))
    }
}
