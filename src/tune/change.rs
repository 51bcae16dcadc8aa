//! The parts of an [`Advice`] as changes, one like the other.

use crate::advise::{Advice, Outcome};

/// Where in the advice a change stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Change {
    Index(usize),
    Drop(usize),
    Statistics(usize),
    Setting(usize),
}

/// Every change in the order it is made: what an index needs comes with it, and statistics are
/// refreshed once all indexes are there.
pub fn all(advice: &Advice) -> Vec<Change> {
    let indexes = (0..advice.indexes.len()).map(Change::Index);
    let drops = (0..advice.drops.len()).map(Change::Drop);
    let statistics = (0..advice.statistics.len()).map(Change::Statistics);
    let settings = (0..advice.settings.len()).map(Change::Setting);
    indexes.chain(drops).chain(statistics).chain(settings).collect()
}

/// All of them, but settings beside indexes only where there is time to try them by themselves first. They would change
/// the plan of every query, each of which needed a proof of its own; and one that had to go when the time is over would
/// take all proofs with it: nobody measured those plans without it.
pub fn at_once(advice: &Advice, has_time_for_settings: bool) -> Vec<Change> {
    let mut changes = all(advice);
    if !advice.indexes.is_empty() && !has_time_for_settings {
        changes.retain(|change| !matches!(change, Change::Setting(_)));
    }
    changes
}

impl Change {
    /// Position of the index it makes.
    pub fn index(self) -> Option<usize> {
        match self {
            Change::Index(i) => Some(i),
            _ => None,
        }
    }

    /// For messages and progress.
    pub fn name(self, advice: &Advice) -> String {
        match self {
            Change::Index(i) => advice.indexes[i].name.clone(),
            Change::Drop(i) => format!("dropping {}", advice.drops[i].index),
            Change::Statistics(i) => advice.statistics[i].statement.clone(),
            Change::Setting(i) => advice.settings[i].name.clone(),
        }
    }

    /// The statements that make it, in order. A setting has none: it is set on sessions.
    pub fn statements(self, advice: &Advice) -> Vec<String> {
        match self {
            Change::Index(i) => advice.indexes[i].statements(),
            Change::Drop(i) => vec![advice.drops[i].ddl.clone()],
            Change::Statistics(i) => vec![advice.statistics[i].statement.clone()],
            Change::Setting(_) => Vec::new(),
        }
    }

    pub fn undo(self, advice: &Advice) -> Option<String> {
        let undo = match self {
            Change::Index(i) => Some(advice.indexes[i].undo.clone()),
            Change::Drop(i) => Some(advice.drops[i].undo.clone()),
            Change::Statistics(i) => advice.statistics[i].undo.clone(),
            Change::Setting(_) => None,
        };
        undo.filter(|statement| !statement.trim().is_empty())
    }

    /// Why it failed, if it did.
    pub fn error(self, advice: &Advice) -> Option<String> {
        let outcome = match self {
            Change::Index(i) => &advice.indexes[i].outcome,
            Change::Drop(i) => &advice.drops[i].outcome,
            Change::Statistics(i) => &advice.statistics[i].outcome,
            Change::Setting(i) => &advice.settings[i].outcome,
        };
        match outcome {
            Outcome::Failed { error } => Some(error.clone()),
            _ => None,
        }
    }

    pub fn set_outcome(self, advice: &mut Advice, outcome: Outcome) {
        match self {
            Change::Index(i) => advice.indexes[i].outcome = outcome,
            Change::Drop(i) => advice.drops[i].outcome = outcome,
            Change::Statistics(i) => advice.statistics[i].outcome = outcome,
            Change::Setting(i) => advice.settings[i].outcome = outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advise::{IndexAdvice, SettingAdvice};

    #[test]
    fn settings_wait_for_the_indexes_where_the_time_is_short() {
        let (settings, indexes) = (vec![SettingAdvice::default()], vec![IndexAdvice::default()]);
        let both = Advice { indexes, settings, ..Advice::default() };
        let setting = Advice { indexes: Vec::new(), ..both.clone() };
        assert_eq!(at_once(&both, true), [Change::Index(0), Change::Setting(0)]);
        assert_eq!(at_once(&both, false), [Change::Index(0)]);
        assert_eq!(
            at_once(&setting, false),
            [Change::Setting(0)],
            "there is nothing else to prove"
        );
    }
}
