//! What to run: queries with their parameters and weights, and the sessions that order them.

mod annotation;
mod captured;
mod error;
mod habits;
mod invent;
mod made;
mod manifest;
mod model;
mod places;
mod program_log;
mod read;
mod recorded;
mod script;
mod source;

pub use captured::of_summary;
pub use error::WorkloadError;
pub use habits::{
    HABITS, Habit, HabitKind, gather as gather_habits, of_digest_alone as habits_of_digest,
};
pub use invent::fill_values;
pub use model::{
    Expected, ExpectedFault, FaultFinder, Ignore, Query, Session, Step, WideIgnore, Workload,
};
pub use read::read;
pub use recorded::{RecordedTransaction, recorded_transactions};
