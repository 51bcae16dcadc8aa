//! A state without values of rows.

use crate::engine::PlannerState;
use crate::engine::mysql::statistics::Kept;

pub fn redact(state: &mut PlannerState) -> String {
    let before = state.kept.len();
    let mut emptied = 0;
    let kept = std::mem::take(&mut state.kept).into_iter().filter_map(|facts| {
        let Some(mut kept) = Kept::of_facts(&facts) else {
            // Costs of the server's: nothing of them is from rows.
            let mut own = super::restore::COSTS.iter().map(|(of, _)| *of);
            let stays = own.any(|of| of == facts.of) || facts.of == super::restore::CACHED;
            return stays.then_some(facts);
        };
        let stays = kept.redact();
        let after = kept.facts();
        emptied += usize::from(stays && after != facts);
        stays.then_some(after)
    });
    state.kept = kept.collect();
    let left_out = before - state.kept.len();
    for column in state.catalog.tables.iter_mut().flat_map(|table| &mut table.columns) {
        column.common_values.clear();
    }
    format!(
        "values of rows are left out ({} histograms): conditions on columns without an index are estimated by the server's \
         rules of thumb, so that orders of joins may differ from the source's",
        left_out + emptied
    )
}
