//! What a plan makes of the indexes that are there: orders it has without sorting, rows it fetches only to throw
//! them away.

use std::collections::BTreeSet;

use crate::engine::{Index, IndexKey, KeySubject, Table};
use crate::plan::{Node, NodeKind};

use super::needed::mentions_unqualified;
use super::order::{passes_order, readable_backwards};
use super::types::{Grammar, OrderKey};

/// Orders in which an existing index hands the rows over although a filter throws some of them away: nothing is sorted,
/// so the plan does not say how much of the index's order is wanted, and each beginning of it may be.
pub fn orders(node: &Node, path: &[&Node], table: &Table) -> Vec<Vec<OrderKey>> {
    let limited = path.iter().rev().take_while(|above| passes_order(above));
    let limited = limited.into_iter().any(|above| above.kind == NodeKind::Limit);
    let walked = node.filter.is_some() && limited && is_index_scan(node);
    let Some(index) = used(node, table).filter(|_| walked) else { return Vec::new() };
    let keys: Vec<OrderKey> = index.keys.iter().map(order_key).collect();
    (1..=keys.len().min(MOST_KEYS))
        .map(|length| readable_backwards(keys[..length].to_vec()))
        .collect()
}

/// More keys than this are seldom sorted by.
const MOST_KEYS: usize = 3;

/// Columns that the filter of an index scan looks at: each row is fetched for it.
pub fn filtered(node: &Node, table: &Table, grammar: Grammar<'_>) -> BTreeSet<String> {
    let filter = node.filter.as_deref().filter(|_| node.kind == NodeKind::IndexScan);
    let Some(filter) = filter else { return BTreeSet::new() };
    let names = table.columns.iter().map(|column| column.name.clone());
    let quoted = |name: &String| grammar.dialect.quote_identifier(name);
    names.filter(|name| mentions_unqualified(filter, &quoted(name))).collect()
}

fn is_index_scan(node: &Node) -> bool {
    matches!(node.kind, NodeKind::IndexScan | NodeKind::IndexOnlyScan)
}

fn used<'a>(node: &Node, table: &'a Table) -> Option<&'a Index> {
    let name = node.index.as_deref()?;
    table.indexes.iter().find(|index| index.name == name)
}

fn order_key(key: &IndexKey) -> OrderKey {
    let subject = match &key.column {
        Some(column) => KeySubject::Column(column.clone()),
        None => KeySubject::Expression(key.text.clone()),
    };
    OrderKey { subject, descending: key.descending, nulls_first: key.nulls_first }
}
