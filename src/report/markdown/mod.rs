//! `report.md`: the verdict, what to do, and what changed, short enough for a comment on a pull request.

pub mod escape;
mod explanation;
mod exporter;

pub use explanation::explanation;
pub use exporter::Markdown;
