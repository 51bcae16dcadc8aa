//! All candidates of a workload, each once, with what it takes.

use std::collections::HashMap;

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

#[derive(Debug)]
pub struct Pool {
    pub candidates: Vec<Candidate>,
    pinned: Configuration,
    /// Per candidate, a number for its table.
    tables: Vec<usize>,
}

impl Pool {
    pub fn of(candidates: Vec<Candidate>) -> Self {
        let pinned = (0..candidates.len()).filter(|i| candidates[*i].pinned).collect();
        let mut numbers = HashMap::new();
        let mut number = |candidate: &Candidate| {
            let next = numbers.len();
            let index = &candidate.index;
            *numbers.entry((index.schema.clone(), index.table.clone())).or_insert(next)
        };
        let tables = candidates.iter().map(&mut number).collect();
        Pool { candidates, pinned, tables }
    }

    pub fn bytes(&self, set: &Configuration) -> u64 {
        set.iter().map(|i| self.candidates[i].bytes).sum()
    }

    pub fn pinned(&self) -> &Configuration {
        &self.pinned
    }

    pub fn indexes(&self, set: &Configuration) -> Vec<IndexDefinition> {
        set.iter().map(|i| self.candidates[i].index.clone()).collect()
    }

    pub fn position(&self, index: &IndexDefinition) -> Option<usize> {
        self.candidates.iter().position(|candidate| &candidate.index == index)
    }

    pub fn same_table(&self, a: usize, b: usize) -> bool {
        self.tables[a] == self.tables[b]
    }

    /// Members of `set` of which some have to go before it keeps to the limits.
    pub fn too_many(&self, set: &Configuration, limits: &Limits) -> Configuration {
        let loose = set.difference(&self.pinned);
        let fits = limits.budget.is_none_or(|budget| self.bytes(set) <= budget)
            && limits.most_indexes.is_none_or(|most| set.len() <= most);
        if !fits {
            return loose;
        }
        let all: Vec<usize> = set.iter().collect();
        loose.iter().filter(|one| !self.table_allows(*one, &all, limits)).collect()
    }

    /// Whether `set` keeps to the limits. What is pinned is there whatever it takes.
    pub fn allows(&self, set: &Configuration, limits: &Limits) -> bool {
        limits.budget.is_none_or(|budget| self.bytes(set) <= budget)
            && limits.most_indexes.is_none_or(|most| set.len() <= most)
            && self.tables_allow(set, limits)
    }

    fn tables_allow(&self, set: &Configuration, limits: &Limits) -> bool {
        if limits.most_per_table.is_none() && limits.write_overhead.is_none() {
            return true;
        }
        let all: Vec<usize> = set.iter().collect();
        all.iter().all(|one| self.table_allows(*one, &all, limits))
    }

    fn table_allows(&self, one: usize, all: &[usize], limits: &Limits) -> bool {
        let own: Vec<usize> =
            all.iter().copied().filter(|other| self.same_table(one, *other)).collect();
        let overhead: f64 = own.iter().map(|i| self.candidates[*i].overhead).sum();
        limits.most_per_table.is_none_or(|most| own.len() <= most)
            && limits.write_overhead.is_none_or(|most| overhead <= most)
    }
}
