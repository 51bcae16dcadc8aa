//! One operation as the server prints it, whichever form it came in.

use indexmap::IndexMap;
use serde_json::Value;

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Step {
    /// `Index lookup on r using idx (a = 1)`: without its figures.
    pub operation: String,
    /// Printed above it, when it is not a plain input: `Hash`, `Select #2 (subquery in condition; …)`.
    pub heading: Option<String>,
    pub first_row_cost: Option<f64>,
    pub total_cost: Option<f64>,
    /// Estimated, per loop.
    pub rows: Option<f64>,
    /// `None`: only estimated.
    pub run: Option<Run>,
    /// Schema and table behind the alias, where the form tells them.
    pub schema: Option<String>,
    pub table: Option<String>,
    /// What the JSON form says beyond the operation's text.
    pub details: IndexMap<String, Value>,
    pub inputs: Vec<Step>,
}

/// What was measured, means per loop.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Run {
    /// Milliseconds to the first row and to the last one, inputs included. `None` without timing.
    pub first_ms: Option<f64>,
    pub last_ms: Option<f64>,
    pub rows: f64,
    /// 0: never executed.
    pub loops: f64,
    /// Half the step that rows and milliseconds are rounded to.
    pub rows_rounding: f64,
    pub time_rounding: f64,
}

impl Step {
    pub fn was_measured(&self) -> bool {
        self.run.is_some() || self.inputs.iter().any(Step::was_measured)
    }

    pub fn is_subquery(&self) -> bool {
        self.heading.as_deref().is_some_and(|heading| heading.starts_with("Select #"))
    }

    /// A subquery in the select list.
    pub fn is_projected(&self) -> bool {
        self.is_subquery()
            && self.heading.as_deref().is_some_and(|heading| heading.contains("in projection"))
    }

    /// Milliseconds over all loops.
    pub fn total_ms(&self) -> f64 {
        self.run.map_or(0.0, |run| run.last_ms.unwrap_or(0.0) * run.loops)
    }
}
