//! The command line: what the user may say, and what it means.

mod arguments;
mod limits;
mod machine;
mod measure;
mod output;
mod sides;
mod size;
mod target;

pub use arguments::{Cli, Command, Global};
pub use limits::LimitArgs;
pub use machine::MachineOutputs;
pub use measure::MeasureArgs;
pub use output::OutputArgs;
pub use sides::{SideArgs, Sides};
pub use size::bytes;
pub use target::{Opened, TargetArgs, Writes, seconds};
