//! How many rows and blocks went through a node, and how long that took.

use crate::stats::Interval;

use crate::rule::facts::fact::Fact;
use crate::rule::facts::site::NodeSite as S;

pub fn volumes<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::flag("executed", "it ran at least once", |s: &S| Some(s.metrics.executed)),
        Fact::number("loops", "count", "how often it ran", |s: &S| Some(s.metrics.loops)),
        Fact::number("rows", "rows", "rows produced over all loops", |s: &S| {
            s.metrics.rows_total.map(Interval::mid)
        }),
        Fact::number(
            "rows_high",
            "rows",
            "most rows it can have produced, given rounding",
            |s: &S| s.metrics.rows_total.map(|rows| rows.high),
        ),
        Fact::number(
            "removed_low",
            "rows",
            "fewest rows it can have read and thrown away",
            |s: &S| s.metrics.removed_total.map(|rows| rows.low),
        ),
        Fact::number("removed_fraction_low", "ratio", "thrown away / read, at least", |s: &S| {
            s.metrics.removed_fraction.map(|fraction| fraction.low)
        }),
        Fact::number(
            "touched_low",
            "rows",
            "fewest rows it can have read, kept or not",
            |s: &S| Some(low(s.metrics.rows_total) + low(s.metrics.removed_total)),
        ),
        Fact::number("touched", "rows", "rows it read, kept or not", |s: &S| {
            // Where none is said to be removed, some may be in the rounding: they are not counted.
            let removed = s.metrics.removed_total.filter(|removed| removed.low > 0.0);
            Some(mid(s.metrics.rows_total) + mid(removed))
        }),
        Fact::number("input_rows", "rows", "rows its inputs produced", |s: &S| {
            Some(s.input_rows().mid())
        }),
        Fact::number(
            "input_rows_low",
            "rows",
            "fewest rows its inputs can have produced",
            |s: &S| Some(s.input_rows().low),
        ),
        Fact::number(
            "skipped_rows_low",
            "rows",
            "rows its input produced beyond what it passed on",
            |s: &S| Some((s.input_rows().low - s.metrics.rows_total?.high).max(0.0)),
        ),
        Fact::number("blocks", "blocks", "blocks it touched itself, cached or not", |s: &S| {
            s.metrics.self_buffers.map(|b| (b.shared_hit + b.shared_read) as f64)
        }),
        Fact::number(
            "heap_fetches",
            "rows",
            "rows an index-only scan looked up in the table",
            |s: &S| s.node.heap_fetches.map(|fetches| fetches as f64),
        ),
        Fact::number(
            "heap_fetch_fraction",
            "ratio",
            "heap fetches / rows read from the index",
            |s: &S| {
                let rows = low(s.metrics.rows_total) + low(s.metrics.removed_total);
                s.node.heap_fetches.map(|fetches| (fetches as f64 / rows.max(1.0)).min(1.0))
            },
        ),
        Fact::number("workers_planned", "count", "parallel workers the plan asked for", |s: &S| {
            s.node.workers_planned.map(|n| n as f64)
        }),
        Fact::number("workers_launched", "count", "parallel workers it got", |s: &S| {
            s.node.workers_launched.map(|n| n as f64)
        }),
    ]
}

pub fn times<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::number("self_ms", "ms", "elapsed in the node itself, at least", |s: &S| {
            s.metrics.self_ms.map(|ms| ms.low)
        }),
        Fact::number("self_share", "ratio", "self time / time of the query, at least", |s: &S| {
            s.metrics.self_share.map(|share| share.low)
        }),
        Fact::number("wall_ms", "ms", "elapsed in the node and all below it, at least", |s: &S| {
            s.metrics.wall_ms.map(|ms| ms.low)
        }),
        Fact::number("wall_share", "ratio", "that time / time of the query, at least", |s: &S| {
            s.wall_share()
        }),
    ]
}

/// For messages: of a loop's rows, rounded in each turn, the low end may be half of what came.
fn mid(interval: Option<Interval>) -> f64 {
    interval.map_or(0.0, Interval::mid)
}

fn low(interval: Option<Interval>) -> f64 {
    interval.map_or(0.0, |interval| interval.low)
}
