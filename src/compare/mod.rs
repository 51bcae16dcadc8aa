//! Before against after: verdicts per query and for the workload.

mod alternate;
mod answers;
mod comparison;
mod conclude;
mod contest;
mod difference;
mod gate;
mod pace;
mod parity;
mod plan_change;
mod plan_diff;
mod precision;
mod rank_tests;
mod records;
mod samples;
mod self_check;
mod sequential;
mod signal;
mod signals;
mod verdict;
mod workload_ratio;

pub use alternate::{AlternateOptions, Pair, alternate};
pub use comparison::{Comparison, Labels, Method, QueryComparison, Side, Verdict};
pub use contest::Measurable;
pub use difference::{Difference, Topic, is_busy};
pub use gate::{FailOn, Gate, gate};
pub use parity::parity;
pub use plan_diff::{NodeChange, PlanDiffRow, PlanLine};
pub use records::records;
pub use self_check::SelfCheck;
pub use sequential::{Half, half, sequential};
pub use signal::{Cause, Level, RowExample, Signal};
pub use verdict::Criteria;
