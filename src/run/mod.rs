//! Replaying a workload and recording what happened.

mod record;

pub use record::{
    Environment, ErrorCount, PlanRecord, QueryRun, RUN_FORMAT, Run, RunSettings, SessionTrace,
    Status, StepTrace, WorkloadInfo,
};
