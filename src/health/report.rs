//! What a look at a server came to: `health.json`.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Ailment, NotTaken, Proposal, Reading, Unjudged};
use crate::engine::ServerInfo;
use crate::rule::Severity;
use crate::server::{CounterSample, Hidden, Host};

/// Version of the form.
pub const HEALTH_FORMAT: u32 = 1;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HealthReport {
    pub format: u32,
    pub planwise: String,
    pub taken: Timestamp,
    pub server: ServerInfo,
    pub host: Host,
    /// A server of planwise's own, into which schema and data were loaded: nothing else of it was judged.
    #[serde(default)]
    pub throwaway: bool,
    pub observed: Observation,
    /// The gravest first; none of them only good to know.
    pub ailments: Vec<Ailment>,
    /// Good to know, and no trouble now.
    pub notes: Vec<Ailment>,
    pub vitals: Vec<Reading>,
    /// Settings to change, as one set.
    pub settings: Vec<Proposal>,
    pub not_taken: Vec<NotTaken>,
    /// What this login could not see.
    pub hidden: Vec<Hidden>,
    pub unjudged: Vec<Unjudged>,
    /// For a later `--since`.
    pub counters: CounterSample,
    /// Reading it took so many milliseconds.
    pub took_ms: f64,
}

/// What rates are of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observation {
    pub seconds: f64,
    /// Everything since the counters began, not a time that was watched.
    pub since_start: bool,
}

impl HealthReport {
    /// The gravest ailment.
    pub fn worst(&self) -> Option<Severity> {
        self.ailments.iter().map(|ailment| ailment.severity).max()
    }

    pub fn count(&self, severity: Severity) -> usize {
        self.ailments.iter().filter(|ailment| ailment.severity == severity).count()
    }
}
