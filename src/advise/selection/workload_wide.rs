//! One set of indexes for a whole workload, within the user's limits.

use std::time::Instant;

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::bound::lower_bound;
use super::configuration::Configuration;
use super::cost_evaluation::{Concern, CostEvaluation};
use super::exact::exhaustive;
use super::explore::explore;
use super::limits::Limits;
use super::local_search::{LocalSearch, Ranking, Solution};
use super::planner_pool::PlannerPool;
use super::pool::Pool;
use super::search::Heard;
use crate::advise::cost_feedback::CostFeedback;
use crate::advise::schedule::{Phase, Schedule};
use crate::engine::DbError;

/// Times a found set is shaken and improved again.
const SHAKES: usize = 6;
/// Share that each index must save, unless asked otherwise, of what the best plans of all queries cost together: with
/// hundreds of candidates there is always one more that saves nearly nothing. Beside what the workload costs without any
/// index, nothing would count once the worst query is cured.
const LEAST_GAIN: f64 = 0.005;
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
    pub cost_feedback: &'e CostFeedback,
    /// What the planner said when queries were looked at one by one.
    pub heard: Vec<Heard>,
    /// What would be chosen without limits: no set is returned that is worse than the part of it which they allow.
    pub unlimited: Configuration,
}

pub async fn select<'a>(
    planner_pool: &mut PlannerPool<'_>,
    pool: &Pool,
    ground: Ground<'_>,
    concerns: Vec<Concern<'a>>,
    schedule: &mut Schedule,
) -> Result<Found, DbError> {
    let Ground { limits, cost_feedback, heard, unlimited } = ground;
    planner_pool.until(None);
    let deadline = schedule.end(Phase::Exploring);
    let by = (limits, cost_feedback);
    let mut evaluation =
        CostEvaluation::open(planner_pool, pool, by, heard, concerns, deadline).await?;
    explore(&mut evaluation).await?;
    schedule.ended(Phase::Exploring, evaluation.planner_pool.calls());

    evaluation.deadline = schedule.end(Phase::Choosing);
    evaluation.most_calls =
        evaluation.calls + SEARCH_CALLS.0 + SEARCH_CALLS.1 * evaluation.entries.len();
    let fee = match limits.least_gain {
        Some(share) => evaluation.base() * share,
        None => evaluation.reachable() * LEAST_GAIN,
    };
    let groups = groups(&evaluation);
    let largest = pool.candidates.iter().map(|candidate| candidate.bytes).max().unwrap_or(0);
    // Of space, not of what the user wants each index to save.
    let usual_fee = evaluation.reachable() * LEAST_GAIN;
    let byte_fee = usual_fee * FEES_OF_LARGEST / largest.max(1) as f64;
    let mut local_search = LocalSearch { evaluation: &mut evaluation, groups, fee, byte_fee };
    let floor = affordable_part(&local_search, unlimited);
    let best = search(&mut local_search, floor.clone()).await?;
    let cut_short = local_search.evaluation.is_late();
    local_search.evaluation.deadline = schedule.end(Phase::Bounding);
    local_search.evaluation.most_calls = usize::MAX;
    let best = trimmed(&mut local_search, best).await?;
    let best = no_worse_than(&mut local_search, best, floor).await?;
    schedule.ended(Phase::Choosing, evaluation.planner_pool.calls());

    evaluation.deadline = schedule.end(Phase::Bounding);
    evaluation.entries.iter_mut().for_each(|entry| entry.plan_cache.widen());
    evaluation.most_calls =
        evaluation.calls + BOUND_CALLS.0 + BOUND_CALLS.1 * evaluation.entries.len();
    // Of prices that were corrected here and there nothing follows about sets that were not asked about.
    let lower_bound = match cost_feedback.is_empty() {
        true => lower_bound(&mut evaluation, true).await?,
        false => None,
    };
    schedule.ended(Phase::Bounding, evaluation.planner_pool.calls());
    let cost_after: f64 = best.costs.iter().sum();
    Ok(Found {
        set: best.set,
        // Rounding of the solver must not claim more than what was found.
        lower_bound: lower_bound.map(|bound| bound.clamp(0.0, cost_after)),
        cut_short,
    })
}

/// The part of `set` that the limits allow: what is missed least for the room it takes goes first.
fn affordable_part(
    local_search: &LocalSearch<'_, '_, '_, '_>,
    set: Configuration,
) -> Configuration {
    let (pool, limits) = (local_search.evaluation.pool, local_search.evaluation.limits);
    let mut solution = local_search.solution(set.union(pool.pinned()));
    loop {
        let members = pool.too_many(&solution.set, limits);
        let by_size = limits.budget.is_some();
        let lost = |i: usize| {
            let lost =
                local_search.score_near(&solution, &solution.set.without(i)) - solution.score;
            if by_size { lost / pool.candidates[i].bytes.max(8192) as f64 } else { lost }
        };
        let least = members.iter().map(|i| (lost(i), i)).min_by(|a, b| a.0.total_cmp(&b.0));
        match least {
            Some((_, gone)) => solution = local_search.solution(solution.set.without(gone)),
            None => return solution.set,
        }
    }
}

/// Never worse than `floor`, and no query dearer than tolerated, as the planner says of the whole sets.
async fn no_worse_than(
    local_search: &mut LocalSearch<'_, '_, '_, '_>,
    best: Solution,
    floor: Configuration,
) -> Result<Solution, DbError> {
    let best = tolerable(local_search, best).await?;
    local_search.evaluation.learn_set(&floor).await?;
    let floor = local_search.solution(floor);
    let floor = tolerable(local_search, floor).await?;
    // Where the user says what each index has to save, one that saves less makes a set worse.
    let by_score = local_search.evaluation.limits.least_gain.is_some();
    let cost = |solution: &Solution| {
        if by_score { solution.score } else { solution.costs.iter().sum::<f64>() }
    };
    Ok(if cost(&floor) < cost(&best) * (1.0 - 1e-6) { floor } else { best })
}

/// Without what makes queries dearer than tolerated: planners that search at random do worse with more indexes here and
/// there.
async fn tolerable(
    local_search: &mut LocalSearch<'_, '_, '_, '_>,
    mut solution: Solution,
) -> Result<Solution, DbError> {
    let pinned = local_search.evaluation.pool.pinned();
    loop {
        let Some(query) = local_search.evaluation.suffering(&solution.set).first().copied() else {
            return Ok(solution);
        };
        let loose = solution.set.difference(pinned);
        let relevant = local_search.evaluation.entries[query].plan_cache.key(&loose);
        let without: Vec<Configuration> =
            relevant.iter().map(|i| solution.set.without(i)).collect();
        let asked = without.iter().map(|set| (query, set.clone())).collect();
        local_search.evaluation.learn(asked).await?;
        let cost = |set: &Configuration| local_search.score_near(&solution, set);
        let mended =
            without.iter().filter(|set| !local_search.evaluation.suffering(set).contains(&query));
        let best = mended.min_by(|a, b| cost(a).total_cmp(&cost(b)));
        let any = || without.iter().min_by(|a, b| cost(a).total_cmp(&cost(b)));
        let Some(next) = best.or_else(any).cloned() else { return Ok(solution) };
        local_search.evaluation.learn_set(&next).await?;
        solution = local_search.solution(next);
    }
}

/// Single candidates that help some query, and sets that one plan uses together.
fn groups(evaluation: &CostEvaluation<'_, '_, '_>) -> Vec<Configuration> {
    let mut groups = std::collections::BTreeSet::new();
    for entry in &evaluation.entries {
        let cached_plans = entry
            .plan_cache
            .cached_plans()
            .iter()
            .filter(|cached_plan| cached_plan.calibrated < entry.base);
        for used in
            cached_plans.map(|cached_plan| &cached_plan.used).filter(|used| !used.is_empty())
        {
            groups.extend(used.iter().map(|i| Configuration::from_iter([i])));
            if used.len() <= LARGEST_GROUP {
                groups.insert(used.clone());
            }
        }
    }
    groups.into_iter().filter(|group| evaluation.pool.allows(group, evaluation.limits)).collect()
}

/// The best of several climbs: from the most promising of many starts, then from shaken copies of the best.
async fn search(
    local_search: &mut LocalSearch<'_, '_, '_, '_>,
    floor: Configuration,
) -> Result<Solution, DbError> {
    let mut best = local_search.solution(local_search.evaluation.pool.pinned().clone());
    for start in starts(local_search, floor) {
        local_search.evaluation.learn_set(&start).await?;
        let start = local_search.solution(start);
        let solution = local_search.climb(start).await?;
        best = better(best, solution);
    }
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    for _ in 0..SHAKES {
        if local_search.evaluation.is_over() {
            break;
        }
        let shaken = shaken(local_search, &best, &mut random);
        local_search.evaluation.learn_set(&shaken).await?;
        let start = local_search.solution(shaken);
        let solution = local_search.climb(start).await?;
        best = better(best, solution);
    }
    exhaustive(local_search, best).await
}

/// Sets that greedy additions lead to, best first by what is known: by gain, by gain for the room it takes and in between;
/// from nothing, from the best sets of smaller budgets, and from the part of the unlimited answer that is affordable.
fn starts(local_search: &LocalSearch<'_, '_, '_, '_>, floor: Configuration) -> Vec<Configuration> {
    let pinned = local_search.evaluation.pool.pinned();
    let budget = local_search.evaluation.limits.budget;
    let smaller = budget.iter().flat_map(|budget| NESTED.map(|share| budget / share));
    let ceilings: Vec<Option<u64>> = std::iter::once(None).chain(smaller.map(Some)).collect();
    // Of the time to choose in, half is for improving what is begun with.
    let left = local_search.evaluation.deadline.saturating_duration_since(Instant::now());
    let enough = Instant::now() + left / 2;
    let mut solutions = vec![local_search.solution(floor.clone())];
    'enough: for ranking in [Ranking::PerByte, Ranking::PerRoot, Ranking::Absolute] {
        solutions.push(local_search.greedy(floor.clone(), ranking, None));
        for ceiling in &ceilings {
            if Instant::now() >= enough {
                break 'enough;
            }
            let within = local_search.greedy(pinned.clone(), ranking, *ceiling);
            solutions.push(local_search.greedy(within.set, ranking, None));
        }
    }
    solutions.sort_by(|a, b| a.score.total_cmp(&b.score).then_with(|| a.set.cmp(&b.set)));
    solutions.dedup_by(|a, b| a.set == b.set);
    solutions.into_iter().take(CLIMBS).map(|solution| solution.set).collect()
}

fn better(a: Solution, b: Solution) -> Solution {
    if b.score < a.score { b } else { a }
}

/// The set without about a third of its members.
fn shaken(
    local_search: &LocalSearch<'_, '_, '_, '_>,
    solution: &Solution,
    random: &mut ChaCha8Rng,
) -> Configuration {
    let pinned = local_search.evaluation.pool.pinned();
    let mut members: Vec<usize> = solution.set.difference(pinned).iter().collect();
    members.shuffle(random);
    let gone = members.len().div_ceil(4) + random.random_range(0..=members.len() / 6);
    let gone: Configuration = members.into_iter().take(gone).collect();
    solution.set.difference(&gone)
}

/// Without members that do not save their fee beside the others, by what the planner itself says of the
/// whole set.
async fn trimmed(
    local_search: &mut LocalSearch<'_, '_, '_, '_>,
    solution: Solution,
) -> Result<Solution, DbError> {
    local_search.evaluation.learn_set(&solution.set).await?;
    let mut solution = local_search.solution(solution.set);
    let pinned = local_search.evaluation.pool.pinned();
    loop {
        let members: Vec<usize> = solution.set.difference(pinned).iter().collect();
        let without = members.into_iter().map(|i| solution.set.without(i));
        let scored = without.map(|set| (local_search.score_near(&solution, &set), set));
        let best = scored.min_by(|a, b| a.0.total_cmp(&b.0));
        match best
            .filter(|(score, set)| *score <= solution.score && local_search.evaluation.allows(set))
        {
            Some((_, set)) => solution = local_search.solution(set),
            None => return Ok(solution),
        }
    }
}
