//! A move by the engine's replication: the schema, the first copy, what comes after it, and the lag.

use std::time::Instant;

use anyhow::Result;

use super::run::{Tools, arrived};
use super::{PhaseTime, RehearsalRun};
use crate::engine::migration::{AFTER_COPY, Followed, Follower, ToolPlan, ToolStep};
use crate::migrate::parity::Side;

/// Drives all of it, and takes away again what it created, whatever happened.
///
/// # Errors
/// A database that is gone. That something failed is part of the run.
pub async fn follow(
    source: &Side,
    target: &Side,
    plan: &ToolPlan,
    steps: &[ToolStep],
    tools: &Tools<'_>,
    run: &mut RehearsalRun,
) -> Result<()> {
    let split = steps.iter().position(|step| step.phase == AFTER_COPY).unwrap_or(steps.len());
    let (before, after) = steps.split_at(split);
    tools.call(before, run).await;
    if run.failed.is_some() {
        return Ok(());
    }
    let mut follower = match source.migration.follow(plan, &source.options).await {
        Ok(follower) => follower,
        Err(error) => {
            run.failed = Some(error.to_string());
            return Ok(());
        }
    };
    let driven = drive(follower.as_mut(), (source, target), after, tools, run).await;
    let followed = follower.end().await;
    if let Some(left) = left_behind(&followed) {
        let failed = run.failed.take().map_or_else(String::new, |failed| format!("{failed}; "));
        run.failed = Some(format!("{failed}{left}"));
    }
    run.followed = Some(followed);
    driven
}

fn left_behind(followed: &Followed) -> Option<String> {
    let left = &followed.left_behind;
    (!left.is_empty()).then(|| format!("not taken away again, do it by hand: {}", left.join("; ")))
}

async fn drive(
    follower: &mut dyn Follower,
    (source, target): (&Side, &Side),
    after: &[ToolStep],
    tools: &Tools<'_>,
    run: &mut RehearsalRun,
) -> Result<()> {
    let interrupt = tools.interrupt;
    let spinner = tools.progress.spinner("copying every table by replication");
    let begun = Instant::now();
    let copied = follower.copy(interrupt).await;
    spinner.finish_and_clear();
    if let Err(error) = copied {
        run.failed = Some(error.to_string());
        return Ok(());
    }
    run.phases.push(phase("data", begun, "CREATE SUBSCRIPTION, until every table is copied"));
    tools.call(after, run).await;
    if run.failed.is_some() {
        return Ok(());
    }
    let begun = Instant::now();
    if let Err(error) = follower.catch_up(interrupt).await {
        run.failed = Some(error.to_string());
        return Ok(());
    }
    run.phases.push(phase("catching up", begun, "until the target has what the source had"));
    let begun = Instant::now();
    if let Err(error) = follower.carry_sequences().await {
        run.failed = Some(error.to_string());
        return Ok(());
    }
    run.phases.push(phase("sequences", begun, "setval() of each to the source's position"));
    arrived(source, target, run, interrupt).await
}

fn phase(name: &str, begun: Instant, what: &str) -> PhaseTime {
    PhaseTime {
        phase: name.to_owned(),
        seconds: begun.elapsed().as_secs_f64(),
        tool_cpu_s: 0.0,
        disk_bytes: 0,
        command: what.to_owned(),
        said: Vec::new(),
    }
}
