//! What the measurement layer derives for a plan and for each of its nodes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::plan::{Buffers, IoTime, NodeId};
use crate::stats::Interval;

/// Derived quantities of one plan; `nodes` is indexed by [`NodeId`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Measurements {
    pub nodes: Vec<Metrics>,
    /// Denominator of every share: execution time where known, else the root's time.
    pub total_ms: Option<f64>,
    /// Execution time that no node, trigger, JIT or serialisation accounts for.
    pub unaccounted_ms: Option<Interval>,
}

/// Derived quantities of one node. Times in milliseconds, over all loops.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
pub struct Metrics {
    pub executed: bool,
    pub loops: f64,
    /// Summed over leader and workers.
    pub cpu_ms: Option<Interval>,
    /// Elapsed.
    pub wall_ms: Option<Interval>,
    /// Elapsed without children.
    pub self_ms: Option<Interval>,
    /// `self_ms` as a share of the total, 0 to 1.
    pub self_share: Option<Interval>,
    pub rows_total: Option<Interval>,
    /// Filter, join filter and recheck together.
    pub removed_total: Option<Interval>,
    /// removed / (removed + kept), 0 to 1.
    pub removed_fraction: Option<Interval>,
    /// Without children.
    pub self_buffers: Option<Buffers>,
    pub self_io: Option<IoTime>,
    pub misestimate: Option<Misestimate>,
    /// Nearest cause below, when this node's misestimate is inherited.
    pub misestimate_origin: Option<NodeId>,
    /// Runs below a Gather.
    pub in_parallel: bool,
    /// Reason why the row estimate cannot be judged here (LIMIT above, inner of a semi-join, …).
    pub estimate_exempt: Option<String>,
}

/// Estimated against actual rows, per loop.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Misestimate {
    /// max(e, a) / max(1, min(e, a)); 1 is exact. The low end allows for the server's rounding.
    pub ratio: Interval,
    /// The planner expected fewer rows than came.
    pub under: bool,
}
