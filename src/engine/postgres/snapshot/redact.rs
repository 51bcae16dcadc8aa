//! A state without values of rows: what is left are shares, counts and widths.

use crate::engine::{ColumnFacts, PlannerState};

/// Values go, and with them what says how values are spread; how often the common ones occur stays.
pub fn redact(state: &mut PlannerState) -> String {
    let mut columns = 0;
    for column in &mut state.columns {
        let had =
            [&column.common_values, &column.bounds, &column.common_elements, &column.range_bounds];
        columns += usize::from(had.iter().any(|values| values.is_some()));
        self::column(column);
        elements(column);
    }
    let combinations = others(state);
    format!(
        "values of rows are left out ({columns} columns, {combinations} lists of combinations): conditions on common values \
         and ranges are estimated as if all values were equally frequent, so that plans of queries with them may differ \
         from the source's"
    )
}

pub(super) fn column(column: &mut ColumnFacts) {
    column.common_values = None;
    column.common_shares = None;
    column.common_digests.clear();
    column.bounds = None;
}

pub(super) fn elements(column: &mut ColumnFacts) {
    column.common_elements = None;
    column.element_shares = None;
    column.range_bounds = None;
}

/// What stands elsewhere. Returns how many lists of combinations there were.
pub(super) fn others(state: &mut PlannerState) -> usize {
    state.ends.clear();
    let mut combinations = 0;
    for data in state.extended.iter_mut().flat_map(|object| &mut object.data) {
        combinations += usize::from(!data.common.is_empty());
        data.common.clear();
        for facts in &mut data.of_expressions {
            column(facts);
            elements(facts);
        }
    }
    for column in state.catalog.tables.iter_mut().flat_map(|table| &mut table.columns) {
        column.common_values.clear();
    }
    combinations
}
