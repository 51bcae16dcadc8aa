//! Foreign keys without an index, where deletes of the referenced rows pay for it.

use crate::engine::{Catalog, ForeignKey, IndexDefinition, IndexGrammar, KeySubject, Table};
use crate::plan::Plan;

use super::candidate::key_of;

/// A referencing table that the statement's constraint checks had to read whole.
#[derive(Debug, Clone, PartialEq)]
pub struct UnindexedCheck {
    pub definition: IndexDefinition,
    pub constraint: String,
    /// Time of the checks in this plan, and how many there were.
    pub total_ms: f64,
    pub calls: f64,
}

/// Constraint checks of `plan` whose referencing columns lead no index.
pub fn foreign_key_candidates(
    plan: &Plan,
    catalog: &Catalog,
    grammar: &dyn IndexGrammar,
) -> Vec<UnindexedCheck> {
    let mut found = Vec::new();
    for trigger in &plan.triggers {
        let Some(constraint) = &trigger.constraint else { continue };
        for (table, key) in named(catalog, constraint) {
            if !leads_an_index(table, key) {
                found.push(UnindexedCheck {
                    definition: definition(table, key, grammar),
                    constraint: constraint.clone(),
                    total_ms: trigger.total_ms,
                    calls: trigger.calls,
                });
            }
        }
    }
    found
}

fn named<'a>(
    catalog: &'a Catalog,
    constraint: &'a str,
) -> impl Iterator<Item = (&'a Table, &'a ForeignKey)> {
    catalog.tables.iter().flat_map(move |table| {
        table
            .foreign_keys
            .iter()
            .filter(move |key| key.name == constraint)
            .map(move |key| (table, key))
    })
}

/// The key's columns, in any order, are the first keys of a valid index of the whole table.
pub fn leads_an_index(table: &Table, key: &ForeignKey) -> bool {
    table.indexes.iter().any(|index| {
        let leading: Vec<&String> = index
            .keys
            .iter()
            .take(key.columns.len())
            .filter_map(|key| key.column.as_ref())
            .collect();
        index.valid
            && index.predicate.is_none()
            && leading.len() == key.columns.len()
            && key.columns.iter().all(|column| leading.contains(&column))
    })
}

fn definition(table: &Table, key: &ForeignKey, grammar: &dyn IndexGrammar) -> IndexDefinition {
    IndexDefinition {
        schema: table.schema.clone(),
        table: table.name.clone(),
        method: grammar.ordered_method().to_owned(),
        keys: key
            .columns
            .iter()
            .map(|column| key_of(&KeySubject::Column(column.clone())))
            .collect(),
        include: Vec::new(),
        predicate: None,
    }
}
