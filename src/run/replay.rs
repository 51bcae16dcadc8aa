//! A run from connecting to the finished record.

use std::sync::Arc;

use jiff::Timestamp;

use super::client::{Client, Plan, Stop};
use super::cold::{self, Cold};
use super::tally::Tally;
use super::{Length, QueryRun, RUN_FORMAT, Run, RunOptions, RunSettings, SessionTrace, Status};
use super::{WorkloadInfo, environment, explain, schedule};
use crate::engine::{Access, Counters, DbError, Engine, Session, SessionOptions};
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use crate::stats::Latency;
use crate::workload::Workload;

/// A database and how to talk to it.
#[derive(Clone)]
pub struct Target {
    pub engine: &'static dyn Engine,
    pub url: String,
    pub options: SessionOptions,
}

impl Target {
    pub async fn connect(&self) -> Result<Box<dyn Session>, DbError> {
        self.engine.connect(&self.url, &self.options).await
    }
}

/// What the clients brought home.
struct Harvest {
    tallies: Vec<Tally>,
    traces: Vec<SessionTrace>,
    stop: Option<Stop>,
}

/// Replays `workload` on `target`: first executions, warm-up, measured rounds, plans.
///
/// An error means that not even the server's facts could be read. Everything later (failing
/// queries, an interrupt, a server that goes away) is part of the record.
pub async fn replay(
    target: &Target,
    workload: &Workload,
    options: &RunOptions,
    interrupt: &Interrupt,
    progress: Progress,
) -> Result<Run, DbError> {
    let mut control = target.connect().await?;
    let mut run = begin(control.as_mut(), target, workload, options).await?;
    let counters = control.counters().await?;

    let first = cold::pass(target, workload, interrupt, progress).await?;
    let plan = shared_plan(workload, options, &first.queries, interrupt, progress);
    let harvest = match first.stop {
        Some(stop) => Harvest { tallies: Vec::new(), traces: Vec::new(), stop: Some(stop) },
        None => measure(target, Arc::clone(&plan)).await?,
    };
    plan.progress.finish_and_clear();

    let stop = harvest.stop.clone();
    let sets: Vec<usize> = harvest.tallies.iter().map(Tally::slowest_set).collect();
    record(&mut run, workload, first.queries, harvest);
    let lost = match stop {
        Some(Stop::Lost(error)) => Some(error),
        Some(Stop::Interrupted) => None,
        None => finish(control.as_mut(), &mut run, &sets, &counters, options, interrupt, progress)
            .await
            .err(),
    };
    close(&mut run, lost, interrupt);
    Ok(run)
}

/// The record before anything ran.
pub(super) async fn begin(
    control: &mut dyn Session,
    target: &Target,
    workload: &Workload,
    options: &RunOptions,
) -> Result<Run, DbError> {
    let server = control.server().await?;
    let cautions = control.cautions().await?;
    let environment = environment::observe(&server.address);
    Ok(Run {
        format: RUN_FORMAT,
        planwise: env!("CARGO_PKG_VERSION").to_owned(),
        label: options.label.clone(),
        commit: None,
        started: Timestamp::now(),
        finished: Timestamp::now(),
        interrupted: false,
        lost: None,
        workload: WorkloadInfo {
            name: workload.name.clone(),
            source: workload.source.display().to_string(),
            digest: workload.digest.clone(),
            complete: workload.complete,
        },
        notes: cautions.into_iter().chain(notes(options, target)).collect(),
        environment,
        options: settings_of(options, &target.options),
        settings: control.settings().await?,
        counters: Counters::default(),
        catalog: control.catalog().await?,
        queries: Vec::new(),
        sessions: Vec::new(),
        server,
    })
}

/// What a rolled-back write leaves behind all the same.
const ROLLBACK_NOTE: &str = "Every write ran in a transaction that was rolled back: rows are as they \
were. Numbers drawn from sequences or auto-increment columns stay drawn, so keys will have gaps, and \
the row versions that were rolled back take up space until the next vacuum or purge.";

fn notes(options: &RunOptions, target: &Target) -> Vec<String> {
    // That there was one is no warning: the report's facts about the replay say how many rounds.
    let cold = "There was no warm-up: caches fill during the measurement.";
    // A single round is for the plans: the times that count are measured elsewhere.
    let timed = options.length != Length::Rounds(1);
    let warmup = (timed && options.warmup_rounds == 0).then(|| cold.to_owned());
    let writes = (target.options.access == Access::Rollback).then(|| ROLLBACK_NOTE.to_owned());
    let limits = target.engine.limits().iter().map(|limit| (*limit).to_owned());
    warmup.into_iter().chain(writes).chain(limits).collect()
}

fn settings_of(options: &RunOptions, session: &SessionOptions) -> RunSettings {
    let (rounds, duration_s) = match options.length {
        Length::Rounds(rounds) => (Some(rounds), None),
        Length::Duration(duration) => (None, Some(duration.as_secs_f64())),
    };
    RunSettings {
        rounds,
        duration_s,
        warmup_rounds: options.warmup_rounds,
        clients: options.clients,
        access: session.access,
        statement_timeout_ms: session.statement_timeout.as_secs_f64() * 1e3,
        explain: options.explain.name().to_owned(),
    }
}

fn shared_plan(
    workload: &Workload,
    options: &RunOptions,
    first: &[Cold],
    interrupt: &Interrupt,
    progress: Progress,
) -> Arc<Plan> {
    let units = schedule::units(workload).len() as u64;
    let rounds = match options.length {
        Length::Rounds(rounds) => u64::from(rounds),
        Length::Duration(_) => 0,
    };
    let steps = units * (rounds + u64::from(options.warmup_rounds)) * u64::from(options.clients);
    Arc::new(Plan {
        workload: workload.clone(),
        admitted: first.iter().map(|cold| cold.status == Status::Measured).collect(),
        options: options.clone(),
        interrupt: interrupt.clone(),
        progress: progress.bar(steps, "measuring"),
    })
}

/// Opens every connection before the first statement is due, then lets all clients work.
async fn measure(target: &Target, plan: Arc<Plan>) -> Result<Harvest, DbError> {
    let mut clients = Vec::new();
    for number in 0..plan.options.clients {
        clients.push(Client::new(target.connect().await?, number, Arc::clone(&plan)));
    }
    let mut tasks = tokio::task::JoinSet::new();
    for mut client in clients {
        tasks.spawn(async move {
            let outcome = client.work().await;
            (client.tallies, client.traces, outcome)
        });
    }
    let count = plan.workload.queries.len();
    let mut harvest =
        Harvest { tallies: vec![Tally::default(); count], traces: Vec::new(), stop: None };
    while let Some(joined) = tasks.join_next().await {
        let (tallies, traces, outcome) = joined.map_err(std::io::Error::other).map_err(bug)?;
        harvest.tallies.iter_mut().zip(tallies).for_each(|(sum, part)| sum.absorb(part));
        harvest.traces = traces;
        harvest.stop = harvest.stop.or(outcome.err());
    }
    Ok(harvest)
}

/// A client task that panicked is our own bug: said as such, but never by losing the process.
fn bug(error: std::io::Error) -> DbError {
    DbError::new(
        crate::engine::DbErrorKind::Statement,
        format!("a client ended unexpectedly: {error}"),
    )
}

fn record(run: &mut Run, workload: &Workload, first: Vec<Cold>, harvest: Harvest) {
    let mut tallies = harvest.tallies.into_iter();
    for (query, cold) in workload.queries.iter().zip(first) {
        let tally = tallies.next().unwrap_or_default();
        run.queries.push(query_run(query, cold, tally));
    }
    run.sessions = harvest.traces;
}

pub(super) fn query_run(query: &crate::workload::Query, cold: Cold, tally: Tally) -> QueryRun {
    let latency = Latency::of(&tally.histogram);
    let rows = tally.mean_rows();
    QueryRun {
        id: query.id.clone(),
        sql: query.sql.clone(),
        line: query.line,
        kind: query.shape.as_ref().map_or(crate::sql::StatementKind::Read, |s| s.kind),
        shape: query.shape.as_ref().ok().cloned(),
        weight: query.weight,
        params: query.params.clone(),
        status: status(cold.status, latency.is_some(), &tally),
        first_ms: cold.first_ms,
        latency,
        rounds_ms: tally.rounds.medians_ms(),
        rows,
        errors: tally.errors,
        plans: Vec::new(),
        explain_note: None,
    }
}

/// What became of a query whose first execution went well depends on the rounds.
fn status(first: Status, measured: bool, tally: &Tally) -> Status {
    match (first, measured, tally.errors.first()) {
        (Status::Measured, false, Some(failed)) => Status::Failed { error: failed.error.clone() },
        (Status::Measured, false, None) => Status::NotReached,
        (status, _, _) => status,
    }
}

/// Counters and plans, while the server is still there.
async fn finish(
    control: &mut dyn Session,
    run: &mut Run,
    sets: &[usize],
    before: &Counters,
    options: &RunOptions,
    interrupt: &Interrupt,
    progress: Progress,
) -> Result<(), DbError> {
    run.counters = control.counters().await?.since(before);
    run.finished = Timestamp::now();
    let bar = progress.bar(run.queries.len() as u64, "explaining");
    for (query, set) in run.queries.iter_mut().zip(sets) {
        if interrupt.is_set() {
            break;
        }
        explain::collect(control, query, *set, options.explain, interrupt).await?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

pub(super) fn close(run: &mut Run, lost: Option<DbError>, interrupt: &Interrupt) {
    if let Some(error) = &lost {
        run.notes.push(format!("The server went away during the run: {}", error.message));
    }
    if interrupt.is_set() {
        run.notes.push("Interrupted: what was measured until then is here.".to_owned());
    }
    run.interrupted = lost.is_some() || interrupt.is_set();
    run.lost = lost;
    run.finished = run.finished.max(Timestamp::now());
    environment::settle(&mut run.environment);
}

#[cfg(test)]
#[path = "replay_tests.rs"]
mod tests;
