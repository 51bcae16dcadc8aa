//! Where a node stands in its plan.

use crate::plan::{Node, NodeKind, Relationship};

/// Runs once for every row of something else, with nothing in between that would keep its result.
pub fn is_reexecuted(node: &Node, ancestors: &[&Node]) -> bool {
    let mut below = node;
    for parent in ancestors.iter().rev() {
        if below.relationship == Relationship::SubPlan {
            return true;
        }
        if below.relationship == Relationship::InitPlan || keeps_result(below.kind) {
            return false;
        }
        if parent.kind == NodeKind::NestedLoop && below.relationship == Relationship::Inner {
            return true;
        }
        below = parent;
    }
    false
}

/// Operators that hold their input, so that it is not read again on a rescan.
fn keeps_result(kind: NodeKind) -> bool {
    matches!(
        kind,
        NodeKind::Materialize
            | NodeKind::Memoize
            | NodeKind::Hash
            | NodeKind::Sort
            | NodeKind::CteScan
    )
}

/// The LIMIT that can stop this node early: rows flow up to it one by one.
pub fn limit_above<'a>(ancestors: &[&'a Node]) -> Option<&'a Node> {
    for parent in ancestors.iter().rev() {
        match parent.kind {
            NodeKind::Limit => return Some(parent),
            NodeKind::NestedLoop
            | NodeKind::Gather
            | NodeKind::Append
            | NodeKind::SubqueryScan
            | NodeKind::Result
            | NodeKind::LockRows
            | NodeKind::Filter => {}
            _ => return None,
        }
    }
    None
}

/// The scan of the one base table from which `node` gets its rows, itself included.
pub fn reads_base_table(node: &Node) -> Option<&Node> {
    let mut current = node;
    loop {
        if is_table_access(current.kind) && current.relation.is_some() {
            return Some(current);
        }
        let mut inputs = current.children.iter().filter(|child| is_stream(child));
        let (Some(only), None) = (inputs.next(), inputs.next()) else { return None };
        if !passes_rows(current.kind) {
            return None;
        }
        current = only;
    }
}

pub fn is_table_access(kind: NodeKind) -> bool {
    matches!(
        kind,
        NodeKind::SeqScan
            | NodeKind::IndexScan
            | NodeKind::IndexOnlyScan
            | NodeKind::BitmapHeapScan
            | NodeKind::RowLookup
    )
}

fn is_stream(node: &Node) -> bool {
    !matches!(node.relationship, Relationship::InitPlan | Relationship::SubPlan)
}

/// Operators whose rows are rows of their input, whatever the order.
fn passes_rows(kind: NodeKind) -> bool {
    matches!(
        kind,
        NodeKind::Sort
            | NodeKind::IncrementalSort
            | NodeKind::Limit
            | NodeKind::Gather
            | NodeKind::Filter
            | NodeKind::SubqueryScan
            | NodeKind::Result
            | NodeKind::Materialize
    )
}

pub fn inner_of(join: &Node) -> Option<&Node> {
    join.children.iter().find(|child| child.relationship == Relationship::Inner)
}

pub fn spilled(node: &Node) -> bool {
    let sort = node.sort.as_ref().is_some_and(|sort| sort.on_disk);
    let hash = node.hash.as_ref().and_then(|hash| hash.batches).is_some_and(|n| n > 1);
    sort || hash || aggregate_spilled(node)
}

pub fn aggregate_spilled(node: &Node) -> bool {
    let aggregate = node.aggregate.as_ref();
    let disk = aggregate.and_then(|a| a.disk_kb).is_some_and(|kb| kb > 0);
    disk || aggregate.and_then(|a| a.batches).is_some_and(|n| n > 1)
}
