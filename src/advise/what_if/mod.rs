//! Asking the planner what it would do if an index existed.
//!
//! Two backends: indexes that only one session's planner sees, and indexes really built on a
//! throwaway copy. A third (a copy with statistics but no rows) needs nothing but this trait.

mod backend;
mod built;
mod hypothetical;

pub use backend::{Trial, WhatIf};
pub use built::Built;
pub use hypothetical::Hypotheses;
