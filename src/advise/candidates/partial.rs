//! Conditions that are the same in every execution and keep few rows: an index of those rows only.

use crate::advise::access::{Access, Restriction};
use crate::advise::thresholds::Thresholds;

/// Restrictions fit for the condition of a partial index.
pub fn conditions<'a>(access: &'a Access<'_>, thresholds: &Thresholds) -> Vec<&'a Restriction> {
    access
        .restrictions
        .iter()
        .filter(|restriction| restriction.condition.is_some())
        .filter(|restriction| {
            restriction.selectivity.is_some_and(|kept| kept <= thresholds.partial_fraction)
        })
        .filter(|restriction| is_dominated(access, restriction))
        .collect()
}

/// Few distinct values: one of them is a state the workload asks for, not a key it looks up.
fn is_dominated(access: &Access<'_>, restriction: &Restriction) -> bool {
    use crate::sql::PredicateKind::{Boolean, NullTest};
    let state = matches!(restriction.predicate.kind, Boolean | NullTest);
    let column = restriction.predicate.column.as_ref();
    let distinct = column.and_then(|c| access.table.column(&c.name)).and_then(|c| c.distinct);
    state || distinct.is_some_and(|distinct| distinct <= MOST_STATES)
}

/// A column with more values than this is no state.
const MOST_STATES: f64 = 20.0;
