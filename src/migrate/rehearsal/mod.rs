//! A move, tried with the real tools on a throwaway target, timed phase by phase, and extrapolated.

mod extrapolate;
mod following;
mod process;
mod report;
mod run;

pub use extrapolate::{Extrapolated, extrapolate};
pub use report::{PhaseTime, REHEARSAL_FORMAT, RehearsalReport, RehearsalRun};
pub use run::{Rehearsal, rehearse};
