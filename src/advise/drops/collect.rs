//! All drops, each index at most once, the surest reason first.

use crate::advise::{Advice, DropAdvice, Outcome};
use crate::engine::{Index, IndexGrammar, Table};
use crate::run::Run;

use super::{needless, unused};

/// An index that may go, and why.
pub struct Drop<'a> {
    pub table: &'a Table,
    pub index: &'a Index,
    pub why: String,
    /// The index that stands in for it; that one must stay.
    pub instead: Option<&'a str>,
}

pub fn collect(run: &Run, grammar: &dyn IndexGrammar, advice: &mut Advice) {
    let tables: Vec<&Table> =
        run.catalog.tables.iter().filter(|table| !is_partition(table, run)).collect();
    let mut drops: Vec<Drop<'_>> = Vec::new();
    for table in &tables {
        drops.extend(needless::invalid(table));
        drops.extend(needless::covered(table, grammar));
        drops.extend(needless::covered_by_new(table, &advice.indexes, grammar));
    }
    let standing: Vec<&str> = drops.iter().filter_map(|drop| drop.instead).collect();
    let unused = unused::unused(run, &tables, &advice.indexes, &standing);
    drops.extend(unused);
    for drop in drops {
        let known = advice
            .drops
            .iter()
            .any(|other| other.index == drop.index.name && other.schema == drop.table.schema);
        if !known {
            advice.drops.push(written(&drop, grammar));
        }
    }
}

/// An index that no constraint and no replication needs.
pub fn may_go(index: &Index) -> bool {
    !index.unique && !index.primary && !index.constraint
}

/// Indexes of partitions go with those of the whole; the catalog does not say which table is a
/// partition of which, so one that has the same columns as a partitioned table is left alone.
fn is_partition(table: &Table, run: &Run) -> bool {
    let names = |table: &Table| -> Vec<String> {
        table.columns.iter().map(|column| column.name.clone()).collect()
    };
    run.catalog
        .tables
        .iter()
        .any(|other| other.kind == "partitioned table" && names(other) == names(table))
}

fn written(drop: &Drop<'_>, grammar: &dyn IndexGrammar) -> DropAdvice {
    let (table, index) = (drop.table, drop.index);
    DropAdvice {
        index: index.name.clone(),
        schema: table.schema.clone(),
        table: table.name.clone(),
        ddl: grammar.drop(&table.schema, &table.name, &index.name),
        undo: index.ddl.clone(),
        size_bytes: index.bytes,
        why: drop.why.clone(),
        outcome: Outcome::Proposed,
    }
}
