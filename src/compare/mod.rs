//! Before against after: verdicts per query and for the workload.

mod comparison;

pub use comparison::{Comparison, Method, QueryComparison, Side, Verdict};
