//! What ails a server, and which settings would help: judged from its own counters and views, without any workload.
//!
//! Facts are rows that an engine's looks give, settings, counters and the machine; judgement is data
//! (`checks/`).

mod assess;
mod budget;
mod check;
#[cfg(test)]
mod checks_tests;
mod facts;
mod judge;
mod load;
mod proposal;
mod report;
mod sight;
mod verdict;
mod vital;

pub use assess::assess;
pub use check::{Check, Remedy};
pub use load::{Checks, Vital};
pub use proposal::{NOT_SHOWN_BY_REPLAY, NotTaken, Proposal, Usual};
pub use report::{HEALTH_FORMAT, HealthReport, Observation};
pub use sight::{Observed, Sight, Since};
pub use verdict::{Ailment, Place, Threshold, Unjudged};
pub use vital::Reading;
