//! A run from connecting to the finished record.

use std::future::Future;
use std::sync::Arc;

use jiff::Timestamp;

use super::client::{Client, Plan, Stop};
use super::cold::{self, Cold};
use super::placed::placed;
use super::tally::Tally;
use super::{Length, QueryRun, RUN_FORMAT, Run, RunOptions, RunSettings, SessionTrace, Status};
use super::{WorkloadInfo, environment, explain, schedule};
use crate::engine::{
    Access, Catalog, Counters, DbError, DbErrorKind, Engine, Session, SessionOptions, answered,
};
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use crate::stats::Latency;
use crate::workload::{Query, Workload};

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

/// Which parameter set each query is explained with.
fn sets_to_explain(tallies: &[Tally], workload: &Workload, options: &RunOptions) -> Vec<usize> {
    let asked = |query: &Query| {
        let wanted = options.explain_with.get(&query.id)?;
        query.params.iter().position(|set| set == wanted)
    };
    let queries = workload.queries.iter().zip(tallies);
    queries.map(|(query, tally)| asked(query).unwrap_or_else(|| tally.slowest_set())).collect()
}

/// Merged results of all clients.
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
    let prepare = async {
        let mut control = target.connect().await?;
        let run = begin(control.as_mut(), target, workload, options).await?;
        let counters = answered(&target.options, control.counters()).await?;
        Ok((control, run, counters))
    };
    let (mut control, mut run, counters) = interruptible(interrupt, prepare).await?;

    let first = cold::pass(target, workload, interrupt, progress).await?;
    let plan = shared_plan(target, workload, options, &first.queries, interrupt, progress);
    let harvest = match first.stop {
        Some(stop) => Harvest { tallies: Vec::new(), traces: Vec::new(), stop: Some(stop) },
        None => measure(target, Arc::clone(&plan)).await?,
    };
    plan.progress.finish_and_clear();

    let stop = harvest.stop.clone();
    let sets = sets_to_explain(&harvest.tallies, workload, options);
    record(&mut run, workload, target, first.queries, harvest);
    let lost = match stop {
        Some(Stop::Lost(error)) => Some(error),
        Some(Stop::Interrupted) => None,
        None => {
            let control = Control { session: control.as_mut(), target, interrupt };
            finish(control, &mut run, &sets, &counters, options, progress).await.err()
        }
    };
    close(&mut run, lost, interrupt);
    Ok(run)
}

/// Before anything was measured there is nothing to keep: an interrupt then is an error like others.
/// One that came earlier lets the work go on: the caller wants its record, with nothing measured.
pub(super) async fn interruptible<T>(
    interrupt: &Interrupt,
    work: impl Future<Output = Result<T, DbError>>,
) -> Result<T, DbError> {
    if interrupt.is_set() {
        return work.await;
    }
    tokio::select! {
        biased;
        _ = interrupt.wait() => {
            Err(DbError::new(DbErrorKind::ConnectionLost, "nothing was measured yet"))
        }
        outcome = work => outcome,
    }
}

/// The record before anything ran.
pub(super) async fn begin(
    control: &mut dyn Session,
    target: &Target,
    workload: &Workload,
    options: &RunOptions,
) -> Result<Run, DbError> {
    let limits = &target.options;
    let server = answered(limits, control.server()).await?;
    let cautions = answered(limits, control.cautions()).await?;
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
        workload: WorkloadInfo::of(workload),
        notes: cautions
            .into_iter()
            .chain(workload.notes.iter().cloned())
            .chain(notes(options, target))
            .collect(),
        environment,
        options: settings_of(options, &target.options),
        settings: answered(limits, control.settings()).await?,
        counters: Counters::default(),
        catalog: answered(limits, control.catalog()).await?,
        queries: Vec::new(),
        sessions: Vec::new(),
        habits: workload.habits.clone(),
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
    target: &Target,
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
        session: target.options.clone(),
        progress: progress.bar(steps, "measuring"),
    })
}

/// Opens every connection before the first statement is due, then lets all clients work.
async fn measure(target: &Target, plan: Arc<Plan>) -> Result<Harvest, DbError> {
    let mut clients = Vec::new();
    let count = plan.workload.queries.len();
    let mut harvest =
        Harvest { tallies: vec![Tally::default(); count], traces: Vec::new(), stop: None };
    for number in 0..plan.options.clients {
        match target.connect().await {
            Ok(session) => clients.push(Client::new(session, number, Arc::clone(&plan))),
            // What the first executions told is kept.
            Err(error) => {
                harvest.stop = Some(Stop::Lost(error));
                return Ok(harvest);
            }
        }
    }
    let mut tasks = tokio::task::JoinSet::new();
    for mut client in clients {
        tasks.spawn(async move {
            let outcome = client.work().await;
            (client.tallies, client.traces, outcome)
        });
    }
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
    DbError::new(DbErrorKind::Statement, format!("a client ended unexpectedly: {error}"))
}

fn record(run: &mut Run, workload: &Workload, target: &Target, first: Vec<Cold>, harvest: Harvest) {
    let mut tallies = harvest.tallies.into_iter();
    for (query, cold) in workload.queries.iter().zip(first) {
        let tally = tallies.next().unwrap_or_default();
        let recorded = query_run(query, &run.catalog, target, cold, tally);
        run.queries.push(recorded);
    }
    run.sessions = harvest.traces;
}

/// What is known of `query` before its plans are. Names without a schema are found by the path of its session.
pub(super) fn query_run(
    query: &Query,
    catalog: &Catalog,
    target: &Target,
    cold: Cold,
    tally: Tally,
) -> QueryRun {
    let (latency, rows) = (Latency::of(&tally.histogram), tally.mean_rows());
    QueryRun {
        id: query.id.clone(),
        sql: query.sql.clone(),
        file: Some(query.file.display().to_string()),
        line: query.line,
        kind: query.shape.as_ref().map_or(crate::sql::StatementKind::Read, |s| s.kind),
        shape: match query.settings.is_empty() {
            true => query.shape.as_ref().ok().cloned(),
            false => placed(query, catalog, target.engine.dialect()),
        },
        settings: query.settings.clone(),
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
        ignores: query.ignores.clone(),
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

/// The session that plans and counters are read on.
struct Control<'a> {
    session: &'a mut dyn Session,
    target: &'a Target,
    interrupt: &'a Interrupt,
}

/// Counters and plans, while the server is still there.
async fn finish(
    control: Control<'_>,
    run: &mut Run,
    sets: &[usize],
    before: &Counters,
    options: &RunOptions,
    progress: Progress,
) -> Result<(), DbError> {
    let Control { session, target, interrupt } = control;
    run.counters = answered(&target.options, session.counters()).await?.since(before);
    run.finished = Timestamp::now();
    tracing::info!(queries = run.queries.len(), "measured");
    let bar = progress.bar(run.queries.len() as u64, "explaining");
    for (query, set) in run.queries.iter_mut().zip(sets) {
        if interrupt.is_set() {
            break;
        }
        let started = std::time::Instant::now();
        let collected = explain::collect(session, query, *set, options.explain, interrupt);
        answered(&target.options, collected).await?;
        explain::logged(query, started);
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

pub(super) fn close(run: &mut Run, lost: Option<DbError>, interrupt: &Interrupt) {
    if interrupt.is_set() {
        run.notes.push("Interrupted: what was measured until then is here.".to_owned());
        run.interrupted = true;
    }
    if let Some(error) = lost {
        run.lose(error);
    }
    run.finished = run.finished.max(Timestamp::now());
    environment::settle(&mut run.environment);
}

#[cfg(test)]
#[path = "replay_tests.rs"]
mod tests;
