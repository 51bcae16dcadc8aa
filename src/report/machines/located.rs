//! Findings with the place in a file where people read them.

use crate::report::Document;
use crate::rule::Finding;

/// A finding and the line it is about.
#[derive(Debug, Clone, Copy)]
pub struct Located<'a> {
    pub finding: &'a Finding,
    /// As the user named it; empty where no file is known.
    pub file: &'a str,
    /// From 1.
    pub line: usize,
}

/// Of a run: on the line of the query file where the query stands; what is about the schema or the settings on the
/// first line of the workload; what a captured log shows on its line.
pub fn located(document: &Document) -> Vec<Located<'_>> {
    document.findings.iter().map(|finding| place(document, finding)).collect()
}

fn place<'a>(document: &'a Document, finding: &'a Finding) -> Located<'a> {
    let run = &document.run;
    if let Some(seen) = &finding.seen_at {
        let line = usize::try_from(seen.line).unwrap_or(usize::MAX);
        return Located { finding, file: &seen.file, line };
    }
    let query = finding.query.as_deref().and_then(|id| run.query(id));
    let file = query.and_then(|query| query.file.as_deref()).unwrap_or(&run.workload.source);
    let first = query.map_or(1, |query| query.line.max(1));
    let within = finding.line.map_or(0, |line| line.saturating_sub(1));
    Located { finding, file, line: first + within }
}
