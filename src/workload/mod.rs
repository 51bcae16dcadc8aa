//! What to run: queries with their parameters and weights, and the sessions that order them.

mod model;

pub use model::{ExpectedFault, FaultFinder, Query, Session, Step, Workload};
