//! One file per verb. Each has its `Args` and a `run` that reads as a sentence.

mod context;
mod exit;

pub use context::Context;
pub use exit::{Exit, InputError, exit_of};
