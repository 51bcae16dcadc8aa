//! Taking old runs away, but none that somebody may come back to.

use std::time::Duration;

use jiff::Timestamp;

use super::{History, HistoryError, Kept};

/// What was, or would be, taken away.
#[derive(Debug, Clone, PartialEq)]
pub struct Pruned {
    pub removed: Vec<Kept>,
    /// Old, but tagged or the last good run of its workload.
    pub spared: usize,
}

impl History {
    /// Removes runs that began longer ago than `age`; only says which with `dry_run`.
    pub fn prune(&self, age: Duration, dry_run: bool) -> Result<Pruned, HistoryError> {
        let (all, _) = self.list()?;
        let pruned = select(all, Timestamp::now().as_second() - age.as_secs() as i64);
        if !dry_run && !pruned.removed.is_empty() {
            let ids: Vec<String> =
                pruned.removed.iter().map(|kept| kept.entry.id.clone()).collect();
            self.remove(&ids)?;
        }
        Ok(pruned)
    }
}

/// `all` is sorted by age, oldest first.
fn select(all: Vec<Kept>, limit: i64) -> Pruned {
    let last_good = |kept: &Kept| {
        let same = |other: &&Kept| {
            other.is_good()
                && other.entry.workload == kept.entry.workload
                && other.entry.engine == kept.entry.engine
        };
        all.iter().rev().find(same).is_some_and(|last| last.entry.id == kept.entry.id)
    };
    let old = all.iter().filter(|kept| kept.entry.started.as_second() < limit);
    let (spared, removed): (Vec<&Kept>, Vec<&Kept>) =
        old.partition(|kept| !kept.mark.tags.is_empty() || last_good(kept));
    Pruned { spared: spared.len(), removed: removed.into_iter().cloned().collect() }
}
