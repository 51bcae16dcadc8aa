//! Indexes that only help together, which a search that adds one at a time never finds.

use std::cmp::Reverse;

use crate::engine::{DbError, IndexDefinition};

use super::choose::{Choice, Chooser};
use super::planned_query::{PlannedQuery, Price};
use super::search::Search;

impl Chooser<'_> {
    /// The cheapest of the groups all of whose members the planner uses, where it saves enough.
    pub async fn together(
        &self,
        search: &mut Search<'_>,
        query: &PlannedQuery<'_>,
        before: &Choice,
        groups: &[Vec<IndexDefinition>],
    ) -> Result<Option<Choice>, DbError> {
        let mut best: Option<Choice> = None;
        for group in groups {
            if !group.iter().all(|index| search.can_show(index)) {
                continue;
            }
            let Some(answer) = search.ask(query, group).await? else { continue };
            let all_used = group.iter().all(|index| answer.used.contains(index));
            let enough = answer.price.gain_over(&before.before) >= self.thresholds.least_gain;
            let cheapest = best.as_ref().is_none_or(|best| answer.price.cost() < best.after.cost());
            if all_used && enough && cheapest {
                best = Some(Choice {
                    indexes: group.clone(),
                    before: before.before.clone(),
                    after: answer.price,
                });
            }
        }
        Ok(best)
    }

    /// What the planner takes when it is shown every candidate, where that is far cheaper than what was found one by one:
    /// a chain of joins pays with its last index only. Without what it does as well without; where nothing was found, of no
    /// fewer than `least` indexes.
    pub async fn at_once(
        &self,
        search: &mut Search<'_>,
        query: &PlannedQuery<'_>,
        found: Choice,
        candidates: &[IndexDefinition],
        least: usize,
    ) -> Result<Choice, DbError> {
        let mut shown: Vec<IndexDefinition> = candidates
            .iter()
            .filter(|index| search.can_show(index) && !search.builds(index))
            .cloned()
            .collect();
        let readings = query.tables.len();
        if shown.len() < 2 || readings == 1 {
            return Ok(found);
        }
        loop {
            let Some(answer) = search.ask(query, &shown).await? else { return Ok(found) };
            if !self.pays(&answer.price, &found) {
                return Ok(found);
            }
            let unsure = |index: &IndexDefinition| {
                answer.stops_early.contains(index)
                    || answer.walked.contains(index)
                    || answer.scattered.contains(index)
            };
            if !answer.used.iter().any(unsure) {
                let set = Choice {
                    indexes: answer.used,
                    before: found.before.clone(),
                    after: answer.price,
                };
                let set = self.pruned(search, query, set).await?;
                // One in place of another is what the search one by one has weighed already, by more than cost.
                let enough = if found.indexes.is_empty() { least } else { found.indexes.len() + 1 };
                let more = set.indexes.len() >= enough;
                let better = more && self.pays(&set.after, &found);
                return Ok(if better { set } else { found });
            }
            shown.retain(|index| !unsure(index));
        }
    }

    /// Saves enough of what is left, and enough of what there was at first.
    fn pays(&self, price: &Price, found: &Choice) -> bool {
        let saved = found.after.cost() - price.cost();
        price.gain_over(&found.after) >= self.thresholds.least_gain
            && saved >= self.thresholds.least_share * found.before.cost()
    }

    /// Tries each of `others` in place of what was found on its table.
    pub async fn in_place(
        &self,
        search: &mut Search<'_>,
        query: &PlannedQuery<'_>,
        mut found: Choice,
        others: &[IndexDefinition],
    ) -> Result<Choice, DbError> {
        for other in others {
            if search.is_over() {
                break;
            }
            if !search.can_show(other) {
                continue;
            }
            let mut set = found.indexes.clone();
            set.retain(|index| (&index.schema, &index.table) != (&other.schema, &other.table));
            set.push(other.clone());
            let Some(answer) = search.ask(query, &set).await? else { continue };
            let sure = !answer.stops_early.contains(other) && !answer.scattered.contains(other);
            let is_walk = answer.walked.contains(other) && other.predicate.is_none();
            if sure && !is_walk && answer.used.contains(other) && self.pays(&answer.price, &found) {
                let before = found.before.clone();
                found = Choice { indexes: answer.used, before, after: answer.price };
            }
        }
        Ok(found)
    }

    /// Leaves out one index after the other, the largest first, as long as the rest does as well: what is missed beside all
    /// others is missed no less beside fewer, so that each is asked about once.
    async fn pruned(
        &self,
        search: &mut Search<'_>,
        query: &PlannedQuery<'_>,
        mut set: Choice,
    ) -> Result<Choice, DbError> {
        let most = set.after.cost() * (1.0 + self.thresholds.tie);
        let mut open: Vec<IndexDefinition> = set.indexes.clone();
        open.sort_by_key(|index| Reverse(search.bytes(index, self.sizes)));
        for gone in open {
            if !set.indexes.contains(&gone) {
                continue;
            }
            if search.is_over() {
                break;
            }
            let mut without = set.indexes.clone();
            without.retain(|index| *index != gone);
            let Some(answer) = search.ask(query, &without).await? else { continue };
            if answer.price.cost() <= most {
                let before = set.before.clone();
                set = Choice { indexes: answer.used, before, after: answer.price };
            }
        }
        Ok(set)
    }
}
