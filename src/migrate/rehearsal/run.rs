//! The rehearsal from checking preconditions to the extrapolated times.

use std::path::{Path, PathBuf};

use anyhow::Result;
use jiff::Timestamp;

use super::following;
use super::process::call;
use super::{REHEARSAL_FORMAT, RehearsalReport, RehearsalRun, extrapolate};
use crate::engine::migration::{Precondition, PreconditionState, Route, ToolPlan, ToolStep};
use crate::interrupt::Interrupt;
use crate::migrate::parity::{ParityOptions, Side, TableParity, parity};
use crate::progress::Progress;

/// A shorter phase is mostly the start of a tool.
const SHORT_S: f64 = 5.0;

/// What is rehearsed. Each run gets an empty target of its own.
pub struct Rehearsal<'a> {
    pub source: &'a Side,
    pub route: Route,
    /// Numbers of jobs that are tried.
    pub jobs: Vec<u32>,
    /// How often each is tried.
    pub runs: u32,
    pub bin_dir: Option<PathBuf>,
    pub rehearsed_bytes: u64,
    /// Of what is to be moved for good, where that is larger than the source.
    pub full_bytes: Option<u64>,
}

/// Drives the tools, and hands back the last target as they left it. `target` gives the URL of an empty database for each run, and what keeps it alive.
///
/// # Errors
/// The source cannot be read. That a tool fails is part of the report.
pub async fn rehearse<T>(
    rehearsal: &Rehearsal<'_>,
    mut target: impl AsyncFnMut() -> Result<(Side, T)>,
    interrupt: &Interrupt,
    progress: Progress,
) -> Result<(RehearsalReport, Option<(Side, T)>)> {
    let started = Timestamp::now();
    let source = rehearsal.source;
    let preconditions =
        source.migration.preconditions(&source.url, &source.options, rehearsal.route).await?;
    let mut runs = Vec::new();
    let mut last = None;
    for jobs in &rehearsal.jobs {
        for _ in 0..rehearsal.runs {
            if interrupt.is_set() {
                break;
            }
            let (side, keep) = target().await?;
            runs.push(run_once(rehearsal, &side, *jobs, interrupt, progress).await?);
            last = Some((side, keep));
        }
    }
    let full_bytes = rehearsal.full_bytes.unwrap_or(rehearsal.rehearsed_bytes);
    let factor = full_bytes as f64 / rehearsal.rehearsed_bytes.max(1) as f64;
    let server = last.as_ref().map_or(&source.server, |(side, _)| &side.server).clone();
    let report = RehearsalReport {
        format: REHEARSAL_FORMAT,
        planwise: env!("CARGO_PKG_VERSION").to_owned(),
        started,
        finished: Timestamp::now(),
        route: rehearsal.route,
        source: source.server.clone(),
        target: server,
        rehearsed_bytes: rehearsal.rehearsed_bytes,
        full_bytes,
        extrapolated: extrapolate(&runs, factor),
        rests_on: rests_on(&preconditions, &runs, factor),
        preconditions,
        runs,
        interrupted: interrupt.is_set(),
    };
    Ok((report, last))
}

async fn run_once(
    rehearsal: &Rehearsal<'_>,
    side: &Side,
    jobs: u32,
    interrupt: &Interrupt,
    progress: Progress,
) -> Result<RehearsalRun> {
    let folder = tempfile::Builder::new().prefix("planwise-rehearsal-").tempdir()?;
    let plan = ToolPlan {
        route: rehearsal.route,
        source_url: rehearsal.source.url.clone(),
        target_url: side.url.clone(),
        jobs,
        folder: folder.path().to_owned(),
        bin_dir: rehearsal.bin_dir.clone(),
    };
    let steps = rehearsal.source.migration.steps(&plan)?;
    let mut run =
        RehearsalRun { jobs, phases: Vec::new(), failed: None, rows: None, followed: None };
    let tools = Tools { folder: folder.path(), jobs, interrupt, progress };
    if rehearsal.route == Route::Replication {
        following::follow(rehearsal.source, side, &plan, &steps, &tools, &mut run).await?;
        return Ok(run);
    }
    tools.call(&steps, &mut run).await;
    if run.failed.is_none() && !interrupt.is_set() {
        arrived(rehearsal.source, side, &mut run, interrupt).await?;
    }
    Ok(run)
}

/// What calls of tools need.
pub struct Tools<'a> {
    folder: &'a Path,
    jobs: u32,
    pub interrupt: &'a Interrupt,
    pub progress: Progress,
}

impl Tools<'_> {
    /// One after the other, until one fails.
    pub async fn call(&self, steps: &[ToolStep], run: &mut RehearsalRun) {
        for step in steps {
            let spinner = self.progress.spinner(&format!("{} with {} jobs", step.phase, self.jobs));
            let called = call(step, self.folder, self.interrupt).await;
            spinner.finish_and_clear();
            match called {
                Ok(phase) => run.phases.push(phase),
                Err(error) => {
                    run.failed = Some(format!("{error:#}"));
                    return;
                }
            }
        }
    }
}

/// Every row counts: a tool's exit status proves nothing.
pub async fn arrived(
    source: &Side,
    target: &Side,
    run: &mut RehearsalRun,
    interrupt: &Interrupt,
) -> Result<()> {
    let options = ParityOptions {
        check_schema: false,
        check_orphans: false,
        examples: 1,
        ..ParityOptions::default()
    };
    let report = parity(source, target, &options, interrupt, Progress::hidden()).await?;
    let rows = |count: fn(&TableParity) -> u64| report.tables.iter().map(count).sum();
    run.rows = Some((rows(|table| table.source_rows), rows(|table| table.target_rows)));
    let lost: Vec<String> = report
        .tables
        .iter()
        .filter(|table| table.source_rows != table.target_rows)
        .map(|t| format!("{}: {} rows became {}", t.source, t.source_rows, t.target_rows))
        .chain(report.schema.iter().map(|d| format!("{}: {}", d.object, d.message)))
        .collect();
    if !lost.is_empty() {
        run.failed =
            Some(format!("the tools ended well, and not everything arrived: {}", lost.join("; ")));
    }
    Ok(())
}

fn rests_on(preconditions: &[Precondition], runs: &[RehearsalRun], factor: f64) -> Vec<String> {
    let mut said = Vec::new();
    let whole = runs.iter().filter(|run| run.failed.is_none()).count();
    said.push(match whole {
        0 => "No run came to its end: there are no times.".to_owned(),
        1 => "One run alone: times vary, and nothing tells by how much. --runs 3 gives an interval.".to_owned(),
        whole => format!("{whole} runs; the interval reaches from the fastest to the slowest of each number of jobs."),
    });
    if factor > 1.05 {
        said.push(format!(
            "The rehearsal was smaller than what is to be moved by a factor of {factor:.1}: data and statistics are scaled by it, index builds a little more, \
             and the largest table and its slowest index bound what more jobs can gain."
        ));
    }
    let mut phases = runs.iter().flat_map(|run| &run.phases);
    if factor > 1.05 && phases.any(|phase| phase.phase != "schema" && phase.seconds < SHORT_S) {
        said.push(format!(
            "Phases took less than {SHORT_S} s, which is mostly the tools' own start, and that was multiplied: the expectation is far too high. \
             Rehearse on a larger copy."
        ));
    }
    said.push(match runs.iter().any(|run| run.followed.is_some()) {
        true => "The target was the one that was named; schema and rows stay there: drop the database before it is tried again.".to_owned(),
        false => "The target was a throwaway server on this machine, with its own settings and disk.".to_owned(),
    });
    let unmet = preconditions.iter().filter(|p| p.state == PreconditionState::Unmet).count();
    if unmet > 0 {
        said.push(format!("{unmet} preconditions are not met: see above."));
    }
    said
}
