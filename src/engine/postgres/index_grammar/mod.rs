//! Indexes as PostgreSQL builds, sizes and spells them.

mod created;
mod ddl;
mod expression;
mod grammar;
mod partitioned;
mod pattern;
mod services;
mod size;

pub use grammar::PostgresIndexes;
