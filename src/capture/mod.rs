//! Reading what servers write and show about what they were asked: logs, and views of digests.
//!
//! A log is cut into blocks (`pipeline`), which are understood on all cores (`block_format`) and put together in order
//! (`consume`) into a `.workload` file (`collect`).

mod batch;
mod block_format;
mod collapse;
mod collect;
mod consume;
mod detect;
mod error;
mod filter;
mod hashing;
mod logs;
mod mysql;
mod pipeline;
mod postgres;
mod prefix;
mod queries;
mod redact;
mod scan;
mod since;
mod source;
mod tags;
pub mod views;
mod wrapped;

pub use detect::{LogForm, Told};
pub use error::CaptureError;
pub use filter::Filter;
pub use logs::{Captured, LogOptions, logs};
pub use prefix::Pattern;
pub use source::{Source, expand};
