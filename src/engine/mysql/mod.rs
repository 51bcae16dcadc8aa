//! MariaDB 10.11 and newer, over the MySQL protocol. The MySQL server itself is refused for now.

mod connect;
pub mod dialect;
pub mod explain;
mod failure;
pub mod launcher;
mod load;
mod mariadb_engine;
mod screening;
pub mod session;

pub use mariadb_engine::Mariadb;

/// The engine's name in options, rules and records.
pub const NAME: &str = "mariadb";
