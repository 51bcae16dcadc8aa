//! Expressions that queries look for values of, and that no statistics tell of: on a throwaway copy the planner is let know
//! them before it is asked anything.
//!
//! Statistics come with an index on the expression, so whoever asks about the index first is told a guess (one in 200
//! rows, one in three): a quarter of a table looks rare, and a rare range common.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::{DbError, IndexKey, KeySubject, Table};

use super::access::{Access, Grammar};
use super::selection::Search;

/// Each takes a sample of its table's rows.
const MOST_OF_A_TABLE: usize = 12;

pub async fn know<'s, 'a: 's>(
    accesses: impl Iterator<Item = &'s Access<'a>>,
    search: &mut Search<'_>,
    grammar: Grammar<'_>,
) -> Result<(), DbError> {
    let mut wanted: BTreeMap<(&str, &str), (&Table, BTreeSet<String>)> = BTreeMap::new();
    for access in accesses {
        let table = access.table;
        let untold = sought(access, grammar).filter(|text| !is_told(table, text, grammar));
        let known = wanted
            .entry((table.schema.as_str(), table.name.as_str()))
            .or_insert_with(|| (table, BTreeSet::new()));
        known.1.extend(untold.map(str::to_owned));
    }
    for (table, texts) in wanted.into_values() {
        let texts: Vec<String> = texts.into_iter().take(MOST_OF_A_TABLE).collect();
        if !texts.is_empty() {
            search.know_values(table, &texts).await?;
        }
    }
    Ok(())
}

/// Expressions that an ordered index would find rows by.
fn sought<'s>(access: &'s Access<'_>, grammar: Grammar<'_>) -> impl Iterator<Item = &'s str> {
    let ordered = grammar.indexes.ordered_method();
    let arms = access.alternatives.iter().flatten().flatten();
    let all = access.restrictions.iter().chain(arms);
    all.filter_map(move |restriction| match &restriction.subject {
        KeySubject::Expression(text) if restriction.ordered_role(ordered).is_some() => {
            Some(text.as_str())
        }
        _ => None,
    })
}

/// An index on it is there, and the server keeps statistics of what its indexes hold.
fn is_told(table: &Table, text: &str, grammar: Grammar<'_>) -> bool {
    let same =
        |key: &IndexKey| key.column.is_none() && grammar.indexes.same_expression(&key.text, text);
    table.indexes.iter().any(|index| index.keys.iter().any(same))
}
