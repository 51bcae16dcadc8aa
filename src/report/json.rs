//! The machine-readable files, and the one document of `--format json`.

use anyhow::{Context as _, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Document, Exporter};
use crate::advise::Advice;
use crate::compare::Comparison;
use crate::health::HealthReport;
use crate::rule::Finding;
use crate::run::Run;

/// Version of the envelopes below. Raised when a reader of the old form could misread the new one.
pub const REPORT_FORMAT: u32 = 1;

/// `findings.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FindingsFile {
    pub format: u32,
    /// Version of planwise that wrote it.
    pub planwise: String,
    /// All of them, those folded away in the reports (`minor`) too.
    pub findings: Vec<Finding>,
}

/// `advice.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AdviceFile {
    pub format: u32,
    pub planwise: String,
    /// Its parts stand at the top: `indexes`, `drops`, `workload_cost_before`, …
    #[serde(flatten)]
    pub advice: Advice,
}

/// `comparison.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComparisonFile {
    pub format: u32,
    pub planwise: String,
    pub comparison: Comparison,
}

/// The document of `--format json`: everything at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WholeReport {
    pub format: u32,
    pub planwise: String,
    pub run: Run,
    pub findings: Vec<Finding>,
    pub advice: Advice,
    pub comparison: Option<Comparison>,
    pub after: Option<Run>,
    /// What ails the server, where one was looked at.
    #[serde(default)]
    pub health: Option<HealthReport>,
}

pub(super) struct RunJson;
pub(super) struct AfterJson;
pub(super) struct FindingsJson;
pub(super) struct AdviceJson;
pub(super) struct ComparisonJson;
pub(super) struct WholeJson;

impl Exporter for RunJson {
    fn file_name(&self) -> &'static str {
        "run.json"
    }

    fn render(&self, document: &Document) -> Result<Vec<u8>> {
        pretty(&document.run)
    }
}

/// Only for documents that have an after.
impl Exporter for AfterJson {
    fn file_name(&self) -> &'static str {
        "run-after.json"
    }

    fn render(&self, document: &Document) -> Result<Vec<u8>> {
        pretty(document.after.as_ref().context("this report has no run after the changes")?)
    }
}

impl Exporter for FindingsJson {
    fn file_name(&self) -> &'static str {
        "findings.json"
    }

    fn render(&self, document: &Document) -> Result<Vec<u8>> {
        pretty(&FindingsFile {
            format: REPORT_FORMAT,
            planwise: version(),
            findings: document.findings.clone(),
        })
    }
}

impl Exporter for AdviceJson {
    fn file_name(&self) -> &'static str {
        "advice.json"
    }

    fn render(&self, document: &Document) -> Result<Vec<u8>> {
        pretty(&AdviceFile {
            format: REPORT_FORMAT,
            planwise: version(),
            advice: document.advice.clone(),
        })
    }
}

/// Only for documents that have a comparison.
impl Exporter for ComparisonJson {
    fn file_name(&self) -> &'static str {
        "comparison.json"
    }

    fn render(&self, document: &Document) -> Result<Vec<u8>> {
        let comparison = document.comparison.clone().context("this report compares nothing")?;
        pretty(&ComparisonFile { format: REPORT_FORMAT, planwise: version(), comparison })
    }
}

impl Exporter for WholeJson {
    fn file_name(&self) -> &'static str {
        "report.json"
    }

    fn render(&self, document: &Document) -> Result<Vec<u8>> {
        pretty(&WholeReport {
            format: REPORT_FORMAT,
            planwise: version(),
            run: document.run.clone(),
            findings: document.findings.clone(),
            advice: document.advice.clone(),
            comparison: document.comparison.clone(),
            after: document.after.clone(),
            health: document.health.clone(),
        })
    }
}

fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

fn pretty(value: &impl Serialize) -> Result<Vec<u8>> {
    let mut text = serde_json::to_vec_pretty(value)?;
    text.push(b'\n');
    Ok(text)
}
