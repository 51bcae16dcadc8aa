//! Numbers with their uncertainty: intervals, latency histograms, paired tests.

mod change_point;
mod false_discovery;
mod histogram;
mod interval;
mod latency;
mod order;
mod rank_sum;
mod signed_rank;
mod student;

pub use change_point::{ChangePoint, Levels, change_points};
pub use false_discovery::q_values;
pub use histogram::{Histogram, HistogramError};
pub use interval::Interval;
pub use latency::Latency;
pub use order::{median, median_ranks};
pub use rank_sum::rank_sum;
pub use signed_rank::{Paired, signed_rank};
