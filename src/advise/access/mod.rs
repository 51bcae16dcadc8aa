//! How each query of a run uses each table, read from its plans, where names are bound.

mod collect;
mod compared;
mod constancy;
mod hashed;
mod needed;
mod order;
mod partitions;
mod restriction;
mod stated;
mod states;
mod types;
mod walked;

pub use collect::accesses;
pub use constancy::Constancy;
pub use hashed::hides_its_cost;
pub use types::{Access, Grammar, OrderKey, Restriction, State};
