//! One set of indexes for a whole workload, within the user's limits.

use std::time::{Duration, Instant};

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::bound::lower_bound;
use super::climb::{Climber, Spot, Thrift};
use super::configuration::Configuration;
use super::limits::Limits;
use super::panel::Panel;
use super::pool::Pool;
use super::price::Priced;
use super::pricer::Pricer;
use crate::advise::experience::Experience;
use crate::engine::DbError;

/// Times a found set is shaken and improved again.
const SHAKES: usize = 6;
/// What the largest candidate must save for its size alone, in units of what every index must save.
const FEES_OF_LARGEST: f64 = 5.0;
/// Share of the time that may pass before the search leaves the rest to the bound.
const SEARCHING: f64 = 0.8;
/// Questions for the search beyond those about single candidates, and for the bound: so many, and so
/// many more for each query.
const SEARCH_CALLS: (usize, usize) = (1_200, 20);
const BOUND_CALLS: (usize, usize) = (200, 6);
/// Plans that use more indexes together than this are not added as one.
const LARGEST_GROUP: usize = 5;
/// Halvings of the budget for which each query's best plans are asked, and how many of them.
const TIERS: u32 = 7;
const LAYERS: usize = 2;
const SEED: u64 = 1;

/// What came out.
pub struct Found {
    pub set: Configuration,
    /// Weighted cost of the workload under the set.
    pub cost_after: f64,
    /// No allowed set of the candidates can cost less; `None` when that could not be computed.
    pub lower_bound: Option<f64>,
    pub calls: usize,
    /// Time or an interrupt ended the search: another run may find another set.
    pub cut_short: bool,
}

/// `queries` come with the candidates that concern them.
pub async fn select<'a>(
    panel: &mut Panel<'_>,
    pool: &Pool,
    limits: &Limits,
    experience: &Experience,
    queries: Vec<(Priced<'a>, Configuration)>,
) -> Result<Found, DbError> {
    let started = Instant::now();
    let deadline = started + limits.search_time;
    let mut pricer = Pricer::open(panel, pool, limits, experience, queries, deadline).await?;
    seed(&mut pricer).await?;
    pricer.deadline = started + limits.search_time.mul_f64(SEARCHING);
    pricer.most_calls = pricer.calls + SEARCH_CALLS.0 + SEARCH_CALLS.1 * pricer.entries.len();
    let fee = pricer.base() * limits.least_gain();
    let groups = groups(&pricer);
    let largest = pool.candidates.iter().map(|candidate| candidate.bytes).max().unwrap_or(0);
    let byte_fee = fee * FEES_OF_LARGEST / largest.max(1) as f64;
    let mut climber = Climber { pricer: &mut pricer, groups, fee, byte_fee };
    let best = search(&mut climber).await?;
    let cut_short = climber.pricer.is_late();
    climber.pricer.deadline = deadline + Duration::from_secs(1);
    climber.pricer.most_calls = usize::MAX;
    let best = trimmed(&mut climber, best).await?;
    pricer.deadline = deadline;
    pricer.entries.iter_mut().for_each(|entry| entry.menu.widen());
    pricer.most_calls = pricer.calls + BOUND_CALLS.0 + BOUND_CALLS.1 * pricer.entries.len();
    // Of prices that were corrected here and there nothing follows about sets that were not asked about.
    let lower_bound = match experience.is_empty() {
        true => lower_bound(&mut pricer, true).await?,
        false => None,
    };
    let cost_after = best.costs.iter().sum();
    Ok(Found {
        cost_after,
        set: best.set,
        // Rounding of the solver must not claim more than what was found.
        lower_bound: lower_bound.map(|bound| bound.clamp(0.0, cost_after)),
        calls: pricer.calls,
        cut_short,
    })
}

/// Each query's best plans with all candidates up to several sizes, and with each candidate alone that one of
/// them uses.
async fn seed(pricer: &mut Pricer<'_, '_, '_>) -> Result<(), DbError> {
    let pool = pricer.pool;
    let largest = pool.candidates.iter().map(|candidate| candidate.bytes).max().unwrap_or(0);
    let ceiling = pricer.limits.budget.unwrap_or(largest).min(largest);
    for tier in 0..TIERS {
        let most = ceiling >> tier;
        let within: Configuration =
            (0..pool.candidates.len()).filter(|i| pool.candidates[*i].bytes <= most).collect();
        peel(pricer, &within).await?;
    }
    let pinned = pool.pinned();
    pricer.entries.iter_mut().for_each(|entry| entry.menu.narrow(pinned));
    let mut alone = Vec::new();
    for (at, entry) in pricer.entries.iter().enumerate() {
        let useful = entry.menu.key(&entry.menu.relevant);
        alone.extend(useful.iter().map(|i| (at, Configuration::from_iter([i]))));
    }
    pricer.learn(alone).await
}

/// Each query's plan with `within`, then without what that plan used, and so on: its best plan, and what
/// could stand in for it.
async fn peel(pricer: &mut Pricer<'_, '_, '_>, within: &Configuration) -> Result<(), DbError> {
    let mut left: Vec<(usize, Configuration)> = (pricer.entries.iter().enumerate())
        .map(|(at, entry)| (at, entry.menu.key(within)))
        .collect();
    for _ in 0..LAYERS {
        pricer.learn(left.clone()).await?;
        left.retain_mut(|(at, set)| {
            let Some(offer) = pricer.entries[*at].menu.exact(set) else { return false };
            *set = set.difference(&offer.used);
            !offer.used.is_empty()
        });
    }
    Ok(())
}

/// Single candidates that help some query, and sets that one plan uses together.
fn groups(pricer: &Pricer<'_, '_, '_>) -> Vec<Configuration> {
    let mut groups = std::collections::BTreeSet::new();
    for entry in &pricer.entries {
        let offers = entry.menu.offers().iter().filter(|offer| offer.reckoned < entry.base);
        for used in offers.map(|offer| &offer.used).filter(|used| !used.is_empty()) {
            groups.extend(used.iter().map(|i| Configuration::from_iter([i])));
            if used.len() <= LARGEST_GROUP {
                groups.insert(used.clone());
            }
        }
    }
    groups.into_iter().filter(|group| pricer.pool.allows(group, pricer.limits)).collect()
}

/// The best of several climbs: from three greedy starts, then from shaken copies of the best.
async fn search(climber: &mut Climber<'_, '_, '_, '_>) -> Result<Spot, DbError> {
    let mut best = climber.spot(climber.pricer.pool.pinned().clone());
    for thrift in [Thrift::PerByte, Thrift::PerRoot, Thrift::Absolute] {
        let start = climber.greedy(thrift).await?;
        let spot = climber.climb(start).await?;
        best = better(best, spot);
        if climber.pricer.is_late() {
            return Ok(best);
        }
    }
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    for _ in 0..SHAKES {
        if climber.pricer.is_over() {
            break;
        }
        let shaken = shaken(climber, &best, &mut random);
        climber.pricer.learn_set(&shaken).await?;
        let start = climber.spot(shaken);
        let spot = climber.climb(start).await?;
        best = better(best, spot);
    }
    Ok(best)
}

fn better(a: Spot, b: Spot) -> Spot {
    if b.score < a.score { b } else { a }
}

/// The set without about a third of its members.
fn shaken(
    climber: &Climber<'_, '_, '_, '_>,
    spot: &Spot,
    random: &mut ChaCha8Rng,
) -> Configuration {
    let pinned = climber.pricer.pool.pinned();
    let mut members: Vec<usize> = spot.set.difference(pinned).iter().collect();
    members.shuffle(random);
    let gone = members.len().div_ceil(4) + random.random_range(0..=members.len() / 6);
    let gone: Configuration = members.into_iter().take(gone).collect();
    spot.set.difference(&gone)
}

/// Without members that do not save their fee beside the others, by what the planner itself says of the
/// whole set.
async fn trimmed(climber: &mut Climber<'_, '_, '_, '_>, spot: Spot) -> Result<Spot, DbError> {
    climber.pricer.learn_set(&spot.set).await?;
    let mut spot = climber.spot(spot.set);
    let pinned = climber.pricer.pool.pinned();
    loop {
        let members: Vec<usize> = spot.set.difference(pinned).iter().collect();
        let without = members.into_iter().map(|i| spot.set.without(i));
        let scored = without.map(|set| (climber.score_near(&spot, &set), set));
        let best = scored.min_by(|a, b| a.0.total_cmp(&b.0));
        match best.filter(|(score, set)| *score <= spot.score && climber.pricer.allows(set)) {
            Some((_, set)) => spot = climber.spot(set),
            None => return Ok(spot),
        }
    }
}
