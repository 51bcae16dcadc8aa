//! One file per verb. Each has its `Args` and a `run` that reads as a sentence.

pub mod advise;
pub mod answers;
pub mod assert;
mod assess;
pub mod capture;
mod captured_plans;
pub mod compare;
mod context;
mod credit;
pub mod demo;
mod dispatch;
mod ending;
mod exit;
#[cfg(test)]
mod exit_tests;
pub mod explain;
mod explained_change;
mod explained_files;
pub mod health;
mod health_beside;
pub mod history;
mod ignores;
pub mod inventory;
pub mod manual;
mod migration_demo;
mod migration_side;
pub mod nightly;
pub mod parity;
mod plan_input;
mod publish;
pub mod rehearse;
mod replay;
mod restarts;
pub mod rules;
pub mod run;
pub mod runbook;
pub mod sandbox;
pub mod snapshot;
pub mod tune;
mod tuning;
pub mod whatif;
pub mod workload;

pub use context::Context;
pub use dispatch::dispatch;
pub use exit::{Exit, FileError, InputError, NothingYet, exit_of, is_broken_pipe};
