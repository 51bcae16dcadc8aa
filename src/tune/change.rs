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
