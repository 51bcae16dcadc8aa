//! Everything a report may show, and the seam behind which each format lives.

use anyhow::Result;
use indexmap::IndexMap;

use crate::advise::Advice;
use crate::compare::Comparison;
use crate::health::HealthReport;
use crate::plan::Measurements;
use crate::rule::Finding;
use crate::run::Run;

#[derive(Debug, Clone)]
pub struct Document {
    pub run: Run,
    pub findings: Vec<Finding>,
    pub advice: Advice,
    /// Before/after, when there was an after.
    pub comparison: Option<Comparison>,
    /// The run after the changes: its plans stand beside those of `run`.
    pub after: Option<Run>,
    /// The server's health, where a server was looked at that is no throwaway.
    pub health: Option<HealthReport>,
    /// Derived quantities of the first plan of each query, by query id: before, and after.
    pub measurements: IndexMap<String, Measurements>,
    pub measurements_after: IndexMap<String, Measurements>,
    /// Replace literals by placeholders in everything written.
    pub redact: bool,
}

/// One format. Rendering is pure: the caller writes the files.
pub trait Exporter {
    /// Name below the output folder, e.g. `report.html`.
    fn file_name(&self) -> &'static str;

    fn render(&self, document: &Document) -> Result<Vec<u8>>;
}
