//! The queries that are measured, on one side or on both, block by block.

use std::time::Duration;

use indicatif::ProgressBar;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::AlternateOptions;
use super::allocation::{Allocation, QueryCost, allocations, even_allocations};
use super::conclude::Taken;
use super::early::{Longest, plain};
use super::measured_query::MeasuredQuery;
use super::plan_change::has_changed;
use super::samples::{Samples, Timed, Which};
use super::side_connection::SideConnection;
use crate::engine::{DbError, answered};
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use crate::run::{Run, Status, Target};
use crate::workload::{Query, Workload};

/// Both sides together; beyond this, loading what a new connection does not know yet is lost in the time.
const LONG: Duration = Duration::from_millis(20);

/// Executions of the warm-up on each side.
const COST_EXECUTIONS: u32 = 3;

/// A database, and the run made on it: it says what can be executed, and holds the plans.
pub type Measurable<'a> = (&'a Target, &'a Run);

/// Which side runs when: ABBA, ABBA, …; the mirror image in every other block.
pub fn order(block: u32, pairs: u32) -> impl Iterator<Item = [Which; 2]> {
    (0..pairs).map(move |pair| match (block + pair) % 2 {
        0 => [Which::Before, Which::After],
        _ => [Which::After, Which::Before],
    })
}

pub struct PairedMeasurement<'a> {
    before: Option<SideConnection<'a>>,
    after: Option<SideConnection<'a>>,
    subjects: Vec<MeasuredQuery<'a>>,
    interrupt: &'a Interrupt,
    /// So many times as long a block may last, until the fastest executions of each side agree.
    patience: u32,
    /// Parameter sets that every block holds, if there are as many.
    least_sets: usize,
    /// Plain verdicts end the measuring of their query, and executions are cut off that take many times as long as the
    /// other side's.
    is_early: bool,
}

impl<'a> PairedMeasurement<'a> {
    /// Sessions on the sides that are given; the queries are those that every one of them could measure.
    pub async fn open(
        before: Option<Measurable<'a>>,
        after: Option<Measurable<'a>>,
        workload: &'a Workload,
        interrupt: &'a Interrupt,
    ) -> Result<PairedMeasurement<'a>, DbError> {
        let sides: Vec<Measurable<'_>> = before.into_iter().chain(after).collect();
        let measured = |run: &Run, query: &Query| {
            run.query(&query.id).is_some_and(|query| query.status == Status::Measured)
        };
        let all = |query: &&Query| sides.iter().all(|(_, run)| measured(run, query));
        let subject = |query: &'a Query| MeasuredQuery {
            query,
            samples: Samples::default(),
            cost: Duration::ZERO,
            expected_to_change: match (before, after) {
                (Some((_, before)), Some((_, after))) => {
                    has_changed(before.query(&query.id), after.query(&query.id))
                }
                _ => true,
            },
            set: 0,
            longest: Longest::of_run(before.and_then(|(_, run)| run.query(&query.id))),
            is_settled: false,
        };
        let subjects: Vec<_> = workload.queries.iter().filter(all).map(subject).collect();
        let count = subjects.len();
        let before = match before {
            Some((target, _)) => Some(SideConnection::open(target, count).await?),
            None => None,
        };
        let after = match after {
            Some((target, _)) => Some(SideConnection::open(target, count).await?),
            None => None,
        };
        Ok(PairedMeasurement {
            before,
            after,
            subjects,
            interrupt,
            patience: 1,
            least_sets: 1,
            is_early: false,
        })
    }

    /// On a busy machine, blocks go on for up to this many times their length.
    pub fn be_patient(&mut self, patience: u32) {
        self.patience = patience.max(1);
    }

    /// Every block holds so many parameter sets of each query, if it has as many: an index that leads a hundred times
    /// faster to one value and does nothing for another is not judged by blocks of the other alone.
    pub fn hold_sets(&mut self, least: usize) {
        self.least_sets = least.max(1);
    }

    pub fn end_early(&mut self) {
        self.is_early = true;
    }

    /// A few executions on each side, thrown away; what it takes decides how often the query can be afforded.
    pub async fn warm_up(&mut self, progress: Progress) -> Result<(), DbError> {
        let bar = progress.bar(self.subjects.len() as u64, "warming up");
        for position in 0..self.subjects.len() {
            for which in [Which::Before, Which::After] {
                if !self.has(which) {
                    continue;
                }
                let known = self.subjects[position].longest.before;
                if let (true, Which::Before, Some(long)) =
                    (self.is_early, which, known.filter(|known| *known > LONG))
                {
                    // The run before has warmed it up and timed it.
                    self.subjects[position].cost += long;
                    continue;
                }
                let Some(cost) = self.cost(position, which).await? else { break };
                self.subjects[position].cost += cost;
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// The fastest of a few executions, of one if that is long: a neighbour's work is no part of the cost.
    async fn cost(&mut self, position: usize, which: Which) -> Result<Option<Duration>, DbError> {
        let mut least: Option<Duration> = None;
        for _ in 0..COST_EXECUTIONS {
            let Some(timed) = self.execute(position, which).await? else { return Ok(None) };
            let cost = timed.execution.elapsed;
            least = Some(least.map_or(cost, |least| least.min(cost)));
            if cost > LONG {
                break;
            }
        }
        Ok(least)
    }

    pub fn query_costs(&self) -> Vec<QueryCost> {
        let query_cost = |subject: &MeasuredQuery<'_>| QueryCost {
            cost: subject.cost * subject.sets(self.least_sets),
            expected_to_change: subject.expected_to_change,
        };
        self.subjects.iter().map(query_cost).collect()
    }

    pub fn allocations(&self, options: &AlternateOptions) -> Vec<Allocation> {
        let allocation = if options.every_query { even_allocations } else { allocations };
        self.with_sets(allocation(&self.query_costs(), options.blocks, options.budget))
    }

    /// One pair for each set that a block has to hold, where the allocation had one for all.
    pub fn with_sets(&self, allocations: Vec<Allocation>) -> Vec<Allocation> {
        let sets = self.subjects.iter().map(|subject| subject.sets(self.least_sets));
        let both = allocations.into_iter().zip(sets);
        both.map(|(allocation, sets)| Allocation { pairs: allocation.pairs * sets, ..allocation })
            .collect()
    }

    /// The queries shuffled within each block. An interrupt ends it; finished blocks count.
    pub async fn blocks(
        &mut self,
        allocations: &[Allocation],
        seed: u64,
        bar: &ProgressBar,
    ) -> Result<(), DbError> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let all = allocations.iter().map(|allocation| allocation.blocks).max().unwrap_or(0);
        for block in 0..all {
            for side in [&mut self.before, &mut self.after].into_iter().flatten() {
                side.replace().await?;
            }
            self.share_processor(block);
            let is_due =
                |q: &usize| allocations[*q].joins(block, all) && !self.subjects[*q].is_settled;
            let mut due: Vec<usize> = (0..allocations.len()).filter(is_due).collect();
            due.shuffle(&mut random);
            for position in due {
                self.block(position, block, allocations[position].pairs, bar).await?;
                self.settle_early(position, allocations.len());
                if self.interrupt.is_set() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn settle_early(&mut self, position: usize, queries: usize) {
        let subject = &mut self.subjects[position];
        subject.is_settled = self.is_early && plain(&subject.samples, queries).is_some();
    }

    /// On this machine, both sides run on the same processor, on the next one in the next block: else
    /// the sides would be compared by where they happen to run.
    fn share_processor(&self, block: u32) {
        let processor = |side: &Option<SideConnection<'a>>| side.as_ref()?.processor.clone();
        if let Some((before, after)) = processor(&self.before).zip(processor(&self.after)) {
            before.share(&after, block as usize);
        }
    }

    pub fn taken(&self) -> Vec<Taken<'_>> {
        let taken = |c: &'_ MeasuredQuery<'a>| (c.query.id.as_str(), c.query.weight);
        let all = self.subjects.iter().map(|c| (taken(c), &c.samples));
        all.map(|((query, weight), samples)| Taken { query, weight, samples }).collect()
    }

    pub fn into_taken(self) -> Vec<(&'a Query, Samples)> {
        self.subjects.into_iter().map(|c| (c.query, c.samples)).collect()
    }

    fn has(&self, which: Which) -> bool {
        match which {
            Which::Before => self.before.is_some(),
            Which::After => self.after.is_some(),
        }
    }

    async fn block(
        &mut self,
        position: usize,
        block: u32,
        pairs: u32,
        bar: &ProgressBar,
    ) -> Result<(), DbError> {
        self.settle(position).await?;
        let most = if pairs > 1 { pairs * self.patience } else { 1 };
        for (pair, sides) in order(block, most).enumerate() {
            let even = pair % 2 == 0;
            if pair >= pairs as usize && even && self.subjects[position].samples.is_settled() {
                break;
            }
            let least = self.least_sets;
            self.subjects[position].choose_set(block, pair, pairs, least);
            for which in sides {
                if !self.has(which) {
                    continue;
                }
                let executed = self.execute(position, which).await;
                let Ok(Some(execution)) = executed else {
                    self.subjects[position].samples.drop_block();
                    executed?;
                    return Ok(());
                };
                let subject = &mut self.subjects[position];
                subject.samples.add(which, subject.set, execution);
            }
            bar.inc(u64::from(pair < pairs as usize));
        }
        self.subjects[position].samples.close_block();
        Ok(())
    }

    /// The first execution on a new connection also loads what the server knows of the tables. That
    /// is thrown away where it could be a notable part of the time.
    async fn settle(&mut self, position: usize) -> Result<(), DbError> {
        if self.subjects[position].cost > LONG {
            return Ok(());
        }
        for which in [Which::Before, Which::After] {
            self.execute(position, which).await?;
        }
        Ok(())
    }

    /// `None` when the query has failed, now or before, or Ctrl-C was pressed. An error means that a session is lost.
    async fn execute(&mut self, position: usize, which: Which) -> Result<Option<Timed>, DbError> {
        let PairedMeasurement { before, after, subjects, interrupt, is_early, .. } = self;
        let subject = &mut subjects[position];
        let side = match which {
            Which::Before => before,
            Which::After => after,
        };
        let Some(side) = side else { return Ok(None) };
        if subject.samples.failure.is_some() || interrupt.is_set() {
            return Ok(None);
        }
        let (set, limits) = (subject.set, side.target.options.clone());
        let within = |limit: &Duration| {
            limits.statement_timeout.is_zero() || *limit < limits.statement_timeout
        };
        let limit = subject.longest.limit(which, set).filter(|limit| *is_early && within(limit));
        let execution = async {
            match limit {
                Some(limit) => side.execute_within(subject.query, set, limit).await,
                None => side.execute(position, subject.query, set).await,
            }
        };
        let outcome = tokio::select! {
            biased;
            _ = interrupt.wait() => return Ok(None),
            outcome = answered(&limits, execution) => outcome,
        };
        match outcome {
            Ok(timed) => {
                subject.longest.note(which, set, timed.execution.elapsed);
                Ok(Some(timed))
            }
            Err(error) if error.ends_session() => Err(error),
            Err(error) => {
                subject.samples.failure = Some((which, error));
                Ok(None)
            }
        }
    }
}
