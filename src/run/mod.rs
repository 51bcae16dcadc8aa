//! Replaying a workload and recording what happened.

mod admission;
pub mod captured;
mod client;
mod cold;
mod environment;
mod estimate;
mod explain;
mod options;
mod placed;
mod planned;
mod processor;
mod record;
mod replay;
mod rounds;
mod schedule;
mod stored;
mod tally;

#[cfg(test)]
pub(crate) mod scripted;

pub use estimate::estimate;
pub use options::{ExplainDepth, Length, RunOptions};
pub use planned::{planned, planned_sets};
pub use processor::Processor;
pub use record::{
    Environment, ErrorCount, PlanRecord, QueryRun, RUN_FORMAT, Run, RunSettings, SessionTrace,
    Status, StepTrace, WorkloadInfo,
};
pub use replay::{Target, replay};
pub use stored::{RecordError, parse_record, read_record, unpack};
