//! `migration.toml`: goals and limits, and where the evidence lies.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RunbookConfig {
    pub title: String,
    /// What moves, and where to, in words.
    pub source: String,
    pub target: String,
    /// Who decides.
    #[serde(default)]
    pub owner: Option<String>,
    pub goals: Goals,
    pub rollback: Rollback,
    #[serde(default)]
    pub evidence: EvidenceFiles,
    /// Seconds that each step of the cutover takes which nothing measures: `freeze`, `drain`, `switch`, `smoke`, `margin`.
    #[serde(default)]
    pub seconds: std::collections::BTreeMap<String, f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Goals {
    /// Minutes until service is back after a failure.
    pub rto_minutes: f64,
    /// Minutes of data that may be lost.
    pub rpo_minutes: f64,
    /// Minutes for which nobody may write.
    pub downtime_minutes: f64,
    /// Evidence older than this proves nothing any more.
    #[serde(default = "week")]
    pub evidence_days: f64,
}

fn week() -> f64 {
    7.0
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rollback {
    /// What makes it happen: `error rate above 1 % for five minutes`.
    pub trigger: String,
    /// What is done, in words.
    pub how: String,
    /// The moment after which it loses data.
    pub until: String,
    /// Measured; `None` where nobody tried it.
    #[serde(default)]
    pub rehearsed_seconds: Option<f64>,
}

/// Paths, from the folder of `migration.toml`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct EvidenceFiles {
    pub inventory: Option<PathBuf>,
    pub rehearsal: Option<PathBuf>,
    pub parity: Option<PathBuf>,
    pub application: Option<PathBuf>,
    /// `plans.json` of `planwise whatif --against DIR --out DIR`, where the move goes to another version.
    pub plans: Option<PathBuf>,
}
