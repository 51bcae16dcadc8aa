//! From TOML files to rules that are compiled and checked.

mod bounds;
mod check;
mod compile;
mod expressions;
mod filters;
mod guard;
mod problem;
mod read;
mod rule_set;
#[cfg(test)]
mod tests;

pub use check::{check, number_literals};
pub use compile::{HOLDS, Part};
pub use expressions::Expressions;
pub use problem::{Problem, Problems};
pub use read::built_in_texts;
pub use rule_set::{EvaluationError, RuleSet};
