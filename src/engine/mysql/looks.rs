//! What is asked of a server about its state.

use std::sync::LazyLock;

use super::family::Family;
use crate::engine::Look;

static LOOKS: LazyLock<Vec<Look>> = LazyLock::new(|| Look::all(include_str!("looks.toml")));

pub fn of(family: Family, version: [u32; 2]) -> Vec<Look> {
    LOOKS.iter().filter(|look| look.holds_for(family.name(), version)).cloned().collect()
}
