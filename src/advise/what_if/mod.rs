//! Asking the planner what it would do if an index existed.
//!
//! Three backends: indexes that only one session's planner sees, indexes really built on a
//! throwaway copy, and empty ones that stand for them on a replica without rows.

mod backend;
mod built;
mod hypothetical;
mod stood_in;

pub use backend::{Trial, WhatIf};
pub use built::Built;
pub use hypothetical::Hypotheses;
pub use stood_in::StoodIn;
