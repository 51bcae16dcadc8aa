//! `report.html`: one file, no network, readable on a phone and in the dark.

mod code;
mod engine;
mod exporter;
mod policy;
mod prose;

pub use exporter::Html;
