//! One connection to a server of either family.

pub(super) mod access;
mod bulk;
mod cancel;
mod catalog;
mod execute;
mod explain;
mod indexes;
mod keys;
mod mysql_session;
pub(super) mod rows;
mod server;
mod settings;
mod setup;

pub use mysql_session::MysqlSession;
