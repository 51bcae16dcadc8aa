//! What the optimiser goes by: read from a server, and made again on one without rows.

mod added;
mod doubt;
mod neighbours;
mod planner_states;
mod read;
mod redact;
mod resample;
mod restore;
mod spelled;

pub use planner_states::ServerStates;

use spelled::{identifier, literal};
