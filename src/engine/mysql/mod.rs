//! MariaDB 10.11 and newer and MySQL 8.0.18 and newer: one protocol, two servers; `family` has what differs.

pub mod connect;
pub mod dialect;
mod dump;
pub mod explain;
mod failure;
mod family;
mod index_grammar;
pub mod launcher;
mod layout_grammar;
pub mod load;
mod looks;
mod migration;
mod sandbox_rights;
mod screening;
mod server_engine;
pub mod session;
mod setting_grammar;
mod snapshot;
mod statistics;

pub use server_engine::{MARIADB, MYSQL};
