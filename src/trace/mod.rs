//! The `.workload` file: what a server was asked, by whom and when, and what it took.
//!
//! One file holds the events themselves (in compressed blocks, for replaying) and their digest (for everything else). Its
//! layout is documented in `docs/workload-file.md`. Nothing here knows which database the events came from.

mod codec;
mod digest;
mod durations;
mod error;
mod event;
pub mod export;
mod fold;
mod frame;
mod merge;
mod ordered;
pub mod overview;
mod reader;
mod sample;
mod sink;
mod skeleton;
mod summary;
mod writer;

pub use digest::{Count, ErrorClass, KeptPlan, QueryDigest, count_error, count_under};
pub use durations::Durations;
pub use error::TraceError;
pub use event::{Event, Failure, Protocol, Session, Values, encode_values};
pub use fold::{Folding, fold};
pub use frame::{FORMAT, MAGIC};
pub use merge::merge;
pub use ordered::Ordered;
pub use reader::{Reader, is_workload_file};
pub use sample::{Sample, SampleKind, Samples};
pub use skeleton::{COMMENT, VALUE, joined, taken_apart};
pub use summary::{Hour, Position, Rejected, SourceInfo, Summary};
pub use writer::Writer;
