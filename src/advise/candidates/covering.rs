//! Carrying the few other columns a query reads, so that the table need not be visited.

use std::collections::BTreeSet;

use crate::advise::access::Access;
use crate::advise::thresholds::Thresholds;
use crate::engine::{IndexDefinition, IndexGrammar, KeySubject, Table};

/// `index` with the columns it lacks to answer `access` alone; `None` when that would not pay.
pub fn covering(
    index: &IndexDefinition,
    access: &Access<'_>,
    grammar: &dyn IndexGrammar,
    thresholds: &Thresholds,
) -> Option<IndexDefinition> {
    let table = access.table;
    // The estimate for an expression without statistics is too rough to weigh this by.
    if index.keys.iter().any(|key| matches!(key.subject, KeySubject::Expression(_))) {
        return None;
    }
    let missing = missing_columns(index, access.needed_of(index.predicate.as_deref())?);
    let narrow = width(table, &missing)? <= thresholds.covering_width;
    let few = (1..=thresholds.covering_columns).contains(&missing.len());
    if !narrow || !few || !is_visible(table, thresholds) || is_churned(table, thresholds) {
        return None;
    }
    let wider = grammar.fitted(IndexDefinition { include: missing, ..index.clone() }, table)?;
    (wider != *index).then_some(wider)
}

fn missing_columns(index: &IndexDefinition, needed: &BTreeSet<String>) -> Vec<String> {
    let keyed = |name: &String| {
        index.keys.iter().any(|key| key.subject == KeySubject::Column(name.clone()))
    };
    needed.iter().filter(|name| !keyed(name)).cloned().collect()
}

/// Bytes of the columns together; `None` when the statistics do not know one of them.
fn width(table: &Table, columns: &[String]) -> Option<f64> {
    columns.iter().map(|name| table.column(name)?.average_width).sum()
}

fn is_visible(table: &Table, thresholds: &Thresholds) -> bool {
    table.visible_fraction.is_some_and(|fraction| fraction >= thresholds.covering_visible)
}

/// Carried columns that change often cost the cheap in-page updates.
fn is_churned(table: &Table, thresholds: &Thresholds) -> bool {
    let updates = table.activity.rows_updated.unwrap_or(0) as f64;
    updates > thresholds.covering_updates * table.rows.max(1.0)
}
