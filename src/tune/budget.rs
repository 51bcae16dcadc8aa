//! The budget holds for what was built: models of sizes err, disks do not.

use super::change::Change;
use super::reason::Reason;
use super::trial::Trial;
use crate::advise::Advice;
use crate::engine::DbError;

/// Times the adviser is asked for a set that fits by the sizes that are known then.
const MOST_ASKED: usize = 3;

impl Trial<'_, '_> {
    /// Exchanges indexes, but for those of `pinned`, until the sizes of all together are within the budget. What is
    /// pinned stays whatever it takes. True when anything had to go.
    pub async fn fit(&mut self, pinned: &[Change], banned: &[usize]) -> Result<bool, DbError> {
        let Some(budget) = self.budget() else { return Ok(false) };
        let mut changed = false;
        for _ in 0..MOST_ASKED {
            self.weigh().await?;
            if self.bytes() <= budget || self.is_over() {
                return Ok(changed);
            }
            let wanted = self.ask(pinned, banned).await;
            let wanted = self.enlist(wanted);
            if !self.swap(&wanted, pinned, |_| Reason::NoRoom).await? {
                break;
            }
            changed = true;
        }
        self.weigh().await?;
        while self.bytes() > budget {
            let Some(least) = self.least_useful(pinned) else { break };
            self.take_back(Change::Index(least), Reason::NoRoom).await?;
            changed = true;
        }
        Ok(changed)
    }

    /// Of all indexes in place.
    fn bytes(&self) -> u64 {
        self.indexes().iter().filter_map(|i| self.advice.indexes[*i].size_bytes).sum()
    }

    /// By the cost that it was said to save for its size.
    fn least_useful(&self, pinned: &[Change]) -> Option<usize> {
        let loose = self.indexes().into_iter().filter(|i| !pinned.contains(&Change::Index(*i)));
        let worth = |i: usize| worth(&self.advice, i);
        loose.min_by(|a, b| worth(*a).total_cmp(&worth(*b)))
    }
}

fn worth(advice: &Advice, i: usize) -> f64 {
    let index = &advice.indexes[i];
    let saved =
        index.cost_before.zip(index.cost_after).map_or(0.0, |(before, after)| before - after);
    saved / index.size_bytes.unwrap_or(0).max(1) as f64
}
