//! PostgreSQL 13 and newer.

mod carried;
pub mod connect;
pub mod dialect;
mod dump;
pub mod explain;
mod failure;
pub mod index_grammar;
pub mod launcher;
mod layout_grammar;
pub mod load;
mod looks;
pub(in crate::engine) mod migration;
mod postgres_engine;
mod sandbox_rights;
mod screening;
pub mod session;
mod setting_grammar;
mod snapshot;

pub use postgres_engine::Postgres;

/// The engine's name in options, rules and records.
pub const NAME: &str = "postgres";
