//! What came of holding the rules against a run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Finding;

/// Findings, best first, and what could not be judged.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Judgement {
    pub findings: Vec<Finding>,
    pub cannot_judge: Vec<CannotJudge>,
    /// What was not said because the workload's file asks for that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<Ignored>,
}

/// A rule that a query's file asks not to speak of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ignored {
    pub rule: String,
    /// Nothing where the whole workload is meant.
    pub query: Option<String>,
    pub reason: String,
    /// The file of settings that says so; nothing where the query's own file does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Line of the comment that says so.
    pub line: usize,
    /// What it would have said; nothing where it had nothing to say, so that the comment can go.
    pub message: Option<String>,
}

/// A rule that had no say, and why: silence of a rule that could not look is no praise.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct CannotJudge {
    pub rule: String,
    /// `None` for the workload, the schema or the settings.
    pub query: Option<String>,
    pub reason: String,
}
