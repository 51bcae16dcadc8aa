//! Whether one index does all the work of another.

use crate::engine::{Index, IndexDefinition, KeyDefinition, KeySubject, Table};

use super::context::Serving;
use super::key::definition_of;

/// The existing index that does all that `wanted` would do. One that is invalid or hidden counts where no other does: the
/// right advice is then to build that one again, or to show it.
pub fn covering<'a>(
    table: &'a Table,
    wanted: &IndexDefinition,
    serving: &Serving<'_>,
) -> Option<&'a Index> {
    let does = |index: &&Index| {
        let has = definition_of(table, index, serving.dialect);
        covers(&has, wanted, serving) && holds_as_many(&has, wanted, serving)
    };
    let found = || table.indexes.iter().filter(does);
    found().find(|index| index.is_searched()).or_else(|| found().next())
}

/// Whether `wider` does everything that the existing `narrow` does for reads, orders included.
pub fn makes_needless(
    wider: &IndexDefinition,
    narrow: &IndexDefinition,
    serving: &Serving<'_>,
) -> bool {
    // Of a partial pair only equal conditions are safe: the planner must prove the implication.
    let conditions = match (&wider.predicate, &narrow.predicate) {
        (None, None) => true,
        (Some(wide), Some(narrow)) => same(serving, wide, narrow),
        _ => false,
    };
    // A longer one of another method answers more slowly, unless each of its keys is searched alone.
    let alike = match is_ordered_method(&narrow.method) {
        true => in_one_direction(&wider.keys, &narrow.keys),
        false => wider.method == "gin" || wider.keys.len() == narrow.keys.len(),
    };
    conditions && alike && covers(wider, narrow, serving)
}

/// The index of the table that does the work of `index` and is the one of the two to stay: a duplicate, one
/// that begins like it, or, for a unique one, another that forbids the very same. `None` where a constraint or
/// replication needs `index`, or where it is invalid.
pub fn stand_in<'t>(table: &'t Table, index: &Index, serving: &Serving<'_>) -> Option<&'t Index> {
    if !index.valid || index.primary || index.constraint {
        return None;
    }
    let others =
        || table.indexes.iter().filter(|other| other.is_searched() && other.name != index.name);
    match index.unique {
        true => others().find(|other| forbids_the_same(table, other, index, serving)),
        false => others().find(|other| replaces(table, other, index, serving)),
    }
}

fn replaces(table: &Table, other: &Index, index: &Index, serving: &Serving<'_>) -> bool {
    let (wide, narrow) = both(table, other, index, serving);
    let free = !other.unique && !other.primary && !other.constraint;
    let equal = free && makes_needless(&narrow, &wide, serving);
    makes_needless(&wide, &narrow, serving) && (!equal || stays(other, index))
}

/// Of two free ones the one that `stays` says does.
fn forbids_the_same(table: &Table, other: &Index, index: &Index, serving: &Serving<'_>) -> bool {
    let (wide, narrow) = both(table, other, index, serving);
    let nulls = |index: &Index| index.ddl.contains(" NULLS NOT DISTINCT");
    other.unique
        && wide.keys == narrow.keys
        && makes_needless(&wide, &narrow, serving)
        && nulls(other) == nulls(index)
        && (other.primary
            || other.constraint
            || stays(other, index)
            || !makes_needless(&narrow, &wide, serving))
}

fn both(
    table: &Table,
    other: &Index,
    index: &Index,
    serving: &Serving<'_>,
) -> (IndexDefinition, IndexDefinition) {
    (definition_of(table, other, serving.dialect), definition_of(table, index, serving.dialect))
}

/// Of two that do the same the one used more stays, then the one named first.
fn stays(other: &Index, index: &Index) -> bool {
    let scans = |index: &Index| index.scans.unwrap_or(0);
    (scans(other), &index.name) > (scans(index), &other.name)
}

fn is_ordered_method(method: &str) -> bool {
    method.eq_ignore_ascii_case("btree")
}

fn same(serving: &Serving<'_>, a: &str, b: &str) -> bool {
    a == b || serving.indexes.is_some_and(|indexes| indexes.same_expression(a, b))
}

/// An index of all rows finds the few of a condition too, but reads past all others: what one of those alone is worth is
/// the planner's to say.
fn holds_as_many(has: &IndexDefinition, wants: &IndexDefinition, serving: &Serving<'_>) -> bool {
    match (&has.predicate, &wants.predicate) {
        (None, None) => true,
        (None, Some(_)) | (Some(_), None) => false,
        (Some(has), Some(wants)) => same(serving, has, wants),
    }
}

fn covers(has: &IndexDefinition, wanted: &IndexDefinition, serving: &Serving<'_>) -> bool {
    has.method == wanted.method
        && carries(has, wanted)
        && match is_ordered_method(&wanted.method) {
            true => leads_with(&has.keys, &wanted.keys, serving),
            false => wanted.keys.iter().all(|key| has_key(has, key, serving)),
        }
}

/// `keys` begin with `wanted`, all in the same or all in the opposite direction.
fn leads_with(keys: &[KeyDefinition], wanted: &[KeyDefinition], serving: &Serving<'_>) -> bool {
    let enough = keys.len() >= wanted.len();
    let same = keys.iter().zip(wanted).all(|(has, wants)| same_key(has, wants, serving));
    enough && same && (in_one_direction(keys, wanted) || wanted.len() == 1 && is_plain(&wanted[0]))
}

fn in_one_direction(keys: &[KeyDefinition], wanted: &[KeyDefinition]) -> bool {
    let pairs = || keys.iter().zip(wanted);
    pairs().all(|(has, wants)| {
        has.descending == wants.descending && has.nulls_first == wants.nulls_first
    }) || pairs().all(|(has, wants)| {
        has.descending != wants.descending && has.nulls_first != wants.nulls_first
    })
}

/// A single ascending key is looked up, or read backwards, whatever its direction.
fn is_plain(key: &KeyDefinition) -> bool {
    !key.descending && !key.nulls_first
}

fn same_key(has: &KeyDefinition, wants: &KeyDefinition, serving: &Serving<'_>) -> bool {
    has.operator_class == wants.operator_class
        && match (&has.subject, &wants.subject) {
            (KeySubject::Column(has), KeySubject::Column(wants)) => has == wants,
            (KeySubject::Expression(has), KeySubject::Expression(wants)) => {
                same(serving, has, wants)
            }
            _ => false,
        }
}

fn carries(has: &IndexDefinition, wanted: &IndexDefinition) -> bool {
    wanted.include.iter().all(|column| {
        has.include.contains(column)
            || has.keys.iter().any(|key| key.subject == KeySubject::Column(column.clone()))
    })
}

fn has_key(has: &IndexDefinition, wants: &KeyDefinition, serving: &Serving<'_>) -> bool {
    has.keys.iter().any(|key| same_key(key, wants, serving))
}
