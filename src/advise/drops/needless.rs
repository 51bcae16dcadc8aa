//! Indexes whose work another one does.

use crate::advise::IndexAdvice;
use crate::engine::{Index, IndexGrammar, IndexKey, Table};
use crate::serving::{Serving, stand_in};

use super::collect::{Drop, may_go};

pub fn invalid(table: &Table) -> Vec<Drop<'_>> {
    let broken = table.indexes.iter().filter(|index| !index.valid && may_go(index));
    broken
        .map(|index| Drop {
            table,
            index,
            why: format!(
                "{} is invalid: a build beside running traffic failed. It slows writes and serves no reads",
                index.name
            ),
            instead: None,
        })
        .collect()
}

/// Duplicates of, and prefixes of, indexes that stay; unique ones beside another that forbids the very same.
pub fn covered<'a>(table: &'a Table, serving: &Serving<'_>) -> Vec<Drop<'a>> {
    let doubled = table.indexes.iter().filter_map(|index| {
        let other = stand_in(table, index, serving)?;
        Some(Drop { table, index, why: reason(index, other), instead: Some(&other.name) })
    });
    doubled.collect()
}

fn reason(index: &Index, other: &Index) -> String {
    if index.keys.len() == other.keys.len() {
        format!("{} does the same as {}", index.name, other.name)
    } else {
        format!("{} is the beginning of {}, which serves the same reads", index.name, other.name)
    }
}

/// Existing ones that a proposed index makes needless.
pub fn covered_by_new<'a>(
    table: &'a Table,
    proposed: &[IndexAdvice],
    grammar: &dyn IndexGrammar,
) -> Vec<Drop<'a>> {
    let mut drops = Vec::new();
    for new in proposed.iter().filter(|new| new.table == table.name && new.schema == table.schema) {
        let droppable = table.indexes.iter().filter(|index| index.valid && may_go(index));
        for index in droppable.filter(|index| begins(new, index, grammar)) {
            drops.push(Drop {
                table,
                index,
                why: format!(
                    "{} is the beginning of the proposed {}; drop it once that one is built",
                    index.name, new.name
                ),
                instead: None,
            });
        }
    }
    drops
}

/// Compared by the texts of the keys, ascending only: what advice carries of a proposed index.
fn begins(new: &IndexAdvice, index: &Index, grammar: &dyn IndexGrammar) -> bool {
    let plain = |key: &IndexKey| {
        let directed = key.descending || key.nulls_first;
        !directed && key.operator_class.is_none() && key.collation.is_none()
    };
    let same_condition = match (&new.predicate, &index.predicate) {
        (None, None) => true,
        (Some(a), Some(b)) => grammar.same_expression(a, b),
        _ => false,
    };
    let keyed = |column: &String| new.columns.contains(column) || new.include.contains(column);
    new.method == index.method
        && new.method == grammar.ordered_method()
        && same_condition
        && index.include.iter().all(keyed)
        && index.keys.len() <= new.columns.len()
        && !new.ddl.contains("_ops")
        && index.keys.iter().zip(&new.columns).all(|(key, column)| {
            plain(key)
                && key.column.as_ref().map_or_else(
                    || grammar.same_expression(&key.text, column),
                    |name| name == column,
                )
        })
}
