//! One connection to a MariaDB server.

pub(super) mod access;
mod bulk;
mod cancel;
mod catalog;
mod execute;
mod explain;
mod indexes;
mod keys;
mod mariadb_session;
pub(super) mod rows;
mod server;
mod settings;
mod setup;

pub use mariadb_session::MariadbSession;
