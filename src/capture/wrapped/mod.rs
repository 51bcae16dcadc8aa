//! Logs inside of other logs: syslog, containers, clouds. What a server wrote is taken out again, line by line.

mod container;
mod detect;
mod json;
mod reader;
mod syslog;
mod unwrap;

pub use detect::{Wrapping, wrapping_of};
pub use reader::Unwrapped;
pub use unwrap::Unwrap;
