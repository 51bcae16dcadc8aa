//! PostgreSQL 13 and newer.

pub mod connect;
pub mod dialect;
pub mod explain;
mod failure;
pub mod launcher;
pub mod session;
