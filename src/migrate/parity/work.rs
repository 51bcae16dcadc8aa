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
use crate::engine::DbError;
use crate::engine::migration::{DataReader, Hashing};
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
}

/// What a worker sends home: of a piece, or why a table cannot be read.
type Done = (usize, Segment, std::result::Result<Outcome, DbError>, f64);

impl Work<'_> {
    pub async fn run(
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
