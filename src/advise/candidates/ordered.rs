//! Indexes that keep their keys in order: equality columns first, then one range or the wanted order.

use crate::advise::access::{Access, OrderKey, Restriction, State};
use crate::engine::{KeyDefinition, KeyRole, KeySubject};

use super::popularity::Popularity;

/// Key lists worth asking the planner about; `without` is served by a partial condition already.
pub fn key_lists(
    access: &Access<'_>,
    without: Option<&State>,
    method: &str,
    popularity: &Popularity,
) -> Vec<Vec<KeyDefinition>> {
    let served: Vec<&Restriction> = access
        .restrictions
        .iter()
        .filter(|r| without.is_none_or(|state| !is_met_by(r, state)))
        .collect();
    let mut lists = Vec::new();
    for prefix in prefixes(access, &served, method, popularity) {
        let keys: Vec<KeyDefinition> = prefix.iter().map(|key| key_for(key, &served)).collect();
        for tail in tails(access, &served, &prefix, method) {
            let list: Vec<KeyDefinition> = keys.iter().cloned().chain(tail).collect();
            if !list.is_empty() && !lists.contains(&list) {
                lists.push(list);
            }
        }
    }
    lists
}

/// Every row in `state` meets the restriction, or a key on its column would hold that state's values only.
fn is_met_by(restriction: &Restriction, state: &State) -> bool {
    let same = |subject: &KeySubject| match subject {
        KeySubject::Column(name) => state.columns.contains(name),
        KeySubject::Expression(_) => false,
    };
    state.texts.contains(&restriction.predicate.text)
        || restriction.condition.is_some() && same(&restriction.subject)
}

/// Leading keys: none, each equality alone, pairs, all of them, with and without join keys.
fn prefixes(
    access: &Access<'_>,
    served: &[&Restriction],
    method: &str,
    popularity: &Popularity,
) -> Vec<Vec<KeySubject>> {
    let pinned = |several: bool| -> Vec<KeySubject> {
        subjects(served, |r| {
            r.ordered_role(method) == Some(KeyRole::Equality) && r.several == several
        })
    };
    let (single, several) = (pinned(false), pinned(true));
    let all: Vec<KeySubject> = single.iter().chain(&several).cloned().collect();
    let mut sets: Vec<Vec<KeySubject>> = vec![vec![], single.clone(), all.clone()];
    sets.extend(all.iter().map(|key| vec![key.clone()]));
    sets.extend(pairs(&all));
    for join in &access.joins {
        sets.push(join.clone());
        sets.push(joined(join, &single));
        sets.push(joined(join, &all));
    }
    for set in &mut sets {
        popularity.sort(access.table, set);
        // Values of a list come out unordered, so they stand behind the single ones.
        set.sort_by_key(|key| several.contains(key));
    }
    deduplicated(sets)
}

fn subjects(served: &[&Restriction], wanted: impl Fn(&Restriction) -> bool) -> Vec<KeySubject> {
    let mut found: Vec<KeySubject> = Vec::new();
    for restriction in served.iter().filter(|restriction| wanted(restriction)) {
        if !found.contains(&restriction.subject) {
            found.push(restriction.subject.clone());
        }
    }
    found
}

fn pairs(keys: &[KeySubject]) -> Vec<Vec<KeySubject>> {
    let mut pairs = Vec::new();
    for (at, first) in keys.iter().enumerate() {
        pairs.extend(keys.iter().skip(at + 1).map(|second| vec![first.clone(), second.clone()]));
    }
    pairs
}

fn joined(join: &[KeySubject], more: &[KeySubject]) -> Vec<KeySubject> {
    let mut keys = join.to_vec();
    keys.extend(more.iter().filter(|key| !join.contains(key)).cloned());
    keys
}

fn deduplicated(sets: Vec<Vec<KeySubject>>) -> Vec<Vec<KeySubject>> {
    let mut kept: Vec<Vec<KeySubject>> = Vec::new();
    for set in sets {
        if !kept.contains(&set) {
            kept.push(set);
        }
    }
    kept
}

/// What may follow the leading keys: nothing, one range, or a wanted order.
fn tails(
    access: &Access<'_>,
    served: &[&Restriction],
    prefix: &[KeySubject],
    method: &str,
) -> Vec<Vec<KeyDefinition>> {
    let mut tails = vec![vec![]];
    let ranges = subjects(served, |r| r.ordered_role(method) == Some(KeyRole::Range));
    tails.extend(
        ranges.iter().filter(|key| !prefix.contains(key)).map(|key| vec![key_for(key, served)]),
    );
    // Entries found by a list of values come out in no order but that of the list's own column.
    let listed = |order: &Vec<OrderKey>| {
        let in_order = |key: &&KeySubject| order.iter().any(|wanted| &wanted.subject == *key);
        let mut several = served.iter().filter(|r| r.several).map(|r| &r.subject);
        several.any(|key| prefix.contains(key) && !in_order(&key))
    };
    let orders = access.orders.iter().filter(|order| !listed(order));
    let orders = orders.map(|order| order_tail(order, prefix));
    tails.extend(orders.filter(|tail| !tail.is_empty()));
    // A range on the key after the order's is checked in the index, before the row is fetched.
    let ordered_ranges: Vec<Vec<KeyDefinition>> = tails
        .iter()
        .filter(|tail| tail.len() == 1)
        .flat_map(|tail| ranges.iter().map(move |range| (tail, range)))
        .filter(|(tail, range)| {
            !prefix.contains(range) && tail.iter().all(|k| &k.subject != *range)
        })
        .map(|(tail, range)| tail.iter().cloned().chain([key_for(range, served)]).collect())
        .collect();
    tails.extend(ordered_ranges);
    tails
}

/// The order's keys in their directions; those pinned by the leading keys have only one value.
fn order_tail(order: &[OrderKey], prefix: &[KeySubject]) -> Vec<KeyDefinition> {
    order
        .iter()
        .filter(|key| !prefix.contains(&key.subject))
        .map(|key| KeyDefinition {
            subject: key.subject.clone(),
            descending: key.descending,
            nulls_first: key.nulls_first,
            operator_class: None,
        })
        .collect()
}

/// A key with the operator class that its restriction needs (patterns have their own).
fn key_for(subject: &KeySubject, served: &[&Restriction]) -> KeyDefinition {
    let class = served
        .iter()
        .filter(|restriction| &restriction.subject == subject)
        .flat_map(|restriction| &restriction.services)
        .filter(|service| service.role != KeyRole::Whole)
        .find_map(|service| service.operator_class.clone());
    KeyDefinition { operator_class: class, ..KeyDefinition::ascending(subject.clone()) }
}
