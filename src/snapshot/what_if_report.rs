//! What a change does to plans, as it is written and read again.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Effect;
use crate::compare::PlanChanges;

/// Raised when something that readers go by changes its meaning.
pub const WHAT_IF_FORMAT: u32 = 1;

/// A plan that costs more than this, as a multiple of the one before, is worse.
const WORSE: f64 = 1.1;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WhatIfReport {
    pub format: u32,
    /// Version of planwise that wrote it.
    pub planwise: String,
    pub written: Timestamp,
    /// The server that the snapshot was taken of.
    pub source: WhatIfSource,
    /// When the snapshot was taken.
    pub snapshot_taken: Timestamp,
    /// Versions of the servers that planned, before and after.
    pub planned_by: [String; 2],
    /// The same as numbers: `[major, minor]`.
    pub version_numbers: [[u32; 2]; 2],
    /// Statements and settings that were tried on the second of them.
    pub tried: Vec<String>,
    pub queries: Vec<WhatIfQuery>,
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WhatIfSource {
    pub engine: String,
    pub version: String,
    /// `[major, minor]`.
    pub version_number: [u32; 2],
}

/// One query with one set of parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WhatIfQuery {
    pub query: String,
    pub effect: Effect,
    pub cost_before: Option<f64>,
    pub cost_after: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<PlanChanges>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl WhatIfReport {
    pub fn count(&self, effect: Effect) -> usize {
        self.queries.iter().filter(|query| query.effect == effect).count()
    }
}

impl WhatIfQuery {
    /// It costs more by more than a tenth, or has no plan any more.
    pub fn is_worse(&self) -> bool {
        match (self.cost_before, self.cost_after) {
            (Some(before), Some(after)) => after > before * WORSE,
            (Some(_), None) => true,
            _ => false,
        }
    }

    /// It had a plan, and has none.
    pub fn is_lost(&self) -> bool {
        self.effect == Effect::Unplanned && self.cost_before.is_some() && self.cost_after.is_none()
    }
}
