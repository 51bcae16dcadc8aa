//! Candidates that only pay when space is there to be spent: every column a query reads carried
//! along, join keys beside each other, and one index for what several queries want carried.

use std::collections::{BTreeMap, BTreeSet};

use crate::advise::access::Access;
use crate::advise::thresholds::Thresholds;
use crate::engine::{IndexDefinition, KeyDefinition, KeySubject, Table};

use super::generate::{CandidateGenerator, worth_looking};

/// Carrying more columns than this makes a second table, not an index.
const MOST_CARRIED: usize = 8;
/// Indexes with the same keys that are merged pairwise.
const MOST_MERGED: usize = 12;

impl CandidateGenerator<'_> {
    /// Beside [`CandidateGenerator::candidates`]: single keys, pairs of keys, the rows alone that meet the conditions between
    /// their columns, and each index of this access with all the columns that its query reads.
    pub fn wide_candidates(
        &self,
        access: &Access<'_>,
        narrow: &[IndexDefinition],
    ) -> Vec<IndexDefinition> {
        if !worth_looking(access.table, self.thresholds) {
            return Vec::new();
        }
        let compared = self.compared(access);
        let method = self.grammar.ordered_method();
        let plain = |keys: Vec<KeyDefinition>| IndexDefinition {
            schema: access.table.schema.clone(),
            table: access.table.name.clone(),
            method: method.to_owned(),
            keys,
            include: Vec::new(),
            predicate: None,
        };
        let mut found: Vec<IndexDefinition> =
            key_sets(access, method, self.thresholds).into_iter().map(plain).collect();
        // Behind two keys a third thing to carry adds more candidates than it is worth.
        let single = found.iter().filter(|index| index.keys.len() == 1);
        let carrying: Vec<IndexDefinition> = single
            .chain(narrow)
            .chain(&compared)
            .filter(|index| index.method == method)
            .filter_map(|index| carrying(index, access, self.thresholds))
            .collect();
        found.extend(carrying);
        found.extend(compared);
        let fitted = found.into_iter().filter_map(|index| self.grammar.fitted(index, access.table));
        fitted.collect()
    }
}

/// Every key of the access alone, and the join keys followed by one other key.
fn key_sets(access: &Access<'_>, method: &str, thresholds: &Thresholds) -> Vec<Vec<KeyDefinition>> {
    let joins: BTreeSet<&KeySubject> = access.joins.iter().flatten().collect();
    let restricted = access.restrictions.iter().filter(|r| r.ordered_role(method).is_some());
    let plain = restricted
        .filter(|r| r.services.iter().any(|s| s.method == method && s.operator_class.is_none()));
    let singles: BTreeSet<&KeySubject> =
        joins.iter().copied().chain(plain.map(|r| &r.subject)).collect();
    let singles: Vec<&KeySubject> =
        singles.into_iter().filter(|key| is_narrow(access.table, key, thresholds)).collect();
    let ascending = |subject: &&KeySubject| KeyDefinition::ascending((*subject).clone());
    let mut sets: Vec<Vec<KeyDefinition>> =
        singles.iter().map(|key| vec![ascending(key)]).collect();
    for first in singles.iter().filter(|key| joins.contains(**key)) {
        let others = singles.iter().filter(|second| second != &first);
        sets.extend(others.map(|second| vec![ascending(first), ascending(second)]));
    }
    for second in singles.iter().filter(|key| joins.contains(**key)) {
        let others = singles.iter().filter(|first| first != &second && !joins.contains(**first));
        sets.extend(others.map(|first| vec![ascending(first), ascending(second)]));
    }
    sets
}

fn is_narrow(table: &Table, key: &KeySubject, thresholds: &Thresholds) -> bool {
    match key {
        KeySubject::Column(name) => table
            .column(name)
            .is_some_and(|c| c.average_width.is_none_or(|width| width <= thresholds.widest_key)),
        KeySubject::Expression(_) => true,
    }
}

/// `index` with every other column that the access reads.
fn carrying(
    index: &IndexDefinition,
    access: &Access<'_>,
    thresholds: &Thresholds,
) -> Option<IndexDefinition> {
    if index.keys.iter().any(|key| matches!(key.subject, KeySubject::Expression(_))) {
        return None;
    }
    let keyed = |name: &String| {
        index.keys.iter().any(|key| key.subject == KeySubject::Column(name.clone()))
    };
    let needed = access.needed_of(index.predicate.as_deref())?;
    let include: Vec<String> = needed.iter().filter(|name| !keyed(name)).cloned().collect();
    let widths = include.iter().map(|name| access.table.column(name)?.average_width);
    let narrow = widths.sum::<Option<f64>>()? <= thresholds.widest_key;
    let enough = (1..=MOST_CARRIED).contains(&include.len());
    (enough && narrow).then(|| IndexDefinition { include, ..index.clone() })
}

/// Indexes with the same single key that carry different columns, merged two by two.
pub fn merged(candidates: &[IndexDefinition]) -> Vec<IndexDefinition> {
    let mut alike: BTreeMap<IndexDefinition, Vec<&IndexDefinition>> = BTreeMap::new();
    let wide = |index: &&IndexDefinition| index.keys.len() == 1 && !index.include.is_empty();
    for index in candidates.iter().filter(wide) {
        let bare = IndexDefinition { include: Vec::new(), ..index.clone() };
        alike.entry(bare).or_default().push(index);
    }
    let mut found = Vec::new();
    for (bare, group) in alike {
        for (at, one) in group.iter().enumerate().take(MOST_MERGED) {
            for other in group.iter().skip(at + 1).take(MOST_MERGED) {
                found.push(union(&bare, [*one, *other]));
            }
        }
    }
    found.retain(|index| index.include.len() <= MOST_CARRIED);
    found
}

fn union<'a>(
    bare: &IndexDefinition,
    parts: impl IntoIterator<Item = &'a IndexDefinition>,
) -> IndexDefinition {
    let include: BTreeSet<&String> = parts.into_iter().flat_map(|index| &index.include).collect();
    IndexDefinition { include: include.into_iter().cloned().collect(), ..bare.clone() }
}
