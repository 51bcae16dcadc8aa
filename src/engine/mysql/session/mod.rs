//! One connection to a server of either family.

pub(super) mod access;
mod answer;
mod beside;
mod bulk;
mod cancel;
mod catalog;
mod execute;
mod explain;
mod held;
mod indexes;
mod keys;
mod look;
mod mysql_session;
mod ownership;
pub(super) mod rows;
mod scans;
mod send;
mod server;
mod settings;
mod setup;
mod status;
mod together;
mod traced;
mod weighed;

pub use mysql_session::MysqlSession;
