//! Data laid out otherwise, where the workload carries it: tables cut by time, answers kept, cold rows put away. All of it
//! is structural: applications and upkeep change with it, and nobody is told to run it unread.

mod answers;
mod by_time;
mod proposal;
mod span;
mod uses;

pub use answers::answers;
pub use by_time::by_time;
pub use proposal::{Attempt, LayoutAdvice, LayoutKind, LayoutTrial, LayoutUse};

#[cfg(test)]
mod answers_tests;
