//! Foreign keys without an index, where deletes of the referenced rows pay for it.

use crate::engine::{
    Catalog, ForeignKey, IndexDefinition, IndexGrammar, KeyDefinition, KeySubject, Table,
};
use crate::plan::Plan;
use crate::serving::{Serving, leads_an_index};

use super::worth_looking;
use crate::advise::thresholds::Thresholds;

/// A referencing table that the statement's constraint checks had to read whole.
#[derive(Debug, Clone, PartialEq)]
pub struct UnindexedCheck {
    pub definition: IndexDefinition,
    pub constraint: String,
    pub measured: Option<MeasuredCheck>,
}

/// What the checks of one execution took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeasuredCheck {
    pub total_ms: f64,
    pub calls: f64,
}

/// Constraint checks of `plan` whose referencing columns lead no index.
pub fn foreign_key_candidates(
    plan: &Plan,
    catalog: &Catalog,
    grammar: &dyn IndexGrammar,
    serving: &Serving<'_>,
) -> Vec<UnindexedCheck> {
    let mut found: Vec<UnindexedCheck> = Vec::new();
    for trigger in &plan.triggers {
        let Some(constraint) = &trigger.constraint else { continue };
        for (table, key) in named(catalog, constraint) {
            if !leads_an_index(serving, table, key) {
                found.push(UnindexedCheck {
                    definition: definition(table, key, grammar),
                    constraint: constraint.clone(),
                    measured: Some(MeasuredCheck {
                        total_ms: trigger.total_ms,
                        calls: trigger.calls,
                    }),
                });
            }
        }
    }
    found
}

/// The same for a statement of which only the plan was asked for: it deletes referenced rows, or changes
/// the columns `assigned`, and the referencing table would be read whole for each of them.
pub fn foreseen_checks(
    plan: &Plan,
    assigned: &[String],
    catalog: &Catalog,
    grammar: &dyn IndexGrammar,
    serving: &Serving<'_>,
    thresholds: &Thresholds,
) -> Vec<UnindexedCheck> {
    let nodes = plan.walk();
    let changed = nodes.iter().filter_map(|(node, _)| {
        let touches = |key: &ForeignKey| match node.operation.as_deref()? {
            "Delete" => Some(true),
            "Update" => Some(key.referenced_columns.iter().any(|name| assigned.contains(name))),
            _ => None,
        };
        let table = catalog.table(node.schema.as_deref(), node.relation.as_deref()?)?;
        Some((catalog.whole(table), touches))
    });
    let mut found = Vec::new();
    for (changed, touches) in changed {
        for table in catalog.tables.iter().filter(|table| worth_looking(table, thresholds)) {
            let keys = table.foreign_keys.iter().filter(|key| references(key, changed));
            let open = keys
                .filter(|key| touches(key) == Some(true) && !leads_an_index(serving, table, key));
            found.extend(open.map(|key| UnindexedCheck {
                definition: definition(table, key, grammar),
                constraint: key.name.clone(),
                measured: None,
            }));
        }
    }
    found.retain(|check| is_whole(check, catalog));
    found
}

fn references(key: &ForeignKey, table: &Table) -> bool {
    key.referenced_table == table.name && key.referenced_schema == table.schema
}

/// Constraints of partitions are those of the whole, which has them too.
fn is_whole(check: &UnindexedCheck, catalog: &Catalog) -> bool {
    let table = catalog.table(Some(&check.definition.schema), &check.definition.table);
    table.is_some_and(|table| table.partition_of.is_none())
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

fn definition(table: &Table, key: &ForeignKey, grammar: &dyn IndexGrammar) -> IndexDefinition {
    IndexDefinition {
        schema: table.schema.clone(),
        table: table.name.clone(),
        method: grammar.ordered_method().to_owned(),
        keys: key
            .columns
            .iter()
            .map(|column| KeyDefinition::ascending(KeySubject::Column(column.clone())))
            .collect(),
        include: Vec::new(),
        predicate: None,
    }
}
