//! What to run: queries with their parameters and weights, and the sessions that order them.

mod annotation;
mod error;
mod manifest;
mod model;
mod read;
mod script;
mod source;

pub use error::WorkloadError;
pub use model::{ExpectedFault, FaultFinder, Ignore, Query, Session, Step, Workload};
pub use read::read;
