//! One connection to a MariaDB server.

mod access;
mod bulk;
mod catalog;
mod execute;
mod explain;
mod indexes;
mod keys;
mod mariadb_session;
mod rows;
mod server;
mod settings;
mod setup;

pub use mariadb_session::MariadbSession;
