//! Everything a run leaves in its output folder.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::atomic::write_atomically;
use super::plans::{assign_files, write_plans};
use super::stale::Earlier;
use crate::report::advice_sql::{AdviceSql, UndoSql};
use crate::report::health::health_files;
use crate::report::html::Html;
use crate::report::json::{AdviceJson, AfterJson, ComparisonJson, FindingsJson, RunJson};
use crate::report::markdown::Markdown;
use crate::report::{Document, Exporter, redacted};

/// The files written, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub paths: Vec<PathBuf>,
}

impl Written {
    /// The file to open first.
    pub fn html(&self) -> Option<&Path> {
        self.paths.iter().map(PathBuf::as_path).find(|p| p.ends_with("report.html"))
    }
}

/// Writes every file of `--out`, the measurements first: what can be measured only once is
/// saved before anything that can be rendered again. Files that an earlier command left there, and that are not
/// written now, are taken away last.
///
/// # Errors
/// Names the path that could not be written; the files before it are complete and stay.
pub fn write(document: &Document, out: &Path) -> Result<Written> {
    write_with(document, out, exporters(document), true)
}

/// As [`write()`], for a document that only compares: there are no findings and no advice. Runs that were read from
/// records are not written again.
pub fn write_comparison(document: &Document, out: &Path, runs_too: bool) -> Result<Written> {
    let runs: Vec<Box<dyn Exporter>> = match runs_too {
        true => vec![Box::new(RunJson), Box::new(AfterJson)],
        false => Vec::new(),
    };
    let compared: [Box<dyn Exporter>; 3] =
        [Box::new(ComparisonJson), Box::new(Markdown), Box::new(Html)];
    write_with(document, out, runs.into_iter().chain(compared).collect(), runs_too)
}

fn write_with(
    document: &Document,
    out: &Path,
    exporters: Vec<Box<dyn Exporter>>,
    measured: bool,
) -> Result<Written> {
    let earlier = Earlier::in_folder(out, measured);
    let mut document = redacted(document);
    assign_files(&mut document);
    let mut paths = Vec::new();
    for exporter in exporters {
        let path = out.join(exporter.file_name());
        write_atomically(&path, &exporter.render(&document)?)?;
        paths.push(path);
    }
    paths.extend(write_plans(&document, out)?.iter().map(|file| out.join(file)));
    earlier.remove_except(&paths);
    Ok(Written { paths })
}

fn exporters(document: &Document) -> Vec<Box<dyn Exporter>> {
    let mut exporters: Vec<Box<dyn Exporter>> = vec![Box::new(RunJson)];
    if document.after.is_some() {
        exporters.push(Box::new(AfterJson));
    }
    if document.comparison.is_some() {
        exporters.push(Box::new(ComparisonJson));
    }
    exporters.push(Box::new(FindingsJson));
    exporters.push(Box::new(AdviceJson));
    exporters.push(Box::new(AdviceSql));
    exporters.push(Box::new(UndoSql));
    exporters.push(Box::new(Markdown));
    exporters.extend(health_files(document));
    exporters.push(Box::new(Html));
    exporters
}
