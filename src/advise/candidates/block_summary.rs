//! Summaries of page ranges, for large tables stored in the order of a column.

use crate::advise::access::Access;
use crate::advise::thresholds::Thresholds;
use crate::engine::{BlockSummary, Column, KeyRole, KeySubject};

/// The column to summarise, if there is one that pays: stored in order, restricted to a span,
/// and the span fills a page range at least by half (below, an ordered index reads far less).
pub fn column<'a>(
    access: &Access<'a>,
    summary: BlockSummary,
    ordered: &str,
    thresholds: &Thresholds,
) -> Option<&'a Column> {
    let table = access.table;
    let range_rows = table.rows / (table.pages as f64 / summary.pages_per_range as f64).max(1.0);
    let spans = |kept| kept * table.rows >= range_rows / 2.0 && kept <= thresholds.most_kept;
    let enough = access.kept.is_some_and(spans);
    if table.pages < thresholds.summary_pages || !enough || pins_a_key(access, ordered) {
        return None;
    }
    let spans =
        access.restrictions.iter().filter(|r| r.ordered_role(ordered) == Some(KeyRole::Range));
    spans
        .filter_map(|restriction| match &restriction.subject {
            KeySubject::Column(name) => table.column(name),
            KeySubject::Expression(_) => None,
        })
        .find(|column| {
            let stored_in_order =
                column.correlation.is_some_and(|c| c.abs() >= thresholds.summary_correlation);
            stored_in_order && !is_wanted_sorted(access, column)
        })
}

/// Summaries give no order.
fn is_wanted_sorted(access: &Access<'_>, column: &Column) -> bool {
    access
        .orders
        .iter()
        .filter_map(|order| order.first())
        .any(|key| matches!(&key.subject, KeySubject::Column(name) if name == &column.name))
}

/// An equality or a wanted order needs real keys.
fn pins_a_key(access: &Access<'_>, ordered: &str) -> bool {
    let pinned = |r: &crate::advise::access::Restriction| {
        r.ordered_role(ordered) == Some(KeyRole::Equality)
            && r.selectivity.is_none_or(|kept| kept < 0.05)
    };
    access.restrictions.iter().any(pinned)
}
