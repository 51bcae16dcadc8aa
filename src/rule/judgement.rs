//! What came of holding the rules against a run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Finding;

/// Findings, best first, and what could not be judged.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Judgement {
    pub findings: Vec<Finding>,
    pub cannot_judge: Vec<CannotJudge>,
}

/// A rule that had no say, and why: silence of a rule that could not look is no praise.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct CannotJudge {
    pub rule: String,
    /// `None` for the workload, the schema or the settings.
    pub query: Option<String>,
    pub reason: String,
}
