//! The result of a comparison.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QueryComparison {
    pub query: String,
    pub weight: f64,
    pub before: Option<Side>,
    pub after: Option<Side>,
    /// after / before of the block medians; below 1 is faster.
    pub ratio: Option<f64>,
    /// 95 % interval of the ratio.
    pub ratio_interval: Option<Interval>,
    /// False-discovery-adjusted probability that there is no difference.
    pub q_value: Option<f64>,
    pub blocks: u32,
    pub verdict: Verdict,
    /// One sentence: why this verdict, and what changed in the plan.
    pub note: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    pub method: Method,
    pub queries: Vec<QueryComparison>,
    /// Weighted time of the workload, after / before.
    pub workload_ratio: Option<f64>,
    pub workload_ratio_interval: Option<Interval>,
    pub workload_before_ms: f64,
    pub workload_after_ms: f64,
    /// Indexes' total size before and after, where the schema was changed.
    pub storage_before_bytes: Option<u64>,
    pub storage_after_bytes: Option<u64>,
    pub notes: Vec<String>,
}
