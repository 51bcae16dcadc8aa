//! `report.md`: the same substance in short, for a pull request or a ticket.

mod escape;
mod exporter;

pub use exporter::Markdown;
