//! A state without values of rows: what is left are shares, counts and widths.

use crate::engine::PlannerState;

/// Values go, and with them what says how values are spread; how often the common ones occur stays.
pub fn redact(state: &mut PlannerState) -> String {
    let mut columns = 0;
    for column in &mut state.columns {
        let had =
            [&column.common_values, &column.bounds, &column.common_elements, &column.range_bounds];
        columns += usize::from(had.iter().any(|values| values.is_some()));
        column.common_values = None;
        column.common_shares = None;
        column.bounds = None;
        column.common_elements = None;
        column.element_shares = None;
        column.range_bounds = None;
    }
    let mut combinations = 0;
    for data in state.extended.iter_mut().flat_map(|object| &mut object.data) {
        combinations += usize::from(!data.common.is_empty());
        data.common.clear();
    }
    for column in state.catalog.tables.iter_mut().flat_map(|table| &mut table.columns) {
        column.common_values.clear();
    }
    format!(
        "values of rows are left out ({columns} columns, {combinations} lists of combinations): conditions on common values \
         and ranges are estimated as if all values were equally frequent, so that plans of queries with them may differ \
         from the source's"
    )
}
