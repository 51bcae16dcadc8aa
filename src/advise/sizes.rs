//! Sizes of indexes that were not built.

use std::collections::BTreeMap;

use crate::engine::{Catalog, IndexDefinition, IndexGrammar};

use super::access::Access;

/// The engine's size model, with the share of rows that each partial condition keeps.
pub struct Sizes<'a> {
    catalog: &'a Catalog,
    grammar: &'a dyn IndexGrammar,
    /// By schema, table and condition.
    shares: BTreeMap<(String, String, String), f64>,
    /// Of indexes that were really built.
    built: BTreeMap<IndexDefinition, u64>,
}

impl<'a> Sizes<'a> {
    pub fn new(catalog: &'a Catalog, grammar: &'a dyn IndexGrammar) -> Self {
        Sizes { catalog, grammar, shares: BTreeMap::new(), built: BTreeMap::new() }
    }

    /// Remembers what the conditions of `access` keep.
    pub fn learn(&mut self, access: &Access<'_>) {
        let restrictions = access.restrictions.iter();
        let restricted = restrictions.filter_map(|r| Some((r.condition.as_ref()?, r.selectivity?)));
        let compared = access.compared.iter().map(|c| (&c.condition, c.share));
        let states = access.states.iter().filter_map(|s| Some((&s.condition, s.share?)));
        for (condition, share) in restricted.chain(compared).chain(states) {
            let table = access.table;
            let key = (table.schema.clone(), table.name.clone(), condition.clone());
            self.shares.insert(key, share);
        }
    }

    /// Remembers sizes of indexes that were really built.
    pub fn know(&mut self, built: BTreeMap<IndexDefinition, u64>) {
        self.built = built;
    }

    /// By the model, unless it was built.
    pub fn bytes(&self, index: &IndexDefinition) -> Option<u64> {
        self.built.get(index).copied().or_else(|| self.modelled(index))
    }

    fn modelled(&self, index: &IndexDefinition) -> Option<u64> {
        let table = self.catalog.table(Some(&index.schema), &index.table)?;
        self.grammar.modelled_bytes(index, table, table.rows * self.share(index)?)
    }

    /// Share of the table's rows that the index holds.
    pub fn share(&self, index: &IndexDefinition) -> Option<f64> {
        match &index.predicate {
            None => Some(1.0),
            Some(condition) => {
                let key = (index.schema.clone(), index.table.clone(), condition.clone());
                self.shares.get(&key).copied()
            }
        }
    }
}
