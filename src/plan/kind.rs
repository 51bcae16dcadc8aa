//! What an operator is, and how it hangs on its parent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an operator does, whatever its engine calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NodeKind {
    /// Reads a whole table.
    SeqScan,
    /// Walks an index and fetches rows.
    IndexScan,
    /// Answers from the index alone.
    IndexOnlyScan,
    /// Builds a bitmap from an index.
    BitmapIndexScan,
    /// Fetches the rows of a bitmap.
    BitmapHeapScan,
    BitmapAnd,
    BitmapOr,
    /// A row by its physical address, or by a constant key during optimisation.
    RowLookup,
    FunctionScan,
    ValuesScan,
    CteScan,
    SubqueryScan,
    WorkTableScan,
    ForeignScan,
    NestedLoop,
    HashJoin,
    MergeJoin,
    /// The build side of a hash join.
    Hash,
    Sort,
    IncrementalSort,
    Aggregate,
    Group,
    Window,
    Unique,
    SetOperation,
    Limit,
    Materialize,
    Memoize,
    Append,
    Gather,
    Recursive,
    LockRows,
    Modify,
    Filter,
    Result,
    /// Not known to this version: kept under its own label.
    Other,
}

/// How a node hangs on its parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Relationship {
    Root,
    Outer,
    Inner,
    Member,
    Subquery,
    /// Runs once, outside its parent's own stream.
    InitPlan,
    /// Runs inside an expression of its parent.
    SubPlan,
    Other,
}
