//! All candidates of a workload, each once, with what it takes.

use super::configuration::Configuration;
use super::limits::Limits;
use crate::engine::IndexDefinition;

/// An index that may be chosen.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub index: IndexDefinition,
    /// What counts against the budget.
    pub bytes: u64,
    /// Share by which it makes writing a row of its table dearer.
    pub overhead: f64,
    pub pinned: bool,
    /// The table is stored in the order of its first key.
    pub in_order: bool,
}

#[derive(Debug, Default)]
pub struct Pool {
    pub candidates: Vec<Candidate>,
}

impl Pool {
    pub fn bytes(&self, set: &Configuration) -> u64 {
        set.iter().map(|i| self.candidates[i].bytes).sum()
    }

    pub fn pinned(&self) -> Configuration {
        (0..self.candidates.len()).filter(|i| self.candidates[*i].pinned).collect()
    }

    pub fn indexes(&self, set: &Configuration) -> Vec<IndexDefinition> {
        set.iter().map(|i| self.candidates[i].index.clone()).collect()
    }

    pub fn position(&self, index: &IndexDefinition) -> Option<usize> {
        self.candidates.iter().position(|candidate| &candidate.index == index)
    }

    pub fn same_table(&self, a: usize, b: usize) -> bool {
        let (a, b) = (&self.candidates[a].index, &self.candidates[b].index);
        a.table == b.table && a.schema == b.schema
    }

    /// Whether `set` keeps to the limits. What is pinned is there whatever it takes.
    pub fn allows(&self, set: &Configuration, limits: &Limits) -> bool {
        let counted: Vec<&Candidate> = set.iter().map(|i| &self.candidates[i]).collect();
        limits.budget.is_none_or(|budget| self.bytes(set) <= budget)
            && limits.most_indexes.is_none_or(|most| counted.len() <= most)
            && counted.iter().all(|one| self.table_allows(one, &counted, limits))
    }

    fn table_allows(&self, one: &Candidate, all: &[&Candidate], limits: &Limits) -> bool {
        if limits.most_per_table.is_none() && limits.write_overhead.is_none() {
            return true;
        }
        let same = |other: &&&Candidate| {
            other.index.table == one.index.table && other.index.schema == one.index.schema
        };
        let own: Vec<&&Candidate> = all.iter().filter(same).collect();
        let overhead: f64 = own.iter().map(|candidate| candidate.overhead).sum();
        limits.most_per_table.is_none_or(|most| own.len() <= most)
            && limits.write_overhead.is_none_or(|most| overhead <= most)
    }
}
