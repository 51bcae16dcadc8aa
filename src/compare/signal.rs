//! What differs between two sides beside the verdict on its time; most of it without any noise.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::plan_diff::PlanDiffRow;
use crate::stats::Interval;

/// How grave it is. Ordered: an error is the greatest.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Explains a difference; no cause for alarm.
    Info,
    /// Worth a look even when the times are equal.
    Warning,
    /// The sides do not answer alike: times are beside the point.
    Error,
}

/// Text is the server's and the workload's own: hostile wherever it is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Signal {
    pub level: Level,
    /// One sentence, without the query's name.
    pub message: String,
    #[serde(flatten)]
    pub cause: Cause,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Cause {
    /// The plan has another shape; side by side, with the nodes that differ marked.
    PlanChanged {
        rows: Vec<PlanDiffRow>,
    },
    /// Mean rows of an execution.
    RowsChanged {
        before: f64,
        after: f64,
    },
    /// Blocks touched by one execution, by more than 5 %.
    BuffersChanged {
        before: u64,
        after: u64,
    },
    /// Rows and index entries that storage handed out to one execution, by more than 5 %.
    EntriesChanged {
        before: u64,
        after: u64,
    },
    /// Temporary tables on disk, and passes over the disk to sort, of one execution.
    DiskUseChanged {
        before: u64,
        after: u64,
    },
    /// Blocks written to and read from temporary files by one execution.
    SpillAppeared {
        before: u64,
        after: u64,
    },
    SpillGone {
        before: u64,
        after: u64,
    },
    /// Failed executions, and the first message.
    ErrorsAppeared {
        before: u64,
        after: u64,
        error: String,
    },
    ErrorsGone {
        before: u64,
        after: u64,
    },
    /// Medians of the blocks, after / before, with the 95 % interval: slower, while the fastest executions are not.
    SlowerInPart {
        ratio: f64,
        interval: Interval,
    },
    /// The rows themselves were compared and are not the same.
    ResultsDiffer {
        examples: Vec<RowExample>,
    },
}

/// A row that one side returned more often than the other, or that differs in place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RowExample {
    /// Which parameter set, from 1.
    pub parameters: usize,
    /// Values as text; `None` is NULL.
    pub before: Option<Vec<Option<String>>>,
    pub after: Option<Vec<Option<String>>>,
}

impl Signal {
    pub fn new(level: Level, message: impl Into<String>, cause: Cause) -> Self {
        Signal { level, message: message.into(), cause }
    }
}
