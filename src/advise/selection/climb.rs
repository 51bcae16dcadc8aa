//! From one set to a better one: greedy additions, then additions, drops and swaps until none helps.
//!
//! The moves are those of the literature's local searches (AutoAdmin's greedy enumeration; CoPhy's and
//! Relaxation's replacements), over whole candidates that were all generated before.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::configuration::Configuration;
use super::pricer::Pricer;
use crate::engine::DbError;

/// Moves that are priced at a time.
const BATCH: usize = 8;
/// Batches without an improvement before a set counts as the best in its neighbourhood.
const PATIENCE: usize = 3;

/// A set and what it costs, query by query.
#[derive(Debug, Clone)]
pub struct Spot {
    pub set: Configuration,
    pub costs: Vec<f64>,
    /// Cost of the workload plus the fee for each index.
    pub score: f64,
}

/// How additions are ranked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thrift {
    /// Saved cost per byte.
    PerByte,
    /// Saved cost per square root of the bytes: between the two others.
    PerRoot,
    /// Saved cost.
    Absolute,
}

pub struct Climber<'c, 'p, 'w, 'a> {
    pub pricer: &'c mut Pricer<'p, 'w, 'a>,
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

impl Climber<'_, '_, '_, '_> {
    pub fn spot(&self, set: Configuration) -> Spot {
        let costs = self.pricer.costs(&set);
        let score = costs.iter().sum::<f64>() + self.fees(&set);
        Spot { set, costs, score }
    }

    fn fees(&self, set: &Configuration) -> f64 {
        let loose = set.difference(self.pricer.pool.pinned());
        self.fee * loose.len() as f64 + self.byte_fee * self.pricer.pool.bytes(&loose) as f64
    }

    /// Adds what saves most for what it takes until nothing helps or fits into `most` bytes, by the plans known so far:
    /// nobody is asked.
    pub fn greedy(&self, start: Configuration, thrift: Thrift, most: Option<u64>) -> Spot {
        let mut spot = self.spot(start);
        let mut waiting: BinaryHeap<Waiting> = (0..self.groups.len())
            .filter_map(|at| Some(Waiting::new(self.worth(&spot, at, thrift)?, at)))
            .collect();
        loop {
            let mut best = self.foremost(&spot, &mut waiting, thrift).into_iter();
            let Some(next) = best.next() else { return spot };
            let set = spot.set.union(&self.groups[next]);
            if most.is_none_or(|most| self.pricer.pool.bytes(&set) <= most) {
                spot = self.spot(set);
            }
            let rest = best.filter_map(|at| Some((self.worth(&spot, at, thrift)?, at)));
            waiting.extend(rest.map(|(worth, at)| Waiting::new(worth, at)));
        }
    }

    /// The groups that are worth most now. What one was worth when it was looked at last is taken for the most that it
    /// can be worth now: an index is seldom worth more for another one beside it, and then their group is.
    /// (Minoux's accelerated greedy algorithm, 1978.)
    fn foremost(
        &self,
        spot: &Spot,
        waiting: &mut BinaryHeap<Waiting>,
        thrift: Thrift,
    ) -> Vec<usize> {
        let mut best: Vec<(f64, usize)> = Vec::new();
        while let Some(next) = waiting.peek() {
            if best.get(BATCH - 1).is_some_and(|(worth, _)| *worth >= next.worth()) {
                break;
            }
            let Some(Waiting { group: Reverse(group), .. }) = waiting.pop() else { break };
            best.extend(self.ranked(spot, vec![group], thrift));
            sort_by_worth(&mut best);
        }
        let rest = best.split_off(best.len().min(BATCH));
        waiting.extend(rest.into_iter().map(|(worth, group)| Waiting::new(worth, group)));
        best.into_iter().map(|(_, group)| group).collect()
    }

    /// Those of `groups` that help, best first.
    fn ranked(&self, spot: &Spot, groups: Vec<usize>, thrift: Thrift) -> Vec<(f64, usize)> {
        let worth = |at: usize| Some((self.worth(spot, at, thrift)?, at));
        let mut ranked: Vec<(f64, usize)> = groups.into_iter().filter_map(worth).collect();
        sort_by_worth(&mut ranked);
        ranked
    }

    /// What a group saves beside `spot`, for what it takes; `None` if nothing, or where it is not allowed.
    fn worth(&self, spot: &Spot, group: usize, thrift: Thrift) -> Option<f64> {
        let group = &self.groups[group];
        let set = spot.set.union(group);
        let saved = spot.score - self.score_near(spot, &set);
        if saved <= 0.0 || !self.pricer.allows_with(&set, group) {
            return None;
        }
        let added = group.difference(&spot.set);
        let bytes = self.pricer.pool.bytes(&added).max(8192) as f64;
        Some(match thrift {
            Thrift::PerByte => saved / bytes,
            Thrift::PerRoot => saved / bytes.sqrt(),
            Thrift::Absolute => saved,
        })
    }

    /// Prices these sets for the queries that the second of each pair concerns, where that can make a difference.
    async fn learn(
        &mut self,
        sets: Vec<(Configuration, Configuration)>,
        spot: &Spot,
    ) -> Result<(), DbError> {
        let mut wanted = Vec::new();
        let trifle = spot.score * TRIFLE;
        for (set, changed) in sets {
            let mut concerned = self.pricer.concerned(&changed);
            concerned.retain(|at| self.pricer.unsure(*at, &set) > trifle);
            wanted.extend(concerned.into_iter().map(|at| (at, set.clone())));
        }
        self.pricer.learn(wanted).await
    }

    pub fn score_near(&self, spot: &Spot, set: &Configuration) -> f64 {
        let changed = set.difference(&spot.set).union(&spot.set.difference(set));
        self.pricer.total_near(set, &changed, &spot.costs) + self.fees(set)
    }

    /// The least that `set` can score, as far as is known.
    pub fn least(&self, set: &Configuration) -> f64 {
        self.pricer.least(set) + self.fees(set)
    }

    fn least_near(&self, spot: &Spot, set: &Configuration) -> f64 {
        let changed = set.difference(&spot.set).union(&spot.set.difference(set));
        self.pricer.least_near(set, &changed, &spot.costs) + self.fees(set)
    }

    /// Improves until no move helps.
    pub async fn climb(&mut self, mut spot: Spot) -> Result<Spot, DbError> {
        while !self.pricer.is_over() {
            match self.step(&spot).await? {
                Some(better) => spot = better,
                None => break,
            }
        }
        Ok(spot)
    }

    async fn step(&mut self, spot: &Spot) -> Result<Option<Spot>, DbError> {
        let mut moves = self.moves(spot);
        moves.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
        moves.dedup_by(|a, b| a.1 == b.1);
        for batch in moves.chunks(BATCH).take(PATIENCE) {
            let sets = batch.iter().map(|(_, set)| {
                let changed = set.difference(&spot.set).union(&spot.set.difference(set));
                (set.clone(), changed)
            });
            self.learn(sets.collect(), spot).await?;
            let priced = batch.iter().filter(|(_, set)| self.pricer.allows(set));
            let priced = priced.map(|(_, set)| (self.score_near(spot, set), set));
            let best = priced.min_by(|a, b| a.0.total_cmp(&b.0));
            if let Some((score, set)) = best
                && score < spot.score * (1.0 - 1e-6)
            {
                return Ok(Some(self.spot(set.clone())));
            }
            if self.pricer.is_over() {
                break;
            }
        }
        Ok(None)
    }

    /// Sets one move away that might be better, with a guess at the score of each. What is better
    /// by plans that are known comes before what might be better by plans that are not.
    fn moves(&self, spot: &Spot) -> Vec<(f64, Configuration)> {
        let pool = self.pricer.pool;
        let pinned = pool.pinned();
        let loose = spot.set.difference(pinned);
        let mut sets: Vec<Configuration> = loose.iter().map(|i| spot.set.without(i)).collect();
        let evictable = self.by_worth(spot, &loose);
        for group in &self.groups {
            if !group.is_subset(&spot.set) {
                sets.extend(self.fitted(spot, group, &evictable));
                sets.extend(self.replacing(spot, group, &loose));
            }
        }
        sets.retain(|set| pool.allows(set, self.pricer.limits));
        let guess = |set: Configuration| {
            let least = self.least_near(spot, &set);
            let most = self.score_near(spot, &set);
            let sure = most < spot.score;
            let guess = if sure { most } else { spot.score + (least + most) / 2.0 };
            (least < spot.score).then_some((guess, set))
        };
        sets.into_iter().filter_map(guess).collect()
    }

    /// Members in the order in which they are given up: least lost per byte first.
    fn by_worth(&self, spot: &Spot, loose: &Configuration) -> Vec<usize> {
        let worth = |i: usize| {
            let lost = self.score_near(spot, &spot.set.without(i)) - spot.score;
            lost / self.pricer.pool.candidates[i].bytes.max(8192) as f64
        };
        let mut members: Vec<(f64, usize)> = loose.iter().map(|i| (worth(i), i)).collect();
        members.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        members.into_iter().map(|(_, i)| i).collect()
    }

    /// The set with `group`, less what has to go to make room.
    fn fitted(&self, spot: &Spot, group: &Configuration, order: &[usize]) -> Option<Configuration> {
        let pool = self.pricer.pool;
        let mut set = spot.set.union(group);
        for member in order {
            if pool.allows(&set, self.pricer.limits) {
                return Some(set);
            }
            if !group.contains(*member) {
                set.remove(*member);
            }
        }
        pool.allows(&set, self.pricer.limits).then_some(set)
    }

    /// `group` in place of one member on the same table, and of all that begin with the same key:
    /// a shorter, a wider or a merged index for those that are there.
    fn replacing(
        &self,
        spot: &Spot,
        group: &Configuration,
        loose: &Configuration,
    ) -> Vec<Configuration> {
        let pool = self.pricer.pool;
        let Some(new) = group.iter().next().filter(|_| group.len() == 1) else {
            return Vec::new();
        };
        let same_table: Vec<usize> =
            loose.iter().filter(|old| pool.same_table(*old, new)).collect();
        let mut sets: Vec<Configuration> =
            same_table.iter().map(|old| spot.set.without(*old).with(new)).collect();
        let first = |i: usize| pool.candidates[i].index.keys.first();
        let alike: Configuration =
            same_table.iter().copied().filter(|old| first(*old) == first(new)).collect();
        if alike.len() > 1 {
            sets.push(spot.set.difference(&alike).with(new));
        }
        sets
    }
}
