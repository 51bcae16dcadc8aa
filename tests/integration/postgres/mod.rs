//! The PostgreSQL session, against real servers.

mod catalog;
mod execute;
mod explain;
mod load;
mod server;
