//! `report.html`: one file, no network, readable on a phone and in the dark.

mod code;
mod engine;
mod exporter;
mod history;
mod policy;
mod prose;

pub use exporter::Html;
pub use history::history_page;
