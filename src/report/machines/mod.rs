//! A comparison for build services and monitoring: one exporter per file.

mod code_quality;
mod comment;
mod finding_notes;
mod job;
mod junit;
mod located;
mod open_metrics;
mod sarif;
mod verdicts;

pub use verdicts::{Standing, Told, Verdicts};

pub use code_quality::code_quality;
pub use comment::{LONGEST_COMMENT, comment};
pub use finding_notes::finding_notes;
pub use job::{annotations, summary};
pub use junit::{junit, without_skipped_in_root};
pub use located::{Located, located};
pub use open_metrics::open_metrics;
pub use sarif::{sarif, uri as sarif_uri};
