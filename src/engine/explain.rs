//! Asking for a plan.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::plan::Plan;

/// How far EXPLAIN may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExplainMode {
    /// Execute the statement and measure it. Obeys the session's `Access`.
    Analyze,
    /// Estimate only. Unknown parameters are allowed where the server can plan without them.
    Estimate,
}

/// A plan, parsed and as the server printed it.
#[derive(Debug, Clone)]
pub struct Explained {
    pub plan: Plan,
    /// The server's own document, kept for `plans/*.json`.
    pub raw: Value,
}

/// What a plan leaves out, and the statement that would show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FullerExplain {
    /// As sentences for the user.
    pub missing: Vec<String>,
    /// To be run instead.
    pub statement: String,
}
