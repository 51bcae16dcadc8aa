//! From one set to a better one: greedy additions, then additions, drops and swaps until none helps.
//!
//! The moves are those of the literature's local searches (AutoAdmin's greedy enumeration; CoPhy's and
//! Relaxation's replacements), over whole candidates that were all generated before.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::configuration::Configuration;
use super::cost_evaluation::CostEvaluation;
use crate::engine::DbError;

/// Moves that are priced at a time.
const BATCH: usize = 8;
/// Batches without an improvement before a set counts as the best in its neighbourhood.
const PATIENCE: usize = 3;

/// A set and what it costs, query by query.
#[derive(Debug, Clone)]
pub struct Solution {
    pub set: Configuration,
    pub costs: Vec<f64>,
    /// Cost of the workload plus the fee for each index.
    pub score: f64,
}

/// How additions are ranked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ranking {
    /// Saved cost per byte.
    PerByte,
    /// Saved cost per square root of the bytes: between the two others.
    PerRoot,
    /// Saved cost.
    Absolute,
}

pub struct LocalSearch<'c, 'p, 'w, 'a> {
    pub evaluation: &'c mut CostEvaluation<'p, 'w, 'a>,
    /// Sets that may be added as one: single candidates, and those that one plan uses together.
    pub groups: Vec<Configuration>,
    /// Cost that each index must save, and each of its bytes: space for next to nothing is no bargain.
    pub fee: f64,
    pub byte_fee: f64,
}

/// Share of a set's cost below which what is not known of one query's is not asked.
const TRIFLE: f64 = 2e-4;

/// A group in the queue of a greedy search, by what it was worth when it was looked at last.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Waiting {
    /// Bits of a number above zero, which are in its order.
    worth: u64,
    /// Position; of equals, the first comes first.
    group: Reverse<usize>,
}

impl Waiting {
    fn new(worth: f64, group: usize) -> Self {
        Waiting { worth: worth.to_bits(), group: Reverse(group) }
    }

    fn worth(&self) -> f64 {
        f64::from_bits(self.worth)
    }
}

fn sort_by_worth(groups: &mut [(f64, usize)]) {
    groups.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
}

impl LocalSearch<'_, '_, '_, '_> {
    pub fn solution(&self, set: Configuration) -> Solution {
        let costs = self.evaluation.costs(&set);
        let score = costs.iter().sum::<f64>() + self.fees(&set);
        Solution { set, costs, score }
    }

    fn fees(&self, set: &Configuration) -> f64 {
        let loose = set.difference(self.evaluation.pool.pinned());
        self.fee * loose.len() as f64 + self.byte_fee * self.evaluation.pool.bytes(&loose) as f64
    }

    /// Adds what saves most for what it takes until nothing helps or fits into `most` bytes, by the plans known so far:
    /// nobody is asked.
    pub fn greedy(&self, start: Configuration, ranking: Ranking, most: Option<u64>) -> Solution {
        let mut solution = self.solution(start);
        let mut waiting: BinaryHeap<Waiting> = (0..self.groups.len())
            .filter_map(|at| Some(Waiting::new(self.worth(&solution, at, ranking)?, at)))
            .collect();
        loop {
            let mut best = self.foremost(&solution, &mut waiting, ranking).into_iter();
            let Some(next) = best.next() else { return solution };
            let set = solution.set.union(&self.groups[next]);
            if most.is_none_or(|most| self.evaluation.pool.bytes(&set) <= most) {
                solution = self.solution(set);
            }
            let rest = best.filter_map(|at| Some((self.worth(&solution, at, ranking)?, at)));
            waiting.extend(rest.map(|(worth, at)| Waiting::new(worth, at)));
        }
    }

    /// The groups that are worth most now. What one was worth when it was looked at last is taken for the most that it
    /// can be worth now: an index is seldom worth more for another one beside it, and then their group is.
    /// (Minoux's accelerated greedy algorithm, 1978.)
    fn foremost(
        &self,
        solution: &Solution,
        waiting: &mut BinaryHeap<Waiting>,
        ranking: Ranking,
    ) -> Vec<usize> {
        let mut best: Vec<(f64, usize)> = Vec::new();
        while let Some(next) = waiting.peek() {
            if best.get(BATCH - 1).is_some_and(|(worth, _)| *worth >= next.worth()) {
                break;
            }
            let Some(Waiting { group: Reverse(group), .. }) = waiting.pop() else { break };
            best.extend(self.ranked(solution, vec![group], ranking));
            sort_by_worth(&mut best);
        }
        let rest = best.split_off(best.len().min(BATCH));
        waiting.extend(rest.into_iter().map(|(worth, group)| Waiting::new(worth, group)));
        best.into_iter().map(|(_, group)| group).collect()
    }

    /// Those of `groups` that help, best first.
    fn ranked(
        &self,
        solution: &Solution,
        groups: Vec<usize>,
        ranking: Ranking,
    ) -> Vec<(f64, usize)> {
        let worth = |at: usize| Some((self.worth(solution, at, ranking)?, at));
        let mut ranked: Vec<(f64, usize)> = groups.into_iter().filter_map(worth).collect();
        sort_by_worth(&mut ranked);
        ranked
    }

    /// What a group saves beside `solution`, for what it takes; `None` if nothing, or where it is not allowed.
    fn worth(&self, solution: &Solution, group: usize, ranking: Ranking) -> Option<f64> {
        let group = &self.groups[group];
        let set = solution.set.union(group);
        let saved = solution.score - self.score_near(solution, &set);
        if saved <= 0.0 || !self.evaluation.allows_with(&set, group) {
            return None;
        }
        let added = group.difference(&solution.set);
        let bytes = self.evaluation.pool.bytes(&added).max(8192) as f64;
        Some(match ranking {
            Ranking::PerByte => saved / bytes,
            Ranking::PerRoot => saved / bytes.sqrt(),
            Ranking::Absolute => saved,
        })
    }

    /// Prices these sets for the queries that the second of each pair concerns, where that can make a difference.
    async fn learn(
        &mut self,
        sets: Vec<(Configuration, Configuration)>,
        solution: &Solution,
    ) -> Result<(), DbError> {
        let mut wanted = Vec::new();
        let trifle = solution.score * TRIFLE;
        for (set, changed) in sets {
            let mut concerned = self.evaluation.concerned(&changed);
            concerned.retain(|at| self.evaluation.unsure(*at, &set) > trifle);
            wanted.extend(concerned.into_iter().map(|at| (at, set.clone())));
        }
        self.evaluation.learn(wanted).await
    }

    pub fn score_near(&self, solution: &Solution, set: &Configuration) -> f64 {
        let changed = set.difference(&solution.set).union(&solution.set.difference(set));
        self.evaluation.total_near(set, &changed, &solution.costs) + self.fees(set)
    }

    /// The least that `set` can score, as far as is known.
    pub fn least(&self, set: &Configuration) -> f64 {
        self.evaluation.least(set) + self.fees(set)
    }

    fn least_near(&self, solution: &Solution, set: &Configuration) -> f64 {
        let changed = set.difference(&solution.set).union(&solution.set.difference(set));
        self.evaluation.least_near(set, &changed, &solution.costs) + self.fees(set)
    }

    /// Improves until no move helps.
    pub async fn climb(&mut self, mut solution: Solution) -> Result<Solution, DbError> {
        while !self.evaluation.is_over() {
            match self.step(&solution).await? {
                Some(better) => solution = better,
                None => break,
            }
        }
        Ok(solution)
    }

    async fn step(&mut self, solution: &Solution) -> Result<Option<Solution>, DbError> {
        let mut moves = self.moves(solution);
        moves.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
        moves.dedup_by(|a, b| a.1 == b.1);
        for batch in moves.chunks(BATCH).take(PATIENCE) {
            let sets = batch.iter().map(|(_, set)| {
                let changed = set.difference(&solution.set).union(&solution.set.difference(set));
                (set.clone(), changed)
            });
            self.learn(sets.collect(), solution).await?;
            let priced = batch.iter().filter(|(_, set)| self.evaluation.allows(set));
            let priced = priced.map(|(_, set)| (self.score_near(solution, set), set));
            let best = priced.min_by(|a, b| a.0.total_cmp(&b.0));
            if let Some((score, set)) = best
                && score < solution.score * (1.0 - 1e-6)
            {
                return Ok(Some(self.solution(set.clone())));
            }
            if self.evaluation.is_over() {
                break;
            }
        }
        Ok(None)
    }

    /// Sets one move away that might be better, with a guess at the score of each. What is better
    /// by plans that are known comes before what might be better by plans that are not.
    fn moves(&self, solution: &Solution) -> Vec<(f64, Configuration)> {
        let pool = self.evaluation.pool;
        let pinned = pool.pinned();
        let loose = solution.set.difference(pinned);
        let mut sets: Vec<Configuration> = loose.iter().map(|i| solution.set.without(i)).collect();
        let evictable = self.by_worth(solution, &loose);
        for group in &self.groups {
            if !group.is_subset(&solution.set) {
                sets.extend(self.fitted(solution, group, &evictable));
                sets.extend(self.replacing(solution, group, &loose));
            }
        }
        sets.retain(|set| pool.allows(set, self.evaluation.limits));
        let guess = |set: Configuration| {
            let least = self.least_near(solution, &set);
            let most = self.score_near(solution, &set);
            let sure = most < solution.score;
            let guess = if sure { most } else { solution.score + (least + most) / 2.0 };
            (least < solution.score).then_some((guess, set))
        };
        sets.into_iter().filter_map(guess).collect()
    }

    /// Members in the order in which they are given up: least lost per byte first.
    fn by_worth(&self, solution: &Solution, loose: &Configuration) -> Vec<usize> {
        let worth = |i: usize| {
            let lost = self.score_near(solution, &solution.set.without(i)) - solution.score;
            lost / self.evaluation.pool.candidates[i].bytes.max(8192) as f64
        };
        let mut members: Vec<(f64, usize)> = loose.iter().map(|i| (worth(i), i)).collect();
        members.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        members.into_iter().map(|(_, i)| i).collect()
    }

    /// The set with `group`, less what has to go to make room.
    fn fitted(
        &self,
        solution: &Solution,
        group: &Configuration,
        order: &[usize],
    ) -> Option<Configuration> {
        let pool = self.evaluation.pool;
        let mut set = solution.set.union(group);
        for member in order {
            if pool.allows(&set, self.evaluation.limits) {
                return Some(set);
            }
            if !group.contains(*member) {
                set.remove(*member);
            }
        }
        pool.allows(&set, self.evaluation.limits).then_some(set)
    }

    /// `group` in place of one member on the same table, and of all that begin with the same key:
    /// a shorter, a wider or a merged index for those that are there.
    fn replacing(
        &self,
        solution: &Solution,
        group: &Configuration,
        loose: &Configuration,
    ) -> Vec<Configuration> {
        let pool = self.evaluation.pool;
        let Some(new) = group.iter().next().filter(|_| group.len() == 1) else {
            return Vec::new();
        };
        let same_table: Vec<usize> =
            loose.iter().filter(|old| pool.same_table(*old, new)).collect();
        let mut sets: Vec<Configuration> =
            same_table.iter().map(|old| solution.set.without(*old).with(new)).collect();
        let first = |i: usize| pool.candidates[i].index.keys.first();
        let alike: Configuration =
            same_table.iter().copied().filter(|old| first(*old) == first(new)).collect();
        if alike.len() > 1 {
            sets.push(solution.set.difference(&alike).with(new));
        }
        sets
    }
}
