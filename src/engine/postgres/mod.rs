//! PostgreSQL 13 and newer.

pub mod dialect;
pub mod explain;
pub mod launcher;
pub mod session;
