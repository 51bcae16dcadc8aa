//! One set of indexes for a whole workload, within the user's limits.

use std::time::Duration;

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::bound::lower_bound;
use super::climb::{Climber, Spot, Thrift};
use super::configuration::Configuration;
use super::exact::exhaustive;
use super::explore::explore;
use super::limits::Limits;
use super::panel::Panel;
use super::pool::Pool;
use super::pricer::{Concern, Pricer};
use super::search::Heard;
use crate::advise::experience::Experience;
use crate::advise::schedule::{Phase, Schedule};
use crate::engine::DbError;

/// Times a found set is shaken and improved again.
const SHAKES: usize = 6;
/// What the largest candidate must save for its size alone, in units of what every index must save.
const FEES_OF_LARGEST: f64 = 5.0;
/// Questions for the search beyond those about single candidates, and for the bound: so many, and so
/// many more for each query.
const SEARCH_CALLS: (usize, usize) = (1_200, 20);
const BOUND_CALLS: (usize, usize) = (200, 6);
/// Plans that use more indexes together than this are not added as one.
const LARGEST_GROUP: usize = 8;
/// Parts of a budget for which a set is looked for first, and starts that are improved.
const NESTED: [u64; 3] = [2, 4, 8];
const CLIMBS: usize = 3;
const SEED: u64 = 1;

/// What came out.
pub struct Found {
    pub set: Configuration,
    /// No allowed set of the candidates can cost less; `None` when that could not be computed.
    pub lower_bound: Option<f64>,
    /// Time or an interrupt ended the search: another run may find another set.
    pub cut_short: bool,
}

/// What a set is chosen by.
pub struct Ground<'e> {
    pub limits: &'e Limits,
    pub experience: &'e Experience,
    /// What the planner said when queries were looked at one by one.
    pub heard: Vec<Heard>,
    /// What would be chosen without limits: no set is returned that is worse than the part of it which they allow.
    pub unlimited: Configuration,
}

pub async fn select<'a>(
    panel: &mut Panel<'_>,
    pool: &Pool,
    ground: Ground<'_>,
    concerns: Vec<Concern<'a>>,
    schedule: &mut Schedule,
) -> Result<Found, DbError> {
    let Ground { limits, experience, heard, unlimited } = ground;
    panel.until(None);
    let deadline = schedule.end(Phase::Exploring);
    let by = (limits, experience);
    let mut pricer = Pricer::open(panel, pool, by, heard, concerns, deadline).await?;
    explore(&mut pricer).await?;
    schedule.ended(Phase::Exploring, pricer.panel.calls());

    pricer.deadline = schedule.end(Phase::Choosing);
    pricer.most_calls = pricer.calls + SEARCH_CALLS.0 + SEARCH_CALLS.1 * pricer.entries.len();
    let fee = pricer.base() * limits.least_gain();
    let groups = groups(&pricer);
    let largest = pool.candidates.iter().map(|candidate| candidate.bytes).max().unwrap_or(0);
    // Of space, not of what the user wants each index to save.
    let usual_fee = pricer.base() * Limits::default().least_gain();
    let byte_fee = usual_fee * FEES_OF_LARGEST / largest.max(1) as f64;
    let mut climber = Climber { pricer: &mut pricer, groups, fee, byte_fee };
    let floor = affordable_part(&climber, unlimited);
    let best = search(&mut climber, floor.clone()).await?;
    let cut_short = climber.pricer.is_late();
    climber.pricer.deadline = schedule.end(Phase::Judging) + Duration::from_secs(1);
    climber.pricer.most_calls = usize::MAX;
    let best = trimmed(&mut climber, best).await?;
    let best = no_worse_than(&mut climber, best, floor).await?;
    schedule.ended(Phase::Choosing, pricer.panel.calls());

    pricer.deadline = schedule.end(Phase::Judging);
    pricer.entries.iter_mut().for_each(|entry| entry.menu.widen());
    pricer.most_calls = pricer.calls + BOUND_CALLS.0 + BOUND_CALLS.1 * pricer.entries.len();
    // Of prices that were corrected here and there nothing follows about sets that were not asked about.
    let lower_bound = match experience.is_empty() {
        true => lower_bound(&mut pricer, true).await?,
        false => None,
    };
    let cost_after: f64 = best.costs.iter().sum();
    Ok(Found {
        set: best.set,
        // Rounding of the solver must not claim more than what was found.
        lower_bound: lower_bound.map(|bound| bound.clamp(0.0, cost_after)),
        cut_short,
    })
}

/// The part of `set` that the limits allow: what is missed least for the room it takes goes first.
fn affordable_part(climber: &Climber<'_, '_, '_, '_>, set: Configuration) -> Configuration {
    let (pool, limits) = (climber.pricer.pool, climber.pricer.limits);
    let mut spot = climber.spot(set.union(pool.pinned()));
    loop {
        let members = pool.too_many(&spot.set, limits);
        let by_size = limits.budget.is_some();
        let lost = |i: usize| {
            let lost = climber.score_near(&spot, &spot.set.without(i)) - spot.score;
            if by_size { lost / pool.candidates[i].bytes.max(8192) as f64 } else { lost }
        };
        let least = members.iter().map(|i| (lost(i), i)).min_by(|a, b| a.0.total_cmp(&b.0));
        match least {
            Some((_, gone)) => spot = climber.spot(spot.set.without(gone)),
            None => return spot.set,
        }
    }
}

/// Never worse than `floor`, and no query dearer than tolerated, as the planner says of the whole sets.
async fn no_worse_than(
    climber: &mut Climber<'_, '_, '_, '_>,
    best: Spot,
    floor: Configuration,
) -> Result<Spot, DbError> {
    let best = tolerable(climber, best).await?;
    climber.pricer.learn_set(&floor).await?;
    let floor = climber.spot(floor);
    let floor = tolerable(climber, floor).await?;
    // Where the user says what each index has to save, one that saves less makes a set worse.
    let by_score = climber.pricer.limits.least_gain.is_some();
    let cost = |spot: &Spot| if by_score { spot.score } else { spot.costs.iter().sum::<f64>() };
    Ok(if cost(&floor) < cost(&best) * (1.0 - 1e-6) { floor } else { best })
}

/// Without what makes queries dearer than tolerated: planners that search at random do worse with more indexes here and
/// there.
async fn tolerable(climber: &mut Climber<'_, '_, '_, '_>, mut spot: Spot) -> Result<Spot, DbError> {
    let pinned = climber.pricer.pool.pinned();
    loop {
        let Some(query) = climber.pricer.suffering(&spot.set).first().copied() else {
            return Ok(spot);
        };
        let loose = spot.set.difference(pinned);
        let relevant = climber.pricer.entries[query].menu.key(&loose);
        let without: Vec<Configuration> = relevant.iter().map(|i| spot.set.without(i)).collect();
        let asked = without.iter().map(|set| (query, set.clone())).collect();
        climber.pricer.learn(asked).await?;
        let cost = |set: &Configuration| climber.score_near(&spot, set);
        let mended = without.iter().filter(|set| !climber.pricer.suffering(set).contains(&query));
        let best = mended.min_by(|a, b| cost(a).total_cmp(&cost(b)));
        let any = || without.iter().min_by(|a, b| cost(a).total_cmp(&cost(b)));
        let Some(next) = best.or_else(any).cloned() else { return Ok(spot) };
        climber.pricer.learn_set(&next).await?;
        spot = climber.spot(next);
    }
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

/// The best of several climbs: from the most promising of many starts, then from shaken copies of the best.
async fn search(
    climber: &mut Climber<'_, '_, '_, '_>,
    floor: Configuration,
) -> Result<Spot, DbError> {
    let mut best = climber.spot(climber.pricer.pool.pinned().clone());
    for start in starts(climber, floor) {
        climber.pricer.learn_set(&start).await?;
        let start = climber.spot(start);
        let spot = climber.climb(start).await?;
        best = better(best, spot);
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
    exhaustive(climber, best).await
}

/// Sets that greedy additions lead to, best first by what is known: by gain, by gain for the room it takes and in between;
/// from nothing, from the best sets of smaller budgets, and from the part of the unlimited answer that is affordable.
fn starts(climber: &Climber<'_, '_, '_, '_>, floor: Configuration) -> Vec<Configuration> {
    let pinned = climber.pricer.pool.pinned();
    let budget = climber.pricer.limits.budget;
    let smaller = budget.iter().flat_map(|budget| NESTED.map(|share| budget / share));
    let ceilings: Vec<Option<u64>> = std::iter::once(None).chain(smaller.map(Some)).collect();
    let mut spots = vec![climber.spot(floor.clone())];
    for thrift in [Thrift::PerByte, Thrift::PerRoot, Thrift::Absolute] {
        for ceiling in &ceilings {
            let within = climber.greedy(pinned.clone(), thrift, *ceiling);
            spots.push(climber.greedy(within.set, thrift, None));
        }
        spots.push(climber.greedy(floor.clone(), thrift, None));
    }
    spots.sort_by(|a, b| a.score.total_cmp(&b.score).then_with(|| a.set.cmp(&b.set)));
    spots.dedup_by(|a, b| a.set == b.set);
    spots.into_iter().take(CLIMBS).map(|spot| spot.set).collect()
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
