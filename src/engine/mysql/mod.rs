//! MariaDB 10.11 and newer, over the MySQL protocol.

pub mod dialect;
pub mod explain;
pub mod launcher;
pub mod session;
