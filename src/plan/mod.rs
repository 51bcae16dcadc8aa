//! One neutral plan tree for all engines, and the measurement layer that every rule sits on.

mod evidence;
mod node;
mod tree;

pub use evidence::Evidence;
pub use node::{
    Actual, Aggregation, Buffers, Hashing, IoTime, Memoization, Node, NodeId, NodeKind,
    Relationship, Removed, Sorting, WalUse, Worker,
};
pub use tree::{Jit, Plan, PlanError, Serialization, Trigger};
mod measure;
pub use measure::{Measurements, Metrics, Misestimate};
