//! Indexes that only help together, which a search that adds one at a time never finds.

use crate::engine::{DbError, IndexDefinition};

use super::choose::{Choice, Chooser};
use super::price::Priced;
use super::search::Search;

impl Chooser<'_> {
    /// The cheapest of the groups all of whose members the planner uses, where it saves enough.
    pub async fn together(
        &self,
        search: &mut Search<'_>,
        query: &Priced<'_>,
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
}
