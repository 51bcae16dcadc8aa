//! One connection that works through rounds.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;

use super::schedule::{Unit, shuffle, units};
use super::tally::Tally;
use super::{Length, RunOptions, SessionTrace, StepTrace};
use crate::engine::{DbError, Execution, PreparedId, Session, SessionOptions, answered};
use crate::interrupt::Interrupt;
use crate::workload::Workload;

/// Why a client stopped before its work was done.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Stop {
    Interrupted,
    /// The server went away.
    Lost(DbError),
}

/// What all clients share.
pub(super) struct Plan {
    pub workload: Workload,
    /// By query: it may run, and its first execution went well.
    pub admitted: Vec<bool>,
    pub options: RunOptions,
    pub interrupt: Interrupt,
    /// The sessions were opened with these.
    pub session: SessionOptions,
    pub progress: ProgressBar,
}

pub(super) struct Client {
    session: Box<dyn Session>,
    number: u32,
    plan: Arc<Plan>,
    prepared: HashMap<usize, PreparedId>,
    next_set: Vec<usize>,
    pub tallies: Vec<Tally>,
    pub traces: Vec<SessionTrace>,
}

impl Client {
    pub fn new(session: Box<dyn Session>, number: u32, plan: Arc<Plan>) -> Self {
        let count = plan.workload.queries.len();
        Client {
            session,
            number,
            plan,
            prepared: HashMap::new(),
            // Clients begin at different parameter sets, so that they do not all ask for the same rows.
            next_set: vec![number as usize; count],
            tallies: vec![Tally::default(); count],
            traces: Vec::new(),
        }
    }

    /// Warm-up, then the measured rounds. Tallies hold what was measured, however it ends.
    pub async fn work(&mut self) -> Result<(), Stop> {
        for round in 0..self.plan.options.warmup_rounds {
            self.round(round).await?;
        }
        let count = self.plan.workload.queries.len();
        self.tallies = vec![Tally::default(); count];
        match self.plan.options.length {
            Length::Rounds(rounds) => self.rounds(rounds).await,
            Length::Duration(duration) => self.until(Instant::now() + duration).await,
        }
    }

    async fn rounds(&mut self, rounds: u32) -> Result<(), Stop> {
        for round in 0..rounds {
            self.round(self.plan.options.warmup_rounds + round).await?;
        }
        Ok(())
    }

    async fn until(&mut self, end: Instant) -> Result<(), Stop> {
        let mut round = self.plan.options.warmup_rounds;
        while Instant::now() < end {
            for unit in self.shuffled(round) {
                if Instant::now() >= end {
                    break;
                }
                self.unit(unit).await?;
            }
            self.close_round();
            round += 1;
        }
        Ok(())
    }

    async fn round(&mut self, round: u32) -> Result<(), Stop> {
        for unit in self.shuffled(round) {
            self.unit(unit).await?;
            self.plan.progress.inc(1);
        }
        self.close_round();
        Ok(())
    }

    fn close_round(&mut self) {
        self.tallies.iter_mut().for_each(|tally| tally.rounds.close());
    }

    fn shuffled(&self, round: u32) -> Vec<Unit> {
        let mut order = units(&self.plan.workload);
        shuffle(&mut order, self.plan.options.seed, self.number, round);
        order
    }

    async fn unit(&mut self, unit: Unit) -> Result<(), Stop> {
        match unit {
            Unit::Query(query) => self.query(query).await.map(|_| ()),
            Unit::Session(session) => self.session(session).await,
        }
    }

    /// Runs a session in its own order and remembers what it did, for rules about sequences.
    async fn session(&mut self, index: usize) -> Result<(), Stop> {
        let plan = Arc::clone(&self.plan);
        let session = &plan.workload.sessions[index];
        let mut steps = Vec::with_capacity(session.steps.len());
        for step in &session.steps {
            let position = plan.workload.queries.iter().position(|q| q.id == step.query);
            let Some(query) = position else { continue };
            let mut total = Duration::ZERO;
            let mut rows = 0.0;
            for _ in 0..step.times {
                if let Some(execution) = self.query(query).await? {
                    total += execution.elapsed;
                    rows = execution.rows as f64;
                }
            }
            let total_ms = total.as_secs_f64() * 1e3;
            steps.push(StepTrace { query: step.query.clone(), times: step.times, rows, total_ms });
        }
        self.traces.retain(|trace| trace.name != session.name);
        self.traces.push(SessionTrace { name: session.name.clone(), steps });
        Ok(())
    }

    /// One execution, unless the query is not admitted or has been measured enough.
    async fn query(&mut self, query: usize) -> Result<Option<Execution>, Stop> {
        if self.plan.interrupt.is_set() {
            return Err(Stop::Interrupted);
        }
        let budget = self.plan.options.query_budget;
        if !self.plan.admitted[query] || self.tallies[query].is_finished(budget) {
            return Ok(None);
        }
        let set = self.turn(query);
        match self.execute(query, set).await? {
            Ok(execution) => {
                let id = &self.plan.workload.queries[query].id;
                let ms = execution.elapsed.as_secs_f64() * 1e3;
                tracing::debug!(query = id, set, ms, rows = execution.rows, "executed");
                self.tallies[query].success(set, execution);
                Ok(Some(execution))
            }
            Err(error) if error.ends_session() => Err(Stop::Lost(error)),
            Err(error) => {
                tracing::debug!(query = self.plan.workload.queries[query].id, %error, "failed");
                self.tallies[query].failure(error);
                Ok(None)
            }
        }
    }

    /// The parameter set whose turn it is.
    fn turn(&mut self, query: usize) -> usize {
        let sets = self.plan.workload.queries[query].params.len().max(1);
        let set = self.next_set[query] % sets;
        self.next_set[query] += 1;
        set
    }

    /// Executes without recording; the outer error is the interrupt.
    pub async fn execute(
        &mut self,
        query: usize,
        set: usize,
    ) -> Result<Result<Execution, DbError>, Stop> {
        let (interrupt, session) = (self.plan.interrupt.clone(), self.plan.session.clone());
        tokio::select! {
            biased;
            _ = interrupt.wait() => Err(Stop::Interrupted),
            outcome = answered(&session, self.prepare_and_execute(query, set)) => Ok(outcome),
        }
    }

    async fn prepare_and_execute(
        &mut self,
        query: usize,
        set: usize,
    ) -> Result<Execution, DbError> {
        let plan = Arc::clone(&self.plan);
        let source = &plan.workload.queries[query];
        let statement = match self.prepared.get(&query) {
            Some(statement) => *statement,
            None => {
                self.session.under(&source.settings);
                let statement = self.session.prepare(&source.sql).await?;
                self.prepared.insert(query, statement);
                statement
            }
        };
        let none = Vec::new();
        let params = source.params.get(set).unwrap_or(&none);
        self.session.execute(statement, params).await
    }
}
