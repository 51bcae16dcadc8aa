//! What queries cost with parts of what they would use: what a search under limits chooses from.

use super::configuration::Configuration;
use super::pricer::Pricer;
use crate::engine::DbError;

/// Best plans of each query that are asked for, each without what the one before used.
const LAYERS: usize = 2;
/// Halvings of the budget for which each query's best plan with wide indexes is asked.
const TIERS: u32 = 5;
/// Plans that use more indexes than this are not put together step by step.
const LONGEST_CHAIN: usize = 8;

/// Narrow candidates before wide ones; of each query its own only, since what another query has more to carry is no
/// better for it. In the end candidates that no plan used are left aside.
pub async fn explore(pricer: &mut Pricer<'_, '_, '_>) -> Result<(), DbError> {
    let narrow = pricer.entries.iter().map(|entry| entry.narrow.clone()).collect();
    peel(pricer, narrow, LAYERS).await?;
    alone(pricer).await?;
    one_left_out(pricer).await?;
    widen(pricer).await?;
    let pinned = pricer.pool.pinned();
    pricer.entries.iter_mut().for_each(|entry| entry.menu.narrow(pinned));
    alone(pricer).await?;
    step_by_step(pricer).await
}

/// Each query's plan with the candidates given, then without what that plan used, and so on: its best plan, and what could
/// stand in for it.
async fn peel(
    pricer: &mut Pricer<'_, '_, '_>,
    within: Vec<Configuration>,
    layers: usize,
) -> Result<(), DbError> {
    let mut left: Vec<(usize, Configuration)> = within.into_iter().enumerate().collect();
    for _ in 0..layers {
        pricer.learn(left.clone()).await?;
        left.retain_mut(|(at, set)| {
            let menu = &pricer.entries[*at].menu;
            let Some(offer) = menu.exact(&menu.key(set)) else { return false };
            *set = set.difference(&offer.used);
            !offer.used.is_empty()
        });
    }
    Ok(())
}

/// Where there is room to be spent: each query's plan with all of its own candidates up to several sizes.
async fn widen(pricer: &mut Pricer<'_, '_, '_>) -> Result<(), DbError> {
    if pricer.entries.iter().all(|entry| entry.own == entry.narrow) {
        return Ok(());
    }
    let pool = pricer.pool;
    let largest = pool.candidates.iter().map(|candidate| candidate.bytes).max().unwrap_or(0);
    let ceiling = pricer.limits.budget.unwrap_or(largest).min(largest);
    for tier in 0..TIERS {
        let within: Configuration = (0..pool.candidates.len())
            .filter(|i| pool.candidates[*i].bytes <= ceiling >> tier)
            .collect();
        let sets = pricer.entries.iter().map(|entry| entry.own.intersection(&within)).collect();
        peel(pricer, sets, if tier == 0 { LAYERS } else { 1 }).await?;
    }
    Ok(())
}

/// What some plan of the query used, candidate by candidate.
fn used(pricer: &Pricer<'_, '_, '_>, at: usize) -> Configuration {
    let offers = pricer.entries[at].menu.offers().iter();
    offers.fold(Configuration::default(), |all, offer| all.union(&offer.used))
}

/// Each candidate by itself that a plan of any query used.
async fn alone(pricer: &mut Pricer<'_, '_, '_>) -> Result<(), DbError> {
    let mut wanted = Vec::new();
    for at in 0..pricer.entries.len() {
        wanted.extend(used(pricer, at).iter().map(|i| (at, Configuration::from_iter([i]))));
    }
    pricer.learn(wanted).await
}

/// The best plan of each query without one of the indexes that it uses.
async fn one_left_out(pricer: &mut Pricer<'_, '_, '_>) -> Result<(), DbError> {
    let mut wanted = Vec::new();
    for (at, entry) in pricer.entries.iter().enumerate() {
        let Some(best) = entry.menu.exact(&entry.menu.key(&entry.narrow)) else { continue };
        wanted.extend(best.used.iter().map(|i| (at, best.used.without(i))));
    }
    pricer.learn(wanted).await
}

/// The best plan of each query put together from nothing: what a small budget can have of it, and what the first indexes
/// of a chain are worth.
async fn step_by_step(pricer: &mut Pricer<'_, '_, '_>) -> Result<(), DbError> {
    let best = |pricer: &Pricer<'_, '_, '_>, at: usize| -> Option<Configuration> {
        let menu = &pricer.entries[at].menu;
        let offers = menu.offers().iter().filter(|offer| offer.used.len() <= LONGEST_CHAIN);
        let best = offers.min_by(|a, b| a.cost.total_cmp(&b.cost))?;
        Some(best.used.clone())
    };
    let mut chains: Vec<(usize, Configuration, Configuration)> = (0..pricer.entries.len())
        .filter_map(|at| Some((at, Configuration::default(), best(pricer, at)?)))
        .collect();
    loop {
        chains.retain(|(_, have, all)| have.len() + 1 < all.len());
        if chains.is_empty() || pricer.is_over() {
            return Ok(());
        }
        let mut wanted = Vec::new();
        for (at, have, all) in &chains {
            wanted.extend(all.difference(have).iter().map(|i| (*at, have.with(i))));
        }
        pricer.learn(wanted).await?;
        for (at, have, all) in &mut chains {
            let menu = &pricer.entries[*at].menu;
            let cost = |i: &usize| menu.high(&menu.key(&have.with(*i)));
            let next = all.difference(have).iter().min_by(|a, b| cost(a).total_cmp(&cost(b)));
            next.into_iter().for_each(|i| have.insert(i));
        }
    }
}
