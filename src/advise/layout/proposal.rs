//! One change of layout, with everything that somebody who has to carry it out asks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rule::GainClass;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LayoutKind {
    /// Cut a table into parts by time.
    Partition,
    /// Keep the answer of a heavy query in the database.
    Materialise,
    /// Keep the answer of a hot query in the application.
    Cache,
    /// Put rows away that nothing reads.
    Archive,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LayoutAdvice {
    pub kind: LayoutKind,
    /// The table, by its full name, or the query.
    pub subject: String,
    /// What was seen that speaks for it.
    pub evidence: String,
    pub queries: Vec<LayoutUse>,
    /// What it would do, as a sentence; an estimate unless a trial says otherwise.
    pub estimate: String,
    /// Milliseconds of the workload's weighted time, modelled.
    pub saved_ms: Option<f64>,
    /// What it costs, and when not to do it.
    pub caution: String,
    /// A sketch to start from; none where the change is the application's.
    pub statements: Vec<String>,
    pub undo: Vec<String>,
    /// Always structural: no such figure is a promise.
    pub class: GainClass,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trial: Option<LayoutTrial>,
    /// How a copy that is ours tries it.
    #[serde(skip)]
    pub attempt: Option<Attempt>,
}

/// Statements that make a change of layout on a copy, and take it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub make: Vec<String>,
    pub undo: Vec<String>,
    /// What is asked in place of the queries then; the queries themselves where there is nothing.
    pub read: Option<String>,
}

/// A query that it serves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LayoutUse {
    pub query: String,
    /// Mean of an execution now.
    pub now_ms: Option<f64>,
    /// Share of the table's parts that it would still read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reads: Option<f64>,
}

/// What a copy showed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum LayoutTrial {
    Measured {
        /// An execution of each of its queries together, before and with it: medians.
        before_ms: f64,
        after_ms: f64,
        /// Making it; renewing a kept answer takes as long again.
        build_ms: f64,
    },
    Failed {
        error: String,
    },
    NotTried {
        because: String,
    },
}

impl LayoutAdvice {
    /// `materialise: sales-by-day`.
    pub fn title(&self) -> String {
        let verb = match self.kind {
            LayoutKind::Partition => "cut by time",
            LayoutKind::Materialise => "keep the answer of",
            LayoutKind::Cache => "cache in the application",
            LayoutKind::Archive => "put cold rows away from",
        };
        format!("{verb} {}", self.subject)
    }
}

impl LayoutTrial {
    /// As a sentence.
    pub fn words(&self) -> String {
        match self {
            LayoutTrial::Measured { before_ms, after_ms, build_ms } => format!(
                "Tried on a copy: {before_ms:.1} ms before and {after_ms:.2} ms with it, and making it took {build_ms:.0} ms."
            ),
            LayoutTrial::Failed { error } => {
                format!("Tried on a copy, and it could not be made: {error}.")
            }
            LayoutTrial::NotTried { because } => format!("Not tried: {because}."),
        }
    }
}
