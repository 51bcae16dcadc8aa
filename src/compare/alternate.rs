//! Measuring two databases against each other, execution by execution.
//!
//! Source: randomised multiple interleaved trials (Abedi & Brecht, ICPE 2017) and duet benchmarking
//! (arXiv 2001.05811). One side after the other measures the machine's mood as well: of identical runs
//! compared that way, up to two thirds differed "significantly"; alternating executions, none.

use std::time::Duration;

use indicatif::ProgressBar;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::pace::{Pace, paces, total};
use super::samples::{Samples, Which};
use super::{Comparison, Criteria, Method, conclude};
use crate::engine::{DbError, DbErrorKind, Execution, PreparedId, Session};
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use crate::run::{Run, Status, Target};
use crate::workload::{Query, Workload};

#[derive(Debug, Clone, PartialEq)]
pub struct AlternateOptions {
    /// Blocks of every query that is fast enough for it; slow ones get 6 at least.
    pub blocks: u32,
    /// For all queries together, warm-up aside.
    pub budget: Duration,
    /// Decides the order of the queries within each block.
    pub seed: u64,
    pub criteria: Criteria,
}

impl Default for AlternateOptions {
    fn default() -> Self {
        AlternateOptions {
            blocks: 16,
            budget: Duration::from_secs(45),
            seed: 1,
            criteria: Criteria::default(),
        }
    }
}

/// Two databases that can be reached at the same time, each with the run that was made on it:
/// it says what can be executed, and holds the plans.
#[derive(Clone, Copy)]
pub struct Pair<'a> {
    pub before: (&'a Target, &'a Run),
    pub after: (&'a Target, &'a Run),
}

/// Runs every query of `workload` that both runs could measure, alternating between the sides with
/// the same parameters, in ABBA order inside blocks, the queries shuffled within each block. One execution on each
/// side warms up and is thrown away. An interrupt ends it early; blocks finished until then count.
pub async fn alternate(
    pair: Pair<'_>,
    workload: &Workload,
    options: &AlternateOptions,
    interrupt: &Interrupt,
    progress: Progress,
) -> Result<Comparison, DbError> {
    let mut duel = Duel::open(pair, workload, interrupt).await?;
    duel.warm_up(progress).await?;
    let paces = duel.paces(options);
    let bar = progress.bar(total_pairs(&paces), "measuring before and after");
    let outcome = duel.blocks(&paces, options.seed, &bar).await;
    bar.finish_and_clear();
    outcome?;
    let costs = duel.costs();
    let mut comparison = conclude(Method::Alternating, pair, &duel.taken(), &options.criteria);
    comparison.notes.extend(duel.notes(total(&costs, &paces), options.budget));
    Ok(comparison)
}

fn total_pairs(paces: &[Pace]) -> u64 {
    paces.iter().map(|pace| u64::from(pace.blocks * pace.pairs)).sum()
}

/// Which side runs when: ABBA, ABBA, …; the mirror image in every other block.
fn order(block: u32, pairs: u32) -> impl Iterator<Item = [Which; 2]> {
    (0..pairs).map(move |pair| match (block + pair) % 2 {
        0 => [Which::Before, Which::After],
        _ => [Which::After, Which::Before],
    })
}

struct Contestant<'a> {
    query: &'a Query,
    samples: Samples,
    /// Of the warm-up: one execution on both sides together.
    cost: Duration,
    next_set: usize,
}

struct Lane {
    session: Box<dyn Session>,
    prepared: Vec<Option<PreparedId>>,
}

impl Lane {
    async fn open(target: &Target, queries: usize) -> Result<Lane, DbError> {
        Ok(Lane { session: target.connect().await?, prepared: vec![None; queries] })
    }

    async fn execute(
        &mut self,
        position: usize,
        query: &Query,
        set: usize,
    ) -> Result<Execution, DbError> {
        let statement = match self.prepared[position] {
            Some(statement) => statement,
            None => {
                let statement = self.session.prepare(&query.sql).await?;
                self.prepared[position] = Some(statement);
                statement
            }
        };
        let none = Vec::new();
        let params = query.params.get(set).unwrap_or(&none);
        self.session.execute(statement, params).await
    }
}

struct Duel<'a> {
    before: Lane,
    after: Lane,
    contestants: Vec<Contestant<'a>>,
    interrupt: &'a Interrupt,
}

impl<'a> Duel<'a> {
    async fn open(
        pair: Pair<'_>,
        workload: &'a Workload,
        interrupt: &'a Interrupt,
    ) -> Result<Duel<'a>, DbError> {
        let measured = |run: &Run, id: &str| {
            run.query(id).is_some_and(|query| query.status == Status::Measured)
        };
        let both = |query: &&Query| {
            measured(pair.before.1, &query.id) && measured(pair.after.1, &query.id)
        };
        let contestants: Vec<_> = workload
            .queries
            .iter()
            .filter(both)
            .map(|query| Contestant {
                query,
                samples: Samples::default(),
                cost: Duration::ZERO,
                next_set: 0,
            })
            .collect();
        let before = Lane::open(pair.before.0, contestants.len()).await?;
        let after = Lane::open(pair.after.0, contestants.len()).await?;
        Ok(Duel { before, after, contestants, interrupt })
    }

    /// One execution on each side; what it takes decides how often the query can be afforded.
    async fn warm_up(&mut self, progress: Progress) -> Result<(), DbError> {
        let bar = progress.bar(self.contestants.len() as u64, "warming up");
        for position in 0..self.contestants.len() {
            for which in [Which::Before, Which::After] {
                let Some(execution) = self.execute(position, which).await? else { break };
                self.contestants[position].cost += execution.elapsed;
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(())
    }

    fn costs(&self) -> Vec<Duration> {
        self.contestants.iter().map(|contestant| contestant.cost).collect()
    }

    fn paces(&self, options: &AlternateOptions) -> Vec<Pace> {
        paces(&self.costs(), options.blocks, options.budget)
    }

    async fn blocks(
        &mut self,
        paces: &[Pace],
        seed: u64,
        bar: &ProgressBar,
    ) -> Result<(), DbError> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let all = paces.iter().map(|pace| pace.blocks).max().unwrap_or(0);
        for block in 0..all {
            let mut due: Vec<usize> =
                (0..paces.len()).filter(|query| paces[*query].joins(block, all)).collect();
            due.shuffle(&mut random);
            for position in due {
                self.block(position, block, paces[position].pairs, bar).await?;
                if self.interrupt.is_set() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    async fn block(
        &mut self,
        position: usize,
        block: u32,
        pairs: u32,
        bar: &ProgressBar,
    ) -> Result<(), DbError> {
        for sides in order(block, pairs) {
            for which in sides {
                let Some(execution) = self.execute(position, which).await? else {
                    self.contestants[position].samples.drop_block();
                    return Ok(());
                };
                self.contestants[position].samples.add(which, execution);
            }
            self.contestants[position].next_set += 1;
            bar.inc(1);
        }
        self.contestants[position].samples.close_block();
        Ok(())
    }

    /// `None` when the query has failed, now or before, or Ctrl-C was pressed. An error means that a session is lost.
    async fn execute(
        &mut self,
        position: usize,
        which: Which,
    ) -> Result<Option<Execution>, DbError> {
        let Duel { before, after, contestants, interrupt } = self;
        let contestant = &mut contestants[position];
        if contestant.samples.failure.is_some() || interrupt.is_set() {
            return Ok(None);
        }
        let lane = match which {
            Which::Before => before,
            Which::After => after,
        };
        let set = contestant.next_set % contestant.query.params.len().max(1);
        let outcome = tokio::select! {
            biased;
            _ = interrupt.wait() => return Ok(None),
            outcome = lane.execute(position, contestant.query, set) => outcome,
        };
        match outcome {
            Ok(execution) => Ok(Some(execution)),
            Err(error) if error.ends_session() => Err(error),
            Err(error) => {
                contestant.samples.failure = Some((which, error));
                Ok(None)
            }
        }
    }

    fn taken(&self) -> Vec<(&Query, &Samples)> {
        self.contestants.iter().map(|c| (c.query, &c.samples)).collect()
    }

    fn notes(&self, expected: Duration, budget: Duration) -> Vec<String> {
        let over = (expected > budget + budget / 10).then(|| {
            format!(
                "The fewest blocks that can tell a difference took about {:.0} s, more than the {:.0} s given.",
                expected.as_secs_f64(),
                budget.as_secs_f64()
            )
        });
        let ended = self.interrupt.is_set().then(|| {
            "Interrupted: verdicts rest on the blocks that were finished until then.".to_owned()
        });
        over.into_iter().chain(ended).collect()
    }
}

/// An error of one side, in the words of a note.
pub(super) fn failure_note(which: Which, error: &DbError) -> String {
    let side = match which {
        Which::Before => "before the change",
        Which::After => "after the change",
    };
    match error.kind {
        DbErrorKind::Timeout => format!("timed out {side}: {}", error.message),
        _ => format!("failed {side}: {}", error.message),
    }
}

#[cfg(test)]
#[path = "alternate_tests.rs"]
mod tests;
