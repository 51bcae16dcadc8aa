//! `report.html`: one file, no network, readable on a phone and in the dark.

mod code;
mod engine;
mod explanation;
mod exporter;
mod highlight;
mod history;
mod migration;
mod plan_changes;
mod policy;
mod prose;
mod workload;

pub use explanation::explanation_page;
pub use exporter::Html;
pub use history::history_page;
pub use migration::migration_page;
pub use plan_changes::plan_changes_page;
pub use workload::workload_page;
