//! All drops, each index at most once, the surest reason first.

use std::collections::BTreeSet;

use crate::advise::access::Grammar;
use crate::advise::{Advice, DropAdvice, Outcome, Rehearsal};
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
    count_outside(run, &mut drops, advice);
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

/// Drops on tables that the workload does not read, of which more are counted and not listed: who asks about one query is
/// not asking about a thousand tables.
const MOST_OUTSIDE: usize = 5;

fn count_outside(run: &Run, drops: &mut Vec<Drop<'_>>, advice: &mut Advice) {
    let records = run.queries.iter().flat_map(|query| &query.plans);
    let read: BTreeSet<&str> = records
        .flat_map(|record| record.plan.walk())
        .filter_map(|(node, _)| node.relation.as_deref())
        .filter_map(|name| run.catalog.table(None, name))
        .map(|table| run.catalog.whole(table).name.as_str())
        .collect();
    let is_outside = |drop: &Drop<'_>| !read.contains(drop.table.name.as_str());
    let outside = drops.iter().filter(|drop| is_outside(drop)).count();
    // A workload that is all there is has no outside: what it does not use is what it wants to know.
    if outside > MOST_OUTSIDE && !run.workload.complete {
        drops.retain(|drop| !is_outside(drop));
        advice.notes.push(format!(
            "{outside} more indexes could go, on tables that this workload does not read; they are not listed. A workload \
             that reads them gets them named."
        ));
    }
}

/// An index that no constraint and no replication needs.
pub fn may_go(index: &Index) -> bool {
    !index.unique && !index.primary && !index.constraint
}

/// An index of a partitioned table goes with its parts, which no engine does beside running traffic.
fn written(drop: &Drop<'_>, grammar: &dyn IndexGrammar) -> DropAdvice {
    let (table, index) = (drop.table, drop.index);
    let locked = grammar.locks_table(table);
    DropAdvice {
        index: index.name.clone(),
        schema: table.schema.clone(),
        table: table.name.clone(),
        ddl: match table.is_partitioned() {
            true => grammar.drop_with_parts(&table.schema, &index.name, &[]),
            false if locked => grammar.drop_now(&table.schema, &table.name, &index.name),
            false => grammar.drop(&table.schema, &table.name, &index.name),
        },
        undo: match locked {
            true => format!("{};", index.ddl.trim_end_matches(';')),
            false => grammar.create_again(&index.ddl, table.is_partitioned()),
        },
        size_bytes: index.bytes,
        why: drop.why.clone(),
        outcome: Outcome::Proposed,
        rehearsal: rehearsal(drop, grammar),
        parts: Vec::new(),
    }
}

fn rehearsal(drop: &Drop<'_>, grammar: &dyn IndexGrammar) -> Option<Rehearsal> {
    let set = |visible| {
        grammar.set_visible(&drop.table.schema, &drop.table.name, &drop.index.name, visible)
    };
    Some(Rehearsal { hide: set(false)?, show: set(true)? })
}
