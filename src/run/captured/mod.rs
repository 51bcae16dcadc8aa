//! Playing a captured workload back as it happened: sessions, transactions, and when each statement was due.

mod client;
mod course;
mod decide;
mod dispatch;
mod gathering;
mod lanes;
mod options;
mod record;
mod threads;

pub use dispatch::replay_captured;
pub use options::{CapturedOptions, Pace};
pub use record::{CapturedReplay, Failed, QueryTimes};
