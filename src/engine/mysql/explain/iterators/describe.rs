//! What an operation does, from its text.

use super::access;
use crate::plan::{Aggregation, Node, NodeKind, Sorting};

/// A node with everything that the text says, and no figures.
pub fn describe(operation: &str) -> Node {
    let node = access::describe(operation)
        .or_else(|| join(operation))
        .or_else(|| sort(operation))
        .or_else(|| grouping(operation))
        .or_else(|| change(operation))
        .or_else(|| result(operation));
    node.unwrap_or_else(|| plain(operation))
}

/// `Inner hash join (a = b), extra conditions: (…)`, `Nested loop left join`, `Batched key access inner join`.
fn join(operation: &str) -> Option<Node> {
    let head = operation.split(" (").next().unwrap_or(operation);
    let lower = head.to_ascii_lowercase();
    let hashed = lower.contains("hash") && (lower.ends_with("join") || lower.contains("semijoin"));
    let looped = lower.starts_with("nested loop") || lower.starts_with("batched key access");
    if !hashed && !looped {
        return None;
    }
    let kind = if hashed { NodeKind::HashJoin } else { NodeKind::NestedLoop };
    let mut node = Node::new(kind, head);
    let types = [("anti", "Anti"), ("semi", "Semi"), ("left", "Left"), ("inner", "Inner")];
    node.join_type =
        types.iter().find(|(word, _)| lower.contains(word)).map(|(_, name)| (*name).to_owned());
    if hashed {
        let rest = operation.get(head.len()..).unwrap_or_default();
        let (keys, extra) = rest.split_once(", extra conditions: ").unwrap_or((rest, ""));
        node.join_cond = Some(keys.trim())
            .filter(|k| !k.is_empty() && *k != "(no condition)")
            .map(str::to_owned);
        node.join_filter = Some(extra.trim()).filter(|e| !e.is_empty()).map(str::to_owned);
    }
    Some(node)
}

/// `Sort: a DESC, b, limit input to 5 row(s) per chunk`, `Sort row IDs: …`, `Sort with duplicate removal: …`.
fn sort(operation: &str) -> Option<Node> {
    let rest = operation.strip_prefix("Sort")?;
    let (label, keys) = rest.split_once(':').unwrap_or((rest, ""));
    let limited = keys.split_once(", limit input to ");
    let keys = limited.map_or(keys, |(keys, _)| keys);
    let mut node = Node::new(NodeKind::Sort, format!("Sort{label}"));
    node.sort = Some(Box::new(Sorting {
        keys: crate::engine::mysql::explain::sort_keys(keys),
        method: Some(if limited.is_some() { "priority queue" } else { "filesort" }.to_owned()),
        ..Sorting::default()
    }));
    Some(node)
}

fn grouping(operation: &str) -> Option<Node> {
    let (head, _) = operation.split_once(": ").unwrap_or((operation, ""));
    let (kind, strategy) = match head {
        "Aggregate" => (NodeKind::Aggregate, "Plain"),
        "Aggregate using temporary table" => (NodeKind::Aggregate, "Hashed"),
        _ if head.starts_with("Group aggregate") => (NodeKind::Aggregate, "Sorted"),
        _ if head.starts_with("Group (no aggregates)") => (NodeKind::Group, "Sorted"),
        _ if head.starts_with("Window") => return Some(Node::new(NodeKind::Window, head)),
        _ => return counted(operation),
    };
    let mut node = Node::new(kind, head);
    let strategy = Some(strategy.to_owned());
    node.aggregate = Some(Box::new(Aggregation { strategy, ..Aggregation::default() }));
    Some(node)
}

/// `Count rows in rental`: the storage engine counts, row by row, but hands none out.
fn counted(operation: &str) -> Option<Node> {
    let relation = operation.strip_prefix("Count rows in ")?;
    let mut node = Node::new(NodeKind::Aggregate, "Count rows");
    node.relation = Some(relation.to_owned());
    node.alias = Some(relation.to_owned());
    Some(node)
}

/// `Update t (immediate)`, `Delete from t (buffered)`, `Insert into t`, `Replace into t`.
fn change(operation: &str) -> Option<Node> {
    let verbs = [
        ("Update ", "UPDATE"),
        ("Delete from ", "DELETE"),
        ("Insert into ", "INSERT"),
        ("Replace into ", "REPLACE"),
    ];
    let (rest, verb) =
        verbs.iter().find_map(|(opening, verb)| Some((operation.strip_prefix(opening)?, *verb)))?;
    let mut node = Node::new(NodeKind::Modify, verb.to_lowercase());
    node.operation = Some(verb.to_owned());
    let table = rest.split(" (").next().unwrap_or(rest).split(", ").next().unwrap_or(rest);
    node.relation = Some(table.to_owned());
    node.alias = Some(table.to_owned());
    Some(node)
}

/// What stands in place of tables.
fn result(operation: &str) -> Option<Node> {
    if let Some(table) = operation.strip_prefix("Constant row from ") {
        let mut node = Node::new(NodeKind::RowLookup, "Constant row");
        node.relation = Some(table.to_owned());
        node.alias = Some(table.to_owned());
        return Some(node);
    }
    for head in ["Zero input rows", "Zero rows"] {
        if let Some(rest) = operation.strip_prefix(head) {
            let mut node = Node::new(NodeKind::Result, head);
            node.one_time_filter = access::inside_brackets(rest).map(str::to_owned);
            return Some(node);
        }
    }
    None
}

/// Operations that a prefix tells; anything else is kept under its own words.
fn plain(operation: &str) -> Node {
    const KINDS: [(&str, NodeKind); 24] = [
        ("Limit", NodeKind::Limit),
        ("Filter", NodeKind::Filter),
        ("Materialize recursive", NodeKind::Recursive),
        ("Materialize table function", NodeKind::FunctionScan),
        ("Materialize", NodeKind::Materialize),
        ("Union materialize", NodeKind::Append),
        ("Intersect materialize", NodeKind::SetOperation),
        ("Intersect all materialize", NodeKind::SetOperation),
        ("Except materialize", NodeKind::SetOperation),
        ("Except all materialize", NodeKind::SetOperation),
        ("Temporary table with deduplication", NodeKind::Unique),
        ("Temporary table", NodeKind::Materialize),
        ("Remove duplicate", NodeKind::Unique),
        ("Append", NodeKind::Append),
        ("Deduplicate rows", NodeKind::BitmapOr),
        ("Sort-deduplicate", NodeKind::BitmapOr),
        ("Intersect rows", NodeKind::BitmapAnd),
        ("Stream results", NodeKind::Result),
        ("Rows fetched before execution", NodeKind::Result),
        ("Fetched before", NodeKind::Result),
        ("Weedout", NodeKind::Unique),
        ("Cached", NodeKind::Memoize),
        ("Table function", NodeKind::FunctionScan),
        ("Invalidate materialized", NodeKind::Result),
    ];
    let kind = KINDS.iter().find(|(opening, _)| operation.starts_with(opening));
    let label = operation.split_once(": ").map_or(operation, |(head, _)| head);
    let mut node = Node::new(kind.map_or(NodeKind::Other, |(_, kind)| *kind), label);
    if node.kind == NodeKind::Filter {
        node.filter = operation.strip_prefix("Filter: ").map(str::to_owned);
    }
    node
}
