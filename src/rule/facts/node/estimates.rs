//! How well a node's rows were foreseen.

use crate::rule::facts::fact::Fact;
use crate::rule::facts::site::NodeSite as S;
use crate::sql::{Operand, Predicate, PredicateKind};

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
        Fact::number(
            "misestimate_at_harm",
            "ratio",
            "that factor here, or at the node above where it did harm, whichever is more",
            |s: &S| s.error_at_harm().map(|error| error.low),
        ),
        Fact::number(
            "rows_at_harm",
            "rows",
            "rows that came, over all loops, here or where the error did harm, whichever is more",
            |s: &S| {
                let own = s.metrics.rows_total?.low;
                let input = s.harm().and_then(|harm| s.metrics_of(harm.input)?.rows_total);
                Some(input.map_or(own, |rows| rows.low.max(own)))
            },
        ),
        Fact::text(
            "misestimate_harm",
            "what went wrong above because of it, empty when nothing did",
            |s: &S| Some(s.harm().map(|harm| harm.words).unwrap_or_default()),
        ),
        Fact::list(
            "dependent_columns",
            "bare columns compared for equality with constants, where nothing else is asked of the table but ranges of bare columns; empty otherwise",
            |s: &S| Some(s.dependent_columns()),
        ),
        Fact::text(
            "dependent_columns_sql",
            "those columns quoted, separated by commas",
            |s: &S| {
                let columns = s.dependent_columns();
                Some(s.query.around.quoted_list(columns.iter().map(String::as_str)))
            },
        ),
        Fact::flag(
            "extended_statistics",
            "the table has statistics across columns; false without a catalog",
            |s: &S| Some(s.table.is_some_and(|table| !table.statistics.extended.is_empty())),
        ),
    ]
}

impl S<'_> {
    /// Columns on which statistics across columns can tell the planner something. They hold how often
    /// values come together, so each condition must name a value; another kind of condition beside them
    /// (a parameter, a containment, an expression) may be what was misjudged.
    pub fn dependent_columns(&self) -> Vec<String> {
        let all: Vec<&Predicate> = self.filter.index.iter().chain(&self.filter.filter).collect();
        // The planner expects no fewer than one row per loop anywhere: of many loops that says nothing.
        let floor = self.node.plan_rows.is_some_and(|rows| rows <= 1.0) && self.metrics.loops > 1.0;
        if floor || !all.iter().all(|p| is_plain(p)) {
            return Vec::new();
        }
        let equal = all.iter().filter(|p| p.kind == PredicateKind::Equality);
        let mut names: Vec<String> = Vec::new();
        for name in equal.filter_map(|p| p.column.as_ref()).map(|column| &column.name) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        names
    }
}

/// A bare column held against constants.
fn is_plain(p: &Predicate) -> bool {
    let bare = p.column.is_some() && p.expression.is_none() && p.cast.is_none();
    let kind = matches!(
        p.kind,
        PredicateKind::Equality
            | PredicateKind::Range
            | PredicateKind::NullTest
            | PredicateKind::Boolean
    );
    let constant = matches!(p.operand, Operand::Constant(_) | Operand::List(_));
    let between = p.kind == PredicateKind::Range && p.op == "BETWEEN";
    let tested = matches!(p.kind, PredicateKind::NullTest | PredicateKind::Boolean);
    bare && kind && (constant || between || tested)
}
