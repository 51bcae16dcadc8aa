//! A comparison for build services and monitoring: one exporter per file.

mod code_quality;
mod comment;
mod job;
mod junit;
mod open_metrics;
mod verdicts;

pub use verdicts::{Standing, Told, Verdicts};

pub use code_quality::code_quality;
pub use comment::{LONGEST_COMMENT, comment};
pub use job::{annotations, summary};
pub use junit::junit;
pub use open_metrics::open_metrics;
