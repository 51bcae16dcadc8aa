//! The command line: what the user may say, and what it means.

mod arguments;
mod as_captured;
mod connection_words;
mod host;
mod known_words;
mod limits;
mod machine;
mod measure;
mod output;
mod page;
mod sides;
mod snapshot_source;
mod spelling;
mod target;
mod values;
mod workload_source;

pub use arguments::{Cli, Command, Global};
pub use as_captured::{AsCapturedArgs, RunAs};
pub use host::HostArgs;
pub use limits::LimitArgs;
pub use machine::MachineOutputs;
pub use measure::MeasureArgs;
pub use output::OutputArgs;
pub use page::PageArgs;
pub use sides::{SideArgs, Sides};
pub use snapshot_source::{
    SnapshotArgs, Taken, notes as snapshot_notes, read as read_snapshot, replica,
};
pub use target::{Opened, TargetArgs, Writes};
pub use values::{bytes, milliseconds, overhead, percent, seconds, setting, whole};
pub use workload_source::{WorkloadArgs, fill_values};
