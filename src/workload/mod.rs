//! What to run: queries with their parameters and weights, and the sessions that order them.

mod annotation;
mod error;
mod manifest;
mod model;
mod query_file;
mod read;
mod source;

pub use error::WorkloadError;
pub use model::{ExpectedFault, FaultFinder, Query, Session, Step, Workload};
pub use read::read;
