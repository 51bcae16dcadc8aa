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
        .filter(|restriction| is_state(access, restriction, thresholds))
        .collect()
}

/// One value makes up most of the rows, so that the others are states the workload asks for, not
/// keys it looks up. Truth and NULL are states by nature.
fn is_state(access: &Access<'_>, restriction: &Restriction, thresholds: &Thresholds) -> bool {
    use crate::sql::PredicateKind::{Boolean, NullTest};
    let by_nature = matches!(restriction.predicate.kind, Boolean | NullTest);
    let column = restriction.predicate.column.as_ref();
    let common = column.and_then(|c| access.table.column(&c.name)?.common_values.first());
    by_nature || common.is_some_and(|(_, share)| *share >= thresholds.dominating)
}
