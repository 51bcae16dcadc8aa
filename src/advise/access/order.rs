//! Orders in which a plan wants a table's rows.

use crate::engine::Table;
use crate::plan::{Node, NodeKind};

use super::restriction::{restriction, subject_of};
use super::types::{Grammar, OrderKey, Restriction};
use crate::sql::{Predicate, PredicateKind};

/// Wanted orders, nearest the scan first. `path` is the scan's ancestors, nearest last; `aliases` are the
/// names the table goes by in them.
pub fn orders(
    path: &[&Node],
    aliases: &[&str],
    table: &Table,
    grammar: Grammar<'_>,
) -> Vec<Vec<OrderKey>> {
    let mut found: Vec<Vec<OrderKey>> = Vec::new();
    for node in path.iter().rev() {
        for alias in aliases {
            let keys = wanted(node).map_while(|text| order_key(text, alias, table, grammar));
            remember(&mut found, keys.collect());
            if let Some(extreme) = extreme(node, alias, table, grammar) {
                remember(&mut found, vec![extreme]);
            }
        }
        if !passes_order(node) {
            break;
        }
    }
    found
}

/// Distances by which the rows are wanted nearest first: an index that knows the distance serves one as
/// it serves a condition.
pub fn distances(
    path: &[&Node],
    aliases: &[&str],
    table: &Table,
    grammar: Grammar<'_>,
) -> Vec<Restriction> {
    let upto = path.iter().rev().position(|node| !passes_order(node)).unwrap_or(path.len());
    let first_keys = path.iter().rev().take(upto + 1).filter_map(|node| wanted(node).next());
    let distances = first_keys.filter_map(|text| distance(text, grammar));
    let bound = distances.flat_map(|predicate| {
        let bind = |alias: &&str| restriction(&predicate, alias, table, false, grammar);
        aliases.iter().find_map(bind)
    });
    bound.collect()
}

/// `location <-> '(50,50)'::point`
fn distance(text: &str, grammar: Grammar<'_>) -> Option<Predicate> {
    let mut predicates = grammar.dialect.predicates(text).into_iter();
    predicates.next().filter(|predicate| predicate.kind == PredicateKind::Distance)
}

fn remember(found: &mut Vec<Vec<OrderKey>>, order: Vec<OrderKey>) {
    let order = readable_backwards(order);
    if !order.is_empty() && !found.contains(&order) {
        found.push(order);
    }
}

fn wanted<'n>(node: &'n Node) -> impl Iterator<Item = &'n str> + 'n {
    let sorted = node.sort.iter().flat_map(|sort| sort.keys.iter());
    let grouped = node.aggregate.iter().flat_map(|aggregate| aggregate.group_keys.iter());
    sorted.chain(grouped).map(String::as_str)
}

/// Whether rows ordered below `node` may still be in that order above it, under some plan.
pub(super) fn passes_order(node: &Node) -> bool {
    matches!(
        node.kind,
        NodeKind::Sort
            | NodeKind::IncrementalSort
            | NodeKind::Limit
            | NodeKind::Gather
            | NodeKind::NestedLoop
            | NodeKind::HashJoin
            | NodeKind::MergeJoin
            | NodeKind::Hash
            | NodeKind::Materialize
            | NodeKind::Memoize
            | NodeKind::Append
            | NodeKind::Unique
            | NodeKind::LockRows
            | NodeKind::Result
            | NodeKind::Window
    )
}

/// `r.rental_date DESC NULLS LAST` → its key, when it belongs to `alias`.
pub(super) fn order_key(
    text: &str,
    alias: &str,
    table: &Table,
    grammar: Grammar<'_>,
) -> Option<OrderKey> {
    let (text, nulls) = without_suffix(text, &[(" NULLS FIRST", true), (" NULLS LAST", false)]);
    let (text, descending) = without_suffix(text, &[(" DESC", true), (" ASC", false)]);
    let descending = descending.unwrap_or(false);
    // An order by an operator of its own is no index's.
    if text.contains(" USING ") || distance(text, grammar).is_some() {
        return None;
    }
    Some(OrderKey {
        subject: key_subject(text, alias, table, grammar)?,
        descending,
        nulls_first: nulls.unwrap_or(descending),
    })
}

/// The dialect takes conditions apart, so the key is dressed as one.
fn key_subject(
    text: &str,
    alias: &str,
    table: &Table,
    grammar: Grammar<'_>,
) -> Option<crate::engine::KeySubject> {
    let predicate =
        grammar.dialect.predicates(&format!("({text} IS NOT NULL)")).into_iter().next()?;
    subject_of(&predicate, alias, table, grammar)
}

fn without_suffix<'t>(text: &'t str, suffixes: &[(&str, bool)]) -> (&'t str, Option<bool>) {
    suffixes
        .iter()
        .find_map(|(suffix, meaning)| Some((text.strip_suffix(suffix)?, Some(*meaning))))
        .unwrap_or((text, None))
}

/// MIN or MAX of one key, which is the first or last entry of an index on it.
fn extreme(node: &Node, alias: &str, table: &Table, grammar: Grammar<'_>) -> Option<OrderKey> {
    let ungrouped = node.kind == NodeKind::Aggregate
        && node.aggregate.as_ref().is_some_and(|aggregate| aggregate.group_keys.is_empty());
    let output = match node.output.as_slice() {
        [output] if ungrouped => output.strip_prefix("PARTIAL ").unwrap_or(output),
        _ => return None,
    };
    let argument =
        ["min(", "max("].iter().find_map(|name| output.strip_prefix(name)?.strip_suffix(')'))?;
    let subject = key_subject(argument, alias, table, grammar)?;
    Some(OrderKey { subject, descending: false, nulls_first: false })
}

/// An index is read in both directions: an order that is descending throughout is stored ascending.
pub(super) fn readable_backwards(order: Vec<OrderKey>) -> Vec<OrderKey> {
    let reversible = order.iter().all(|key| key.descending && key.nulls_first);
    if !reversible {
        return order;
    }
    order.into_iter().map(|key| OrderKey { descending: false, nulls_first: false, ..key }).collect()
}
