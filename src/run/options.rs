//! How long, how many at once, and how deep to look.

use std::collections::HashMap;
use std::time::Duration;

use super::Run;
use crate::engine::Params;

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
    /// By query: the values to explain it with, in place of those that took longest. Two plans can be held against each
    /// other only where they were given the same.
    pub explain_with: HashMap<String, Params>,
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
            explain_with: HashMap::new(),
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

    /// As [`RunOptions::plans_only`], each query explained with the values that `other` has its plan for.
    pub fn plans_beside(label: &str, other: &Run) -> Self {
        let explained = other.queries.iter().filter_map(|query| {
            let plan = query.plans.first()?;
            Some((query.id.clone(), plan.params.clone()))
        });
        RunOptions { explain_with: explained.collect(), ..RunOptions::plans_only(label) }
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
