//! One night's measurement: plans, then blocks of every query on fresh connections.

use anyhow::Result;

use super::config::Config;
use crate::cli::Context;
use crate::compare::half;
use crate::run::{Run, RunOptions, Target, replay};
use crate::workload::Workload;

/// Plans, rows, buffers and surroundings from one pass; times from blocks. A new connection for each block: a
/// server process that shares its core with somebody busy would otherwise colour the whole night.
pub async fn measure(
    target: &Target,
    workload: &Workload,
    config: &Config,
    label: Option<&str>,
    context: &Context,
) -> Result<Run> {
    let (interrupt, progress) = (&context.interrupt, context.progress);
    let options = RunOptions {
        label: label.map(str::to_owned),
        warmup_rounds: 1,
        ..RunOptions::plans_only("")
    };
    let mut run = replay(target, workload, &options, interrupt, progress).await?;
    if run.interrupted {
        return Ok(run);
    }
    again(target, workload, config, &mut run, context).await?;
    Ok(run)
}

/// The times once more, on new connections again, in place of those in the record.
pub async fn again(
    target: &Target,
    workload: &Workload,
    config: &Config,
    run: &mut Run,
    context: &Context,
) -> Result<()> {
    let options = config.measuring();
    let measured =
        half((target, run), workload, &options, &context.interrupt, context.progress).await;
    match measured {
        Ok(measured) => measured.record(run),
        Err(error) => run.lose(error),
    }
    run.interrupted |= context.interrupt.is_set();
    run.options.rounds = Some(config.measure.blocks);
    Ok(())
}
