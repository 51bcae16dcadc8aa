//! A comparison from connecting to the verdict.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context as _, Result};
use indicatif::ProgressBar;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use super::constraints;
use super::options::ParityOptions;
use super::pairs::{Matching, Pairs, TablePair, shown};
use super::report::{PARITY_FORMAT, ParityReport, ParitySide, Verdict};
use super::schema;
use super::segment::{self, Outcome};
use super::segments::{Segment, segments};
use super::state_file::StateFile;
use super::tally::Tally;
use crate::engine::migration::{DataReader, DatabaseShape, Hashing, Migration, ReaderOptions};
use crate::engine::{DbError, ServerInfo};
use crate::interrupt::Interrupt;
use crate::progress::Progress;

/// One of the two databases.
#[derive(Clone)]
pub struct Side {
    pub migration: &'static dyn Migration,
    pub url: String,
    pub options: ReaderOptions,
    pub server: ServerInfo,
}

impl Side {
    pub async fn reader(&self) -> Result<Box<dyn DataReader>, DbError> {
        self.migration.reader(&self.url, &self.options).await
    }
}

/// Compares `source` with `target`.
///
/// # Errors
/// A server that cannot be reached or goes away, and a state file that cannot be written. What could not be compared
/// is part of the report.
pub async fn parity(
    source: &Side,
    target: &Side,
    options: &ParityOptions,
    interrupt: &Interrupt,
    progress: Progress,
) -> Result<ParityReport> {
    let started = Timestamp::now();
    let mut readers = Readers { source: source.reader().await?, target: target.reader().await? };
    let marks = readers.marks().await?;
    let spinner = progress.spinner("reading both schemas");
    let target_schemas: Vec<String> = Vec::new();
    let shapes =
        tokio::join!(readers.source.shape(&options.schemas), readers.target.shape(&target_schemas));
    spinner.finish_and_clear();
    let (source_shape, target_shape) = (shapes.0?, shapes.1?);
    let same_family = source.migration.family() == target.migration.family();
    let matching = Matching { source: &source_shape, target: &target_shape, same_family, options };
    let Pairs { tables: pairs, differences, left_out } = matching.pairs();
    let mut report = empty(source, target, started, left_out);
    if options.check_schema {
        report.schema = differences;
        report.schema.extend(schema::compare(&matching, &pairs));
    } else {
        // A table that is not there holds none of the rows.
        report.schema = differences.into_iter().filter(|d| d.id == "missing-table").collect();
    }
    unreadable(&mut report, &source_shape);
    if options.check_data && !interrupt.is_set() {
        let state = state(source, target, options, &pairs)?;
        let work = Work { source, target, options, interrupt, pairs: &pairs, state };
        report.tables = work.run(&mut readers, &marks, progress).await?;
    }
    if options.check_orphans && !interrupt.is_set() {
        let sides = (&source_shape, &target_shape);
        report.constraints =
            constraints::compare(sides, &pairs, &mut readers.target, interrupt, progress).await?;
    }
    let end = readers.marks().await?;
    (report.source.written, report.target.written) = (marks.0 != end.0, marks.1 != end.1);
    report.finished = Timestamp::now();
    report.interrupted = interrupt.is_set();
    notes(&mut report, &pairs, options);
    report.conclude();
    Ok(report)
}

/// The connections that plan, and look again.
pub struct Readers {
    pub source: Box<dyn DataReader>,
    pub target: Box<dyn DataReader>,
}

impl Readers {
    pub async fn marks(&mut self) -> Result<(String, String), DbError> {
        Ok((self.source.write_mark().await?, self.target.write_mark().await?))
    }
}

fn empty(source: &Side, target: &Side, started: Timestamp, left_out: Vec<String>) -> ParityReport {
    let side = |side: &Side| ParitySide { server: side.server.clone(), written: false };
    ParityReport {
        format: PARITY_FORMAT,
        planwise: env!("CARGO_PKG_VERSION").to_owned(),
        started,
        finished: started,
        source: side(source),
        target: side(target),
        verdict: Verdict::Inconclusive,
        reasons: Vec::new(),
        schema: Vec::new(),
        tables: Vec::new(),
        constraints: Vec::new(),
        left_out,
        notes: Vec::new(),
        interrupted: false,
    }
}

fn unreadable(report: &mut ParityReport, source: &DatabaseShape) {
    for table in &source.unreadable {
        report.schema.push(super::SchemaDifference {
            id: "unreadable-table".to_owned(),
            weight: super::Weight::Difference,
            object: shown(table),
            message: "this login may not read it on the source: grant SELECT".to_owned(),
        });
    }
}

fn notes(report: &mut ParityReport, pairs: &[TablePair], options: &ParityOptions) {
    for pair in pairs {
        let name = shown(&pair.source.name);
        let cautions = pair.reading.cautions.iter();
        report.notes.extend(cautions.map(|caution| format!("{name}.{caution}")));
    }
    if options.float_tolerance > 0.0 {
        let tolerance = options.float_tolerance;
        report.notes.push(format!(
            "Floating-point values count as the same up to a relative difference of {tolerance:e}, as asked for."
        ));
    }
    if pairs.iter().any(|pair| pair.reading.own) {
        report.notes.push(
            "Rows are equal by value: 1.0 and 1.00, or 0 and -0, are one number; trailing blanks of char(n) do not count."
                .to_owned(),
        );
    }
    let written = [(report.source.written, "source"), (report.target.written, "target")];
    for (_, side) in written.iter().filter(|(written, _)| *written) {
        report.notes.push(format!(
            "Somebody wrote on the {side} meanwhile: the verdict holds for what was read; the final one is taken while nobody writes."
        ));
    }
    if report.tables.iter().any(|table| table.resumed) {
        report.notes.push(
            "Some pieces were compared by an earlier call and not read again: what changed in them since is not seen."
                .to_owned(),
        );
    }
}

/// Everything that decides what is compared with what.
fn state(
    source: &Side,
    target: &Side,
    options: &ParityOptions,
    pairs: &[TablePair],
) -> Result<Option<Mutex<StateFile>>> {
    let Some(path) = &options.state else { return Ok(None) };
    let mut hash = Sha256::new();
    for side in [source, target] {
        hash.update(format!("{}\n{}\n", side.server.address, side.server.database));
    }
    for pair in pairs {
        hash.update(format!("{:?}\n{:?}\n", pair.reading.source, pair.reading.target));
    }
    hash.update(format!("{} {}", options.float_tolerance, options.stream));
    let digest: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let state =
        StateFile::open(path, &digest).with_context(|| format!("--state {}", path.display()))?;
    Ok(Some(Mutex::new(state)))
}

/// The part that reads rows.
struct Work<'a> {
    source: &'a Side,
    target: &'a Side,
    options: &'a ParityOptions,
    interrupt: &'a Interrupt,
    pairs: &'a [TablePair],
    state: Option<Mutex<StateFile>>,
}

struct Job {
    table: usize,
    segment: Segment,
}

/// What a worker sends home: of a piece, or why a table cannot be read.
type Done = (usize, Segment, std::result::Result<Outcome, DbError>, f64);

impl Work<'_> {
    async fn run(
        &self,
        readers: &mut Readers,
        marks: &(String, String),
        progress: Progress,
    ) -> Result<Vec<super::TableParity>> {
        let mut tallies: Vec<Tally> = self.pairs.iter().map(Tally::of).collect();
        let jobs = self.jobs(readers, &mut tallies).await?;
        let rows: f64 = self.pairs.iter().map(|pair| pair.source.rows).sum();
        let bar = progress.bar(rows as u64, "comparing rows");
        self.read_all(jobs, readers, &mut tallies, &bar).await?;
        bar.finish_and_clear();
        let now = readers.marks().await?;
        let quiet = (&marks.0, &marks.1) == (&now.0, &now.1);
        for (tally, pair) in tallies.iter_mut().zip(self.pairs) {
            if !quiet && tally.differs() {
                tally.settle(pair, readers, self.options.settle, self.interrupt).await?;
            }
        }
        Ok(tallies
            .into_iter()
            .zip(self.pairs)
            .map(|(t, pair)| t.finish(pair, self.options))
            .collect())
    }

    /// What is left to do, the largest tables first. What an earlier call did is counted at once.
    async fn jobs(&self, readers: &mut Readers, tallies: &mut [Tally]) -> Result<VecDeque<Job>> {
        let mut order: Vec<usize> = (0..self.pairs.len()).collect();
        order.sort_by_key(|table| std::cmp::Reverse(self.pairs[*table].source.bytes));
        let mut jobs = VecDeque::new();
        for table in order {
            let pair = &self.pairs[table];
            if pair.reading.compared.is_empty() {
                continue;
            }
            let (a, b) = (readers.source.as_mut(), readers.target.as_mut());
            let pieces = match segments(pair, a, b, self.options.chunk_rows).await {
                Ok(pieces) => pieces,
                Err(error) if error.ends_session() => return Err(error.into()),
                Err(error) => {
                    tallies[table].fail(&error);
                    continue;
                }
            };
            for segment in pieces {
                let name = shown(&pair.source.name);
                let known = self.state.as_ref().and_then(|state| {
                    let state = state.lock().unwrap_or_else(PoisonError::into_inner);
                    state.known(&name, &segment.name).cloned()
                });
                match known {
                    Some(outcome) => tallies[table].add(outcome, 0.0, true),
                    None => jobs.push_back(Job { table, segment }),
                }
            }
        }
        Ok(jobs)
    }

    async fn read_all(
        &self,
        jobs: VecDeque<Job>,
        readers: &mut Readers,
        tallies: &mut [Tally],
        bar: &ProgressBar,
    ) -> Result<()> {
        let workers = self.options.jobs.min(jobs.len()).max(1);
        let hashings: Vec<Hashing> = self.pairs.iter().map(|pair| hashing(pair, readers)).collect();
        let queue = Arc::new(Mutex::new(jobs));
        let (send, mut receive) = mpsc::channel::<Done>(64);
        let work = async {
            let workers = (0..workers).map(|_| self.work(&queue, &hashings, send.clone()));
            let ended = futures_util::future::try_join_all(workers).await;
            drop(send);
            ended.map(drop)
        };
        let collect = async {
            while let Some((table, segment, outcome, seconds)) = receive.recv().await {
                match outcome {
                    Ok(outcome) => {
                        bar.inc(outcome.source_rows);
                        self.record(&self.pairs[table], &segment, &outcome)?;
                        tallies[table].add(outcome, seconds, false);
                    }
                    Err(error) => tallies[table].fail(&error),
                }
            }
            Ok::<(), anyhow::Error>(())
        };
        let (worked, collected) = tokio::join!(work, collect);
        collected?;
        Ok(worked?)
    }

    fn record(&self, pair: &TablePair, segment: &Segment, outcome: &Outcome) -> Result<()> {
        let Some(state) = &self.state else { return Ok(()) };
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        let written = state.record(&shown(&pair.source.name), &segment.name, outcome);
        written.context("the state file cannot be written")
    }

    async fn work(
        &self,
        queue: &Mutex<VecDeque<Job>>,
        hashings: &[Hashing],
        send: mpsc::Sender<Done>,
    ) -> Result<(), DbError> {
        let opened = tokio::join!(self.source.reader(), self.target.reader());
        let (mut source, mut target) = (opened.0?, opened.1?);
        while !self.interrupt.is_set() {
            let job = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            let Some(Job { table, segment }) = job else { break };
            self.wait_for_room(source.as_mut(), target.as_mut()).await?;
            let begun = Instant::now();
            let reading = &self.pairs[table].reading;
            let outcome = tokio::select! {
                outcome = segment::compare(
                    reading, &segment, hashings[table], self.options.stream, source.as_mut(), target.as_mut(),
                ) => outcome,
                () = self.interrupt.wait() => break,
            };
            let outcome = match outcome {
                Err(error) if error.ends_session() => return Err(error),
                outcome => outcome,
            };
            let done = (table, segment, outcome, begun.elapsed().as_secs_f64());
            if send.send(done).await.is_err() {
                break;
            }
        }
        Ok(())
    }

    /// Others come first.
    async fn wait_for_room(
        &self,
        source: &mut dyn DataReader,
        target: &mut dyn DataReader,
    ) -> Result<(), DbError> {
        let (running, lag) = (self.options.max_running, self.options.max_lag);
        if running.is_none() && lag.is_none() {
            return Ok(());
        }
        loop {
            let (a, b) = (source.pressure().await?, target.pressure().await?);
            let busy = running.is_some_and(|most| a.running.max(b.running) > most);
            let behind = lag.is_some_and(|most| {
                a.lag_s.into_iter().chain(b.lag_s).any(|lag| lag > most.as_secs_f64())
            });
            if (!busy && !behind) || self.interrupt.is_set() {
                return Ok(());
            }
            tokio::select! {
                () = tokio::time::sleep(std::time::Duration::from_millis(500)) => {}
                () = self.interrupt.wait() => {}
            }
        }
    }
}

/// The best that both servers know, where they are of one family and print alike.
fn hashing(pair: &TablePair, readers: &Readers) -> Hashing {
    if !pair.reading.own {
        return Hashing::Canonical;
    }
    let theirs = readers.target.own_hashings();
    let common = readers.source.own_hashings().into_iter().find(|own| theirs.contains(own));
    common.map_or(Hashing::Canonical, Hashing::Own)
}
