//! Reading rows: pieces of tables, on as many connections as asked for.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context as _, Result};
use indicatif::ProgressBar;
use tokio::sync::mpsc;

use super::options::ParityOptions;
use super::pairs::{TablePair, shown};
use super::run::{Readers, Side};
use super::segment::{self, Outcome};
use super::segments::{Segment, segments};
use super::state_file::StateFile;
use super::tally::Tally;
use super::views;
use crate::engine::DbError;
use crate::engine::migration::DataReader;
use crate::interrupt::Interrupt;
use crate::progress::Progress;

/// The part that reads rows.
pub struct Work<'a> {
    pub source: &'a Side,
    pub target: &'a Side,
    pub options: &'a ParityOptions,
    pub interrupt: &'a Interrupt,
    pub pairs: &'a [TablePair],
    pub state: Option<Mutex<StateFile>>,
}

struct Job {
    table: usize,
    segment: Segment,
    /// Its share of the table's size on the source.
    bytes: u64,
}

/// What a worker sends home: of a piece, or why a table cannot be read.
struct Done {
    job: Job,
    outcome: std::result::Result<Outcome, DbError>,
    seconds: f64,
}

/// A connection to each side.
struct Worker {
    source: Box<dyn DataReader>,
    target: Box<dyn DataReader>,
}

impl Worker {
    fn side(&mut self, source: bool) -> &mut dyn DataReader {
        if source { self.source.as_mut() } else { self.target.as_mut() }
    }

    async fn reopen(&mut self) -> Result<(), DbError> {
        for reader in [&mut self.source, &mut self.target] {
            reader.close_view().await?;
            reader.open_view(None).await?;
        }
        Ok(())
    }
}

impl Work<'_> {
    pub async fn run(
        &self,
        readers: &mut Readers,
        marks: &(String, String),
        progress: Progress,
    ) -> Result<Vec<super::TableParity>> {
        let mut tallies: Vec<Tally> = self.pairs.iter().map(Tally::of).collect();
        let mut workers = self.workers().await?;
        if self.options.one_view {
            self.one_view(readers, &mut workers).await?;
        }
        let jobs = self.jobs(readers, &mut tallies).await?;
        if self.options.one_view {
            let closed = tokio::join!(readers.source.close_view(), readers.target.close_view());
            closed.0?;
            closed.1?;
        }
        let bytes: u64 = jobs.iter().map(|job| job.bytes).sum();
        let bar = progress.bytes(bytes, "comparing rows");
        self.read_all(jobs, workers, &mut tallies, &bar).await?;
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
            if !pair.reading.is_readable() {
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
            let bytes = pair.source.bytes / pieces.len().max(1) as u64;
            for segment in pieces {
                let name = shown(&pair.source.name);
                let known = self.state.as_ref().and_then(|state| {
                    let state = state.lock().unwrap_or_else(PoisonError::into_inner);
                    state.known(&name, &segment.name).cloned()
                });
                match known {
                    Some(outcome) => tallies[table].add(outcome, 0.0, true),
                    None => jobs.push_back(Job { table, segment, bytes }),
                }
            }
        }
        Ok(jobs)
    }

    async fn workers(&self) -> Result<Vec<Worker>> {
        let mut workers = Vec::new();
        for _ in 0..self.options.jobs.max(1) {
            let opened = tokio::join!(self.source.reader(), self.target.reader());
            workers.push(Worker { source: opened.0?, target: opened.1? });
        }
        Ok(workers)
    }

    /// Each side's connections see one moment of it, as long as they read. Where that moment cannot be shared, one
    /// connection to each side does all of the work.
    async fn one_view(&self, readers: &mut Readers, workers: &mut Vec<Worker>) -> Result<()> {
        let mut shared = true;
        for side in [true, false] {
            let first = if side { &mut readers.source } else { &mut readers.target };
            let mut others: Vec<&mut dyn DataReader> =
                workers.iter_mut().map(|worker| worker.side(side)).collect();
            shared &= views::share(first.as_mut(), &mut others).await?;
        }
        if !shared {
            workers.truncate(1);
            for worker in workers {
                worker.reopen().await?;
            }
        }
        Ok(())
    }

    async fn read_all(
        &self,
        jobs: VecDeque<Job>,
        workers: Vec<Worker>,
        tallies: &mut [Tally],
        bar: &ProgressBar,
    ) -> Result<()> {
        let queue = Arc::new(Mutex::new(jobs));
        let (send, mut receive) = mpsc::channel::<Done>(64);
        let work = async {
            let workers = workers.into_iter().map(|w| self.work(&queue, w, send.clone()));
            let ended = futures_util::future::try_join_all(workers).await;
            drop(send);
            ended.map(drop)
        };
        let collect = async {
            while let Some(done) = receive.recv().await {
                match done.outcome {
                    Ok(outcome) => {
                        bar.inc(done.job.bytes);
                        self.record(&self.pairs[done.job.table], &done.job.segment, &outcome)?;
                        tallies[done.job.table].add(outcome, done.seconds, false);
                    }
                    Err(error) => tallies[done.job.table].fail(&error),
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
        mut worker: Worker,
        send: mpsc::Sender<Done>,
    ) -> Result<(), DbError> {
        let held = self.options.one_view;
        while !self.interrupt.is_set() {
            let job = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            let Some(job) = job else { break };
            self.wait_for_room(worker.source.as_mut(), worker.target.as_mut()).await?;
            let begun = Instant::now();
            let reading = &self.pairs[job.table].reading;
            let outcome = tokio::select! {
                outcome = segment::compare(
                    reading, &job.segment, self.options.stream, held, worker.source.as_mut(), worker.target.as_mut(),
                ) => outcome,
                () = self.interrupt.wait() => break,
            };
            let outcome = match outcome {
                Err(error) if error.ends_session() => return Err(error),
                // A statement that failed takes its view with it; that of the next piece is a later one.
                Err(error) if held => {
                    worker.reopen().await?;
                    Err(error)
                }
                outcome => outcome,
            };
            let done = Done { job, outcome, seconds: begun.elapsed().as_secs_f64() };
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
