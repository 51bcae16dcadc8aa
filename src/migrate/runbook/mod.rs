//! The plan of a move, filled in by what was measured: nothing is ticked without evidence.

mod arrival;
mod checklist;
mod config;
mod downtime;
mod facts;
mod upgrade;
mod upgrade_checks;

pub use checklist::{CheckState, Checked, checklist};
pub use config::{Goals, Rollback, RunbookConfig};
pub use downtime::{Downtime, downtime};
pub use facts::{Evidence, Facts};
pub use upgrade::{Upgrade, upgrade};
pub use upgrade_checks::statistics_seconds;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Version of the report's form.
pub const RUNBOOK_FORMAT: u32 = 1;

/// Everything a runbook says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Runbook {
    pub format: u32,
    /// Version of planwise that wrote it.
    pub planwise: String,
    pub written: jiff::Timestamp,
    pub config: RunbookConfig,
    pub facts: Facts,
    pub checks: Vec<Checked>,
    pub downtime: Option<Downtime>,
    /// Every check is proven and fresh.
    pub go: bool,
}
