//! What changed between two plans of one statement, as data.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::NodeChange;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlanChanges {
    pub before: PlanSide,
    pub after: PlanSide,
    /// Sentences: what to look at first.
    pub summary: Vec<String>,
    /// Steps that changed, in the order of the plans; the costliest where there are too many.
    pub steps: Vec<PlanStep>,
    /// Steps that did not change.
    pub unchanged: usize,
    /// Changed steps beyond those listed.
    pub left_out: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlanSide {
    pub name: String,
    pub execution_ms: Option<f64>,
    pub planning_ms: Option<f64>,
    pub nodes: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlanStep {
    pub change: NodeChange,
    pub before: Option<StepFigures>,
    pub after: Option<StepFigures>,
    /// What of it changed, in words.
    pub what: Vec<String>,
}

/// One step of one plan. Times are elapsed, without the steps below; rows over all loops.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StepFigures {
    pub depth: usize,
    pub text: String,
    pub self_ms: Option<f64>,
    pub rows: Option<f64>,
    pub estimated_rows: Option<f64>,
    pub loops: f64,
}
