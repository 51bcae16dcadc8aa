//! One neutral plan tree for all engines, and the measurement layer that every rule sits on.

mod ancestry;
mod evidence;
mod kind;
mod measure;
mod node;
mod shape;
mod total;
mod tree;

pub use ancestry::Ancestry;
pub use evidence::Evidence;
pub use kind::{NodeKind, Relationship};
pub use measure::{Measurements, Metrics, Misestimate, measure, removed_fraction};
pub use node::{
    Actual, Aggregation, Buffers, Hashing, IoTime, Memoization, Node, NodeId, Removed, Sorting,
    WalUse, Worker,
};
pub use shape::plan_shape;
pub use total::{blocks_touched, rows_read, spilled_blocks};
pub use tree::{Jit, Plan, PlanError, Serialization, Trigger};
