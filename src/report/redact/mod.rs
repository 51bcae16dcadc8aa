//! `--redact`: no literal of the workload, of a plan or of the statistics leaves in any file.
//!
//! Three nets, because text comes from many hands:
//! - whatever is code (statements, conditions, definitions, raw plans) is scanned, and every string,
//!   number and comment in it becomes a placeholder; what cannot be scanned safely goes whole;
//! - values (parameters, common values of a column) become placeholders, and so does all text
//!   of the server that quotes them (details of errors);
//! - prose (findings, notes) keeps its numbers, but every code text and literal seen anywhere in the
//!   document is looked for in it and replaced, and so is whatever stands in quotes without being a known name.

mod advice;
mod health;
mod known;
mod plan;
mod redactor;
mod run;
mod scan;
mod whole;

pub use whole::redacted;

/// What stands where a literal stood.
pub const PLACEHOLDER: &str = "<literal>";
