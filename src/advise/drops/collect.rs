//! All drops, each index at most once, the surest reason first.

use crate::advise::access::Grammar;
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

/// Indexes of partitions go with those of the whole.
pub fn collect(run: &Run, grammar: Grammar<'_>, advice: &mut Advice) {
    let (serving, grammar) = (&grammar.serving(), grammar.indexes);
    let tables: Vec<&Table> =
        run.catalog.tables.iter().filter(|table| table.partition_of.is_none()).collect();
    let mut drops: Vec<Drop<'_>> = Vec::new();
    for table in &tables {
        drops.extend(needless::invalid(table));
        drops.extend(needless::covered(table, serving));
        drops.extend(needless::covered_by_new(table, &advice.indexes, grammar));
    }
    let standing: Vec<&str> = drops.iter().filter_map(|drop| drop.instead).collect();
    let unused = unused::unused(run, &tables, &advice.indexes, &standing, serving);
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

/// An index of a partitioned table goes with its parts, which no engine does beside running traffic.
fn written(drop: &Drop<'_>, grammar: &dyn IndexGrammar) -> DropAdvice {
    let (table, index) = (drop.table, drop.index);
    DropAdvice {
        index: index.name.clone(),
        schema: table.schema.clone(),
        table: table.name.clone(),
        ddl: match table.is_partitioned() {
            true => grammar.drop_with_parts(&table.schema, &index.name, &[]),
            false => grammar.drop(&table.schema, &table.name, &index.name),
        },
        undo: grammar.create_again(&index.ddl, table.is_partitioned()),
        size_bytes: index.bytes,
        why: drop.why.clone(),
        outcome: Outcome::Proposed,
        parts: Vec::new(),
    }
}
