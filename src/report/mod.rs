//! Rendering. Nothing is computed here; see `Document` for all that a report may show.

mod document;

pub use document::{Document, Exporter};
