//! The folder of earlier runs: killed, raced, old, new, damaged.

mod folder;
mod killed;
mod trend;

use planwise::run::{Run, read_record};

/// A record as version 0.1.0 wrote it in format 1, before there were round medians, commits and complete workloads.
pub fn old_run() -> Run {
    read_record(&crate::parts::fixture("history/run-format-1.json")).unwrap()
}

/// The same run on another day, under a name of its own.
pub fn run(label: &str, day: i64) -> Run {
    let mut run = old_run();
    run.label = Some(label.to_owned());
    let shift = jiff::SignedDuration::from_hours(24 * day);
    (run.started, run.finished) = (run.started + shift, run.finished + shift);
    run
}
