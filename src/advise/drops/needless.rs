//! Indexes whose work another one does.

use crate::advise::IndexAdvice;
use crate::advise::existing::{definition_of, makes_needless};
use crate::engine::{Index, IndexGrammar, IndexKey, Table};

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

/// Unique indexes beside another that forbids the very same.
pub fn unique_twins<'a>(table: &'a Table, grammar: &dyn IndexGrammar) -> Vec<Drop<'a>> {
    let unique = || table.indexes.iter().filter(|index| index.unique && index.valid);
    let free = unique().filter(|index| !index.primary && !index.constraint);
    let doubled = free.filter_map(|index| {
        let mut others = unique().filter(|other| other.name != index.name);
        let twin = others.find(|other| forbids_the_same(table, other, index, grammar))?;
        Some(Drop { table, index, why: reason(index, twin), instead: Some(&twin.name) })
    });
    doubled.collect()
}

/// Of two free ones the one that `stays` says does.
fn forbids_the_same(
    table: &Table,
    other: &Index,
    index: &Index,
    grammar: &dyn IndexGrammar,
) -> bool {
    let (wide, narrow) = (definition_of(table, other), definition_of(table, index));
    let nulls = |index: &Index| index.ddl.contains(" NULLS NOT DISTINCT");
    wide.keys == narrow.keys
        && makes_needless(&wide, &narrow, grammar)
        && same_collations(other, index)
        && nulls(other) == nulls(index)
        && (other.primary
            || other.constraint
            || stays(other, index)
            || !makes_needless(&narrow, &wide, grammar))
}

/// Duplicates of, and prefixes of, indexes that stay.
pub fn covered<'a>(table: &'a Table, grammar: &dyn IndexGrammar) -> Vec<Drop<'a>> {
    let valid: Vec<&Index> = table.indexes.iter().filter(|index| index.valid).collect();
    let mut drops = Vec::new();
    for index in valid.iter().filter(|index| may_go(index)) {
        let wider = valid
            .iter()
            .find(|other| other.name != index.name && stands_in(table, other, index, grammar));
        if let Some(other) = wider {
            drops.push(Drop {
                table,
                index,
                why: reason(index, other),
                instead: Some(&other.name),
            });
        }
    }
    drops
}

fn reason(index: &Index, other: &Index) -> String {
    if index.keys.len() == other.keys.len() {
        format!("{} does the same as {}", index.name, other.name)
    } else {
        format!("{} is the beginning of {}, which serves the same reads", index.name, other.name)
    }
}

/// Whether `other` does all the work of `index` and is the one of the two to stay.
fn stands_in(table: &Table, other: &Index, index: &Index, grammar: &dyn IndexGrammar) -> bool {
    let (wide, narrow) = (definition_of(table, other), definition_of(table, index));
    let equal = makes_needless(&narrow, &wide, grammar) && may_go(other);
    makes_needless(&wide, &narrow, grammar)
        && same_collations(other, index)
        && (!equal || stays(other, index))
}

/// Of two that do the same the one used more stays, then the one named first.
fn stays(other: &Index, index: &Index) -> bool {
    let scans = |index: &Index| index.scans.unwrap_or(0);
    (scans(other), &index.name) > (scans(index), &other.name)
}

/// Keys print their collation only where it is not the column's own.
fn same_collations(a: &Index, b: &Index) -> bool {
    let collated = |index: &Index| index.ddl.contains(" COLLATE ");
    (!collated(a) && !collated(b)) || a.ddl.replace(&a.name, "") == b.ddl.replace(&b.name, "")
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
    let plain =
        |key: &IndexKey| !key.descending && !key.nulls_first && key.operator_class.is_none();
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
        && !index.ddl.contains(" COLLATE ")
        && !new.ddl.contains("_ops")
        && index.keys.iter().zip(&new.columns).all(|(key, column)| {
            plain(key)
                && key.column.as_ref().map_or_else(
                    || grammar.same_expression(&key.text, column),
                    |name| name == column,
                )
        })
}
