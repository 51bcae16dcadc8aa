//! From TOML files to rules that are compiled and checked.

mod bounds;
mod check;
mod compile;
mod filters;
mod problem;
mod read;
mod rule_set;
#[cfg(test)]
mod tests;

pub use check::check;
pub use compile::Part;
pub use problem::{Problem, Problems};
pub use read::built_in_texts;
pub use rule_set::{EvaluationError, RuleSet};
