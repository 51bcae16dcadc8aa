//! Trying everything, where few candidates matter: then nothing better is overlooked.

use super::climb::{Climber, Spot};
use super::configuration::Configuration;
use crate::engine::DbError;

/// Candidates of which every set is looked at, queries times sets, and sets that the planner is asked about at most.
const MOST_CANDIDATES: usize = 12;
const MOST_SUMS: usize = 100_000;
const MOST_ASKED: usize = 200;

/// `best`, or what is better than it: sets are asked about in the order of the least that each can cost, until that is no
/// less than what is found.
pub async fn exhaustive(
    climber: &mut Climber<'_, '_, '_, '_>,
    mut best: Spot,
) -> Result<Spot, DbError> {
    let relevant = climber.pricer.entries.iter().map(|entry| &entry.menu.relevant);
    let relevant = relevant.fold(Configuration::default(), |all, own| all.union(own));
    if relevant.len() <= MOST_CANDIDATES {
        // What no plan has used so far may be of use in a set that nobody has thought of.
        climber.pricer.entries.iter_mut().for_each(|entry| entry.menu.widen());
    }
    // The more is known, the more a set can cost at least: what was reckoned last is the least that it can be now.
    let mut open: Vec<(f64, Configuration)> =
        all_sets(climber).into_iter().map(|set| (climber.least(&set), set)).collect();
    open.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| b.1.cmp(&a.1)));
    let mut asked = 0;
    while let Some((least, set)) = open.pop() {
        if least >= best.score * (1.0 - 1e-9) || asked == MOST_ASKED || climber.pricer.is_over() {
            break;
        }
        let now = climber.least(&set);
        if open.last().is_some_and(|(next, _)| now > *next) {
            let at = open.partition_point(|(other, _)| *other > now);
            open.insert(at, (now, set));
            continue;
        }
        asked += 1;
        climber.pricer.learn_set(&set).await?;
        let spot = climber.spot(set);
        if spot.score < best.score && climber.pricer.allows(&spot.set) {
            best = spot;
        }
    }
    Ok(best)
}

/// Every allowed set of the candidates that some plan uses; none where they are too many.
fn all_sets(climber: &Climber<'_, '_, '_, '_>) -> Vec<Configuration> {
    let pricer = &climber.pricer;
    let pinned = pricer.pool.pinned();
    let keys = pricer.entries.iter().map(|entry| entry.menu.key(&entry.menu.relevant));
    let useful = keys.fold(Configuration::default(), |all, key| all.union(&key)).difference(pinned);
    let members: Vec<usize> =
        useful.iter().filter(|i| pricer.pool.allows(&pinned.with(*i), pricer.limits)).collect();
    let few = members.len() <= MOST_CANDIDATES
        && (pricer.entries.len() << members.len().min(40)) <= MOST_SUMS;
    if !few {
        return Vec::new();
    }
    let set = |bits: usize| -> Configuration {
        let chosen = members.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1);
        chosen.map(|(_, i)| *i).chain(pinned.iter()).collect()
    };
    let sets = (0..1usize << members.len()).map(set);
    sets.filter(|set| pricer.pool.allows(set, pricer.limits)).collect()
}
