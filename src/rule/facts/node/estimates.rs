//! How well a node's rows were foreseen.

use crate::rule::facts::fact::Fact;
use crate::rule::facts::site::NodeSite as S;
use crate::rule::facts::structure;

/// Loops of an inner side from which a wrong estimate of the outer one counts as harm.
const LOOPS_THAT_HURT: f64 = 1_000.0;

pub fn estimates<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::flag(
            "is_misestimated_here",
            "its row estimate can be judged and is not inherited from below",
            |s: &S| {
                let own = s.metrics.misestimate_origin.is_none_or(|origin| origin == s.node.id);
                Some(own && s.metrics.estimate_exempt.is_none() && s.metrics.misestimate.is_some())
            },
        ),
        Fact::number(
            "misestimate_low",
            "ratio",
            "estimated and actual rows differ at least by this factor",
            |s: &S| s.metrics.misestimate.map(|m| m.ratio.low),
        ),
        Fact::flag("underestimated", "more rows came than expected", |s: &S| {
            s.metrics.misestimate.map(|m| m.under)
        }),
        Fact::number("estimated_rows", "rows", "rows expected per loop", |s: &S| s.node.plan_rows),
        Fact::number("rows_per_loop", "rows", "rows produced per loop", |s: &S| {
            s.node.actual.map(|actual| actual.rows)
        }),
        Fact::number(
            "misjudged_rows",
            "rows",
            "the larger of expected and actual rows, over all loops",
            |s: &S| {
                let per_loop = s.node.plan_rows?.max(s.node.actual?.rows);
                Some(per_loop * s.metrics.loops)
            },
        ),
        Fact::text(
            "misestimate_harm",
            "what went wrong above because of it, empty when nothing did",
            |s: &S| {
                let harm = structure::harmed_by(s.node, &s.ancestors, LOOPS_THAT_HURT);
                Some(harm.unwrap_or_default())
            },
        ),
        Fact::flag(
            "extended_statistics",
            "the table has statistics across columns; false without a catalog",
            |s: &S| Some(s.table.is_some_and(|table| !table.statistics.extended.is_empty())),
        ),
    ]
}
