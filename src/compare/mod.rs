//! Before against after: verdicts per query and for the workload.

mod alternate;
mod comparison;
mod conclude;
mod contest;
mod pace;
mod plan_change;
mod samples;
mod sequential;
mod verdict;
mod workload_ratio;

pub use alternate::{AlternateOptions, Pair, alternate};
pub use comparison::{Comparison, Method, QueryComparison, Side, Verdict};
pub use contest::Measurable;
pub use sequential::{Half, half, sequential};
pub use verdict::Criteria;

use conclude::conclude;
