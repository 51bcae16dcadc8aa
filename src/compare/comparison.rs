//! The result of a comparison.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Criteria, Difference, SelfCheck, Signal};
use crate::engine::DbError;
use crate::stats::{Interval, Latency};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Improved,
    Regressed,
    /// The interval lies within the tolerance.
    Unchanged,
    /// The interval is too wide to tell.
    Inconclusive,
    /// It failed on one side at least.
    Failed,
}

/// How the two sides were measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Both sides reachable at once: executions alternate in ABBA order inside blocks.
    Alternating,
    /// One run after the other: low confidence.
    Sequential,
}

/// What the two sides are called in reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Labels {
    pub before: String,
    pub after: String,
}

impl Default for Labels {
    fn default() -> Self {
        Labels { before: "before".to_owned(), after: "after".to_owned() }
    }
}

/// One query on one side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Side {
    pub latency: Latency,
    pub rows: Option<f64>,
    /// Node labels and relations of the plan, for a glance at whether it changed.
    pub plan_shape: Option<String>,
    /// Shared blocks touched by one execution, hit or read.
    pub blocks: Option<u64>,
    pub temp_blocks: Option<u64>,
    /// Medians of its blocks (alternating) or rounds (sequential) in the order they were measured, milliseconds.
    /// Alternating: the n-th of both sides were measured together.
    #[serde(default)]
    pub block_medians_ms: Vec<f64>,
    /// What the verdict rests on, milliseconds: the level of the block's fastest executions. Alternating: the ratio of the n-th
    /// of both sides is the median ratio of neighbouring executions. Sequential: the same as the medians.
    #[serde(default)]
    pub block_levels_ms: Vec<f64>,
}

impl Side {
    /// Low end, middle and high end of the time that stands beside the ratio, in milliseconds: the median of the blocks that the
    /// ratio rests on, and its 95 % interval by ranks. Of the executions where there are no blocks.
    pub fn typical_ms(&self) -> [f64; 3] {
        let mut levels = self.block_levels_ms.clone();
        levels.sort_by(f64::total_cmp);
        let (Some(low), Some(high)) = (levels.first(), levels.last()) else {
            let range = self.latency.median_interval;
            return [range.low, self.latency.p50_ms, range.high];
        };
        let half = levels.len() as f64 / 2.0;
        let rank = (half - 0.98 * (levels.len() as f64).sqrt()).floor();
        let ends = match rank >= 1.0 {
            true => (levels[rank as usize - 1], levels[levels.len() - rank as usize]),
            false => (*low, *high),
        };
        [ends.0, crate::stats::median(levels.clone()).unwrap_or(self.latency.p50_ms), ends.1]
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QueryComparison {
    pub query: String,
    pub weight: f64,
    pub before: Option<Side>,
    pub after: Option<Side>,
    /// after / before of what undisturbed executions take in each block; below 1 is faster.
    pub ratio: Option<f64>,
    /// 95 % interval of the ratio.
    pub ratio_interval: Option<Interval>,
    /// False-discovery-adjusted probability that there is no difference.
    pub q_value: Option<f64>,
    pub blocks: u32,
    pub verdict: Verdict,
    /// One sentence: why this verdict, and what changed in the plan.
    pub note: Option<String>,
    /// After − before, mean over the blocks of what undisturbed executions take, milliseconds an execution.
    #[serde(default)]
    pub change_ms: Option<f64>,
    /// Its weighted time as a share of the workload's before, 0 to 1.
    #[serde(default)]
    pub share: Option<f64>,
    /// Its weighted change as a share of the workload's time before; negative when it got faster.
    #[serde(default)]
    pub impact: Option<f64>,
    /// The smallest slow-down that would have been called one in four of five such measurements, as a
    /// share: 0.08 is 8 % slower.
    #[serde(default)]
    pub smallest_effect: Option<f64>,
    /// Inconclusive: about how many blocks (rounds) it would take. `None` where no number would do.
    #[serde(default)]
    pub blocks_needed: Option<u32>,
    /// What differs without noise, gravest first.
    #[serde(default)]
    pub signals: Vec<Signal>,
}

impl QueryComparison {
    /// Without any figures yet.
    pub fn new(query: impl Into<String>, weight: f64, verdict: Verdict) -> Self {
        QueryComparison {
            query: query.into(),
            weight,
            before: None,
            after: None,
            ratio: None,
            ratio_interval: None,
            q_value: None,
            blocks: 0,
            verdict,
            note: None,
            change_ms: None,
            share: None,
            impact: None,
            smallest_effect: None,
            blocks_needed: None,
            signals: Vec::new(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    pub method: Method,
    #[serde(default)]
    pub labels: Labels,
    /// Where the two sides' surroundings differ, gravest first: to be read before any verdict.
    #[serde(default)]
    pub differences: Vec<Difference>,
    pub queries: Vec<QueryComparison>,
    /// Weighted time of the workload, after / before.
    pub workload_ratio: Option<f64>,
    pub workload_ratio_interval: Option<Interval>,
    /// `None` in files of before there was one, and where nothing was measured.
    #[serde(default)]
    pub workload_verdict: Option<Verdict>,
    pub workload_before_ms: f64,
    pub workload_after_ms: f64,
    /// Each side against itself. `None` where it was not asked for.
    #[serde(default)]
    pub self_check: Option<SelfCheck>,
    /// What it took to call a difference one.
    #[serde(default)]
    pub criteria: Option<Criteria>,
    /// Indexes' total size before and after, where the schema was changed.
    pub storage_before_bytes: Option<u64>,
    pub storage_after_bytes: Option<u64>,
    pub notes: Vec<String>,
    /// Why it ended early, where a server went away: what is here was measured until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<DbError>,
}

impl Comparison {
    /// Without any queries yet.
    pub fn new(method: Method) -> Self {
        Comparison {
            method,
            labels: Labels::default(),
            differences: Vec::new(),
            queries: Vec::new(),
            workload_ratio: None,
            workload_ratio_interval: None,
            workload_verdict: None,
            workload_before_ms: 0.0,
            workload_after_ms: 0.0,
            self_check: None,
            criteria: None,
            storage_before_bytes: None,
            storage_after_bytes: None,
            notes: Vec::new(),
            lost: None,
        }
    }

    /// Remembers, and says, that a server went away.
    pub fn lose(&mut self, error: Option<DbError>) {
        let note = error
            .as_ref()
            .map(|error| format!("A server went away during the comparison: {}", error.message));
        self.notes.extend(note);
        self.lost = error;
    }

    /// For callers to whom a comparison is worth nothing unless it is whole.
    ///
    /// # Errors
    /// The failure of the server that went away.
    pub fn whole(self) -> Result<Comparison, DbError> {
        match self.lost {
            Some(error) => Err(error),
            None => Ok(self),
        }
    }

    pub fn query(&self, id: &str) -> Option<&QueryComparison> {
        self.queries.iter().find(|query| query.query == id)
    }
}
