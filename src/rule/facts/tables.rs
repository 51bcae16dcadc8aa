//! The fact tables by the name rules know them by.

pub use super::catalog::{
    foreign_key_facts as foreign_key, index_facts as index, table_facts as table,
};
pub use super::habit::facts as habit;
pub use super::query::facts as query;
pub use super::sequence::facts as sequence;
pub use super::setting::{counters, settings};
pub use super::text::facts as text;
pub use super::workload::{machine_facts as machine, run_facts as run, server_facts as server};
