//! What queries cost with parts of what they would use: what a search under limits chooses from.

use super::configuration::Configuration;
use super::cost_evaluation::CostEvaluation;
use crate::engine::DbError;

/// Best plans of each query that are asked for, each without what the one before used.
const LAYERS: usize = 2;
/// Halvings of the budget for which each query's best plan with wide indexes is asked.
const TIERS: u32 = 5;
/// Plans that use more indexes than this are not put together step by step.
const LONGEST_CHAIN: usize = 8;

/// Narrow candidates before wide ones; of each query its own only, since what another query has more to carry is no
/// better for it. In the end candidates that no plan used are left aside.
pub async fn explore(evaluation: &mut CostEvaluation<'_, '_, '_>) -> Result<(), DbError> {
    let narrow = evaluation.entries.iter().map(|entry| entry.narrow.clone()).collect();
    peel(evaluation, narrow, LAYERS).await?;
    alone(evaluation).await?;
    one_left_out(evaluation).await?;
    widen(evaluation).await?;
    let pinned = evaluation.pool.pinned();
    evaluation.entries.iter_mut().for_each(|entry| entry.plan_cache.narrow(pinned));
    alone(evaluation).await?;
    step_by_step(evaluation).await
}

/// Each query's plan with the candidates given, then without what that plan used, and so on: its best plan, and what could
/// stand in for it.
async fn peel(
    evaluation: &mut CostEvaluation<'_, '_, '_>,
    within: Vec<Configuration>,
    layers: usize,
) -> Result<(), DbError> {
    let mut left: Vec<(usize, Configuration)> = within.into_iter().enumerate().collect();
    for _ in 0..layers {
        evaluation.learn(left.clone()).await?;
        left.retain_mut(|(at, set)| {
            let plan_cache = &evaluation.entries[*at].plan_cache;
            let Some(cached_plan) = plan_cache.exact(&plan_cache.key(set)) else { return false };
            *set = set.difference(&cached_plan.used);
            !cached_plan.used.is_empty()
        });
    }
    Ok(())
}

/// Where there is room to be spent: each query's plan with all of its own candidates up to several sizes.
async fn widen(evaluation: &mut CostEvaluation<'_, '_, '_>) -> Result<(), DbError> {
    if evaluation.entries.iter().all(|entry| entry.own == entry.narrow) {
        return Ok(());
    }
    let pool = evaluation.pool;
    let largest = pool.candidates.iter().map(|candidate| candidate.bytes).max().unwrap_or(0);
    let ceiling = evaluation.limits.budget.unwrap_or(largest).min(largest);
    for tier in 0..TIERS {
        let within: Configuration = (0..pool.candidates.len())
            .filter(|i| pool.candidates[*i].bytes <= ceiling >> tier)
            .collect();
        let sets = evaluation.entries.iter().map(|entry| entry.own.intersection(&within)).collect();
        peel(evaluation, sets, if tier == 0 { LAYERS } else { 1 }).await?;
    }
    Ok(())
}

/// What some plan of the query used, candidate by candidate.
fn used(evaluation: &CostEvaluation<'_, '_, '_>, at: usize) -> Configuration {
    let cached_plans = evaluation.entries[at].plan_cache.cached_plans().iter();
    cached_plans.fold(Configuration::default(), |all, cached_plan| all.union(&cached_plan.used))
}

/// Each candidate by itself that a plan of any query used.
async fn alone(evaluation: &mut CostEvaluation<'_, '_, '_>) -> Result<(), DbError> {
    let mut wanted = Vec::new();
    for at in 0..evaluation.entries.len() {
        wanted.extend(used(evaluation, at).iter().map(|i| (at, Configuration::from_iter([i]))));
    }
    evaluation.learn(wanted).await
}

/// The best plan of each query without one of the indexes that it uses.
async fn one_left_out(evaluation: &mut CostEvaluation<'_, '_, '_>) -> Result<(), DbError> {
    let mut wanted = Vec::new();
    for (at, entry) in evaluation.entries.iter().enumerate() {
        let Some(best) = entry.plan_cache.exact(&entry.plan_cache.key(&entry.narrow)) else {
            continue;
        };
        wanted.extend(best.used.iter().map(|i| (at, best.used.without(i))));
    }
    evaluation.learn(wanted).await
}

/// The best plan of each query put together from nothing: what a small budget can have of it, and what the first indexes
/// of a chain are worth.
async fn step_by_step(evaluation: &mut CostEvaluation<'_, '_, '_>) -> Result<(), DbError> {
    let best = |evaluation: &CostEvaluation<'_, '_, '_>, at: usize| -> Option<Configuration> {
        let plan_cache = &evaluation.entries[at].plan_cache;
        let cached_plans = plan_cache
            .cached_plans()
            .iter()
            .filter(|cached_plan| cached_plan.used.len() <= LONGEST_CHAIN);
        let best = cached_plans.min_by(|a, b| a.cost.total_cmp(&b.cost))?;
        Some(best.used.clone())
    };
    let mut chains: Vec<(usize, Configuration, Configuration)> = (0..evaluation.entries.len())
        .filter_map(|at| Some((at, Configuration::default(), best(evaluation, at)?)))
        .collect();
    loop {
        chains.retain(|(_, have, all)| have.len() + 1 < all.len());
        if chains.is_empty() || evaluation.is_over() {
            return Ok(());
        }
        let mut wanted = Vec::new();
        for (at, have, all) in &chains {
            wanted.extend(all.difference(have).iter().map(|i| (*at, have.with(i))));
        }
        evaluation.learn(wanted).await?;
        for (at, have, all) in &mut chains {
            let plan_cache = &evaluation.entries[*at].plan_cache;
            let cost = |i: &usize| plan_cache.high(&plan_cache.key(&have.with(*i)));
            let next = all.difference(have).iter().min_by(|a, b| cost(a).total_cmp(&cost(b)));
            next.into_iter().for_each(|i| have.insert(i));
        }
    }
}
