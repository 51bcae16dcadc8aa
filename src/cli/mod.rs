//! The command line: what the user may say, and what it means.

mod as_captured;
mod context;
mod error;
mod host;
mod limits;
mod machine;
mod measure;
mod output;
mod page;
mod sides;
mod snapshot_source;
mod target;
mod values;
mod workload_source;

pub use as_captured::{AsCapturedArgs, RunAs};
pub use context::Context;
pub use error::{FileError, InputError, NothingYet};
pub use host::HostArgs;
pub use limits::LimitArgs;
pub use machine::MachineOutputs;
pub use measure::MeasureArgs;
pub use output::OutputArgs;
pub use page::PageArgs;
pub use sides::{SideArgs, Sides};
pub use snapshot_source::{
    SnapshotArgs, Taken, notes as snapshot_notes, read as read_snapshot, replica, replica_for,
};
pub use target::{Opened, TargetArgs, Writes};
pub use values::{bytes, milliseconds, overhead, percent, seconds, setting, whole};
pub use workload_source::{WorkloadArgs, fill_values};
