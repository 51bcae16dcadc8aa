//! `report.md`: the same substance in short, for a pull request or a ticket.

pub mod escape;
mod explanation;
mod exporter;

pub use explanation::explanation;
pub use exporter::Markdown;
