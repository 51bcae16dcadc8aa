//! How long, how many at once, and how deep to look.

use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Length {
    /// Every client runs every query (and every session of the workload) this many times.
    Rounds(u32),
    /// Whole rounds until the time is up; a round that has begun is cut off.
    Duration(Duration),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExplainDepth {
    /// Execute once more under EXPLAIN, where execution is allowed.
    Analyze,
    /// Estimates only.
    Plan,
    None,
}

#[derive(Debug, Clone, PartialEq)]
pub struct RunOptions {
    pub length: Length,
    /// Rounds whose times are thrown away.
    pub warmup_rounds: u32,
    /// Connections that run at the same time.
    pub clients: u32,
    pub explain: ExplainDepth,
    /// A query that has used this much time (per client, warm-up aside) and has been
    /// measured at least three times is not run again: one slow query must not hold up the others.
    pub query_budget: Duration,
    /// Decides the order of the queries within a round.
    pub seed: u64,
    pub label: Option<String>,
}

impl Default for RunOptions {
    fn default() -> Self {
        RunOptions {
            length: Length::Rounds(10),
            warmup_rounds: 1,
            clients: 1,
            explain: ExplainDepth::Analyze,
            query_budget: Duration::from_secs(10),
            seed: 1,
            label: None,
        }
    }
}

impl RunOptions {
    /// One round and the plans: for where the times that count are measured elsewhere.
    pub fn plans_only(label: &str) -> Self {
        RunOptions {
            length: Length::Rounds(1),
            warmup_rounds: 0,
            explain: ExplainDepth::Analyze,
            label: Some(label.to_owned()),
            ..RunOptions::default()
        }
    }
}

impl ExplainDepth {
    /// As it stands in the record.
    pub fn name(self) -> &'static str {
        match self {
            ExplainDepth::Analyze => "analyze",
            ExplainDepth::Plan => "plan",
            ExplainDepth::None => "none",
        }
    }
}
