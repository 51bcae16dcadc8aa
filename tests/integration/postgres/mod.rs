//! The PostgreSQL session, against real servers.

mod catalog;
mod connect;
mod copy;
mod execute;
mod explain;
mod load;
pub mod server;
mod tls;
mod tls_server;
mod under;
