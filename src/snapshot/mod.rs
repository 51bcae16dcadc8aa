//! Snapshots: what a production planner goes by, in one file, and throwaway servers that plan as it would.

pub mod assertion;
mod drift;
mod error;
mod file;
mod missed;
mod named_values;
mod planners;
mod replica;
mod what_if;
mod what_if_report;

pub use drift::drift;
pub use error::SnapshotError;
pub use file::{SNAPSHOT_FORMAT, Snapshot};
pub use missed::missed;
pub use planners::{Job, Planners};
pub use replica::Replica;
pub use what_if::{Effect, Replanned, replanned};
pub use what_if_report::{WHAT_IF_FORMAT, WhatIfQuery, WhatIfReport, WhatIfSource};
