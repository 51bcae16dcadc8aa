//! Logs of MySQL and MariaDB: the slow log in all its forms, the general log.

mod assemble;
mod clock;
mod general;
mod slow;

pub use assemble::Entries;
pub use general::{GeneralLog, is_general_entry};
pub use slow::SlowLog;
