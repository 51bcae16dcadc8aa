//! Trying everything, where few candidates matter: then nothing better is overlooked.

use super::configuration::Configuration;
use super::local_search::{LocalSearch, Solution};
use crate::engine::DbError;

/// Candidates of which every set is looked at, queries times sets, and sets that the planner is asked about at most.
const MOST_CANDIDATES: usize = 12;
const MOST_SUMS: usize = 100_000;
const MOST_ASKED: usize = 200;

/// `best`, or what is better than it: sets are asked about in the order of the least that each can cost, until that is no
/// less than what is found.
pub async fn exhaustive(
    local_search: &mut LocalSearch<'_, '_, '_, '_>,
    mut best: Solution,
) -> Result<Solution, DbError> {
    let relevant = local_search.evaluation.entries.iter().map(|entry| &entry.plan_cache.relevant);
    let relevant = relevant.fold(Configuration::default(), |all, own| all.union(own));
    if relevant.len() <= MOST_CANDIDATES {
        // What no plan has used so far may be of use in a set that nobody has thought of.
        local_search.evaluation.entries.iter_mut().for_each(|entry| entry.plan_cache.widen());
    }
    // The more is known, the more a set can cost at least: what was reckoned last is the least that it can be now.
    let mut open: Vec<(f64, Configuration)> =
        all_sets(local_search).into_iter().map(|set| (local_search.least(&set), set)).collect();
    open.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| b.1.cmp(&a.1)));
    let mut asked = 0;
    while let Some((least, set)) = open.pop() {
        if least >= best.score * (1.0 - 1e-9)
            || asked == MOST_ASKED
            || local_search.evaluation.is_over()
        {
            break;
        }
        let now = local_search.least(&set);
        if open.last().is_some_and(|(next, _)| now > *next) {
            let at = open.partition_point(|(other, _)| *other > now);
            open.insert(at, (now, set));
            continue;
        }
        asked += 1;
        local_search.evaluation.learn_set(&set).await?;
        let solution = local_search.solution(set);
        if solution.score < best.score && local_search.evaluation.allows(&solution.set) {
            best = solution;
        }
    }
    Ok(best)
}

/// Every allowed set of the candidates that some plan uses; none where they are too many.
fn all_sets(local_search: &LocalSearch<'_, '_, '_, '_>) -> Vec<Configuration> {
    let evaluation = &local_search.evaluation;
    let pinned = evaluation.pool.pinned();
    let keys =
        evaluation.entries.iter().map(|entry| entry.plan_cache.key(&entry.plan_cache.relevant));
    let useful = keys.fold(Configuration::default(), |all, key| all.union(&key)).difference(pinned);
    let members: Vec<usize> = useful
        .iter()
        .filter(|i| evaluation.pool.allows(&pinned.with(*i), evaluation.limits))
        .collect();
    let few = members.len() <= MOST_CANDIDATES
        && (evaluation.entries.len() << members.len().min(40)) <= MOST_SUMS;
    if !few {
        return Vec::new();
    }
    let set = |bits: usize| -> Configuration {
        let chosen = members.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1);
        chosen.map(|(_, i)| *i).chain(pinned.iter()).collect()
    };
    let sets = (0..1usize << members.len()).map(set);
    sets.filter(|set| evaluation.pool.allows(set, evaluation.limits)).collect()
}
