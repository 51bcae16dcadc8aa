//! What to run: queries with their parameters and weights, and the sessions that order them.

mod annotation;
mod captured;
mod error;
mod invent;
mod made;
mod manifest;
mod model;
mod places;
mod read;
mod script;
mod source;

pub use captured::of_summary;
pub use error::WorkloadError;
pub use invent::fill_values;
pub use model::{Expected, ExpectedFault, FaultFinder, Ignore, Query, Session, Step, Workload};
pub use read::read;
