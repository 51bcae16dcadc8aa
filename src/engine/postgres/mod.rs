//! PostgreSQL 13 and newer.

mod connect;
pub mod dialect;
pub mod explain;
mod failure;
pub mod index_grammar;
pub mod launcher;
mod load;
pub mod session;

/// The engine's name in options, rules and records.
pub const NAME: &str = "postgres";
