//! What is asked of a server about its state.

use std::sync::LazyLock;

use super::NAME;
use crate::engine::Look;

static LOOKS: LazyLock<Vec<Look>> = LazyLock::new(|| Look::all(include_str!("looks.toml")));

pub fn of(version: [u32; 2]) -> Vec<Look> {
    LOOKS.iter().filter(|look| look.holds_for(NAME, version)).cloned().collect()
}
