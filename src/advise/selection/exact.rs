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
    let mut open = all_sets(climber);
    for _ in 0..MOST_ASKED {
        let least = |set: &Configuration| climber.least(set);
        let next = open.iter().enumerate().map(|(at, set)| (least(set), at));
        let Some((least, at)) = next.min_by(|a, b| a.0.total_cmp(&b.0)) else { break };
        if least >= best.score * (1.0 - 1e-9) || climber.pricer.is_over() {
            break;
        }
        let set = open.swap_remove(at);
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
