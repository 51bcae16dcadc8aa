//! Conditions that are the same in every execution and keep few rows: an index of those rows only.

use crate::advise::access::{Access, State};
use crate::advise::thresholds::Thresholds;

/// States that few enough rows are in for a partial index.
pub fn conditions<'a>(access: &'a Access<'_>, thresholds: &Thresholds) -> Vec<&'a State> {
    let rare = |state: &&State| state.share.is_some_and(|kept| kept <= thresholds.partial_fraction);
    access.states.iter().filter(rare).collect()
}
