//! Indexes as PostgreSQL builds, sizes and spells them.

mod created;
mod ddl;
mod expression;
mod grammar;
mod partitioned;
mod pattern;
mod services;
mod size;
mod statistics;
mod types;

#[cfg(test)]
use services::tests as services_tests;

pub use grammar::PostgresIndexes;
pub use size::modelled_bytes;
pub use types::type_name;
