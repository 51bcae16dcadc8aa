//! Where a row estimate cannot be judged, and why.

use std::collections::HashMap;

use crate::plan::{Ancestry, Node, NodeId, NodeKind, Relationship};

/// By node. `None` where estimate and count mean the same. Nodes that may have been stopped early are
/// exempt only when they returned *less* than estimated: more is more, however early they stopped.
pub fn exemptions(tree: &Ancestry) -> Vec<Option<&'static str>> {
    let mut bodies = HashMap::new();
    tree.ids().map(|id| exemption(tree, &mut bodies, id)).collect()
}

/// By top of a common table expression's body: why its scans may have ended before its last row.
type Bodies = HashMap<NodeId, Option<&'static str>>;

fn exemption(tree: &Ancestry, bodies: &mut Bodies, id: NodeId) -> Option<&'static str> {
    let node = tree.node(id)?;
    let actual = node.actual?;
    if actual.loops == 0.0 {
        return Some("never executed");
    }
    let incomparable = incomparable(tree, id, node);
    if incomparable.is_some() {
        return incomparable;
    }
    let fewer = node.plan_rows.is_some_and(|planned| actual.rows < planned);
    if fewer { stopped_early(tree, bodies, id, 0) } else { None }
}

fn incomparable(tree: &Ancestry, id: NodeId, node: &Node) -> Option<&'static str> {
    let loops = node.actual.map_or(0.0, |actual| actual.loops);
    match node.kind {
        NodeKind::BitmapAnd | NodeKind::BitmapOr => {
            Some("bitmaps are combined without counting rows")
        }
        NodeKind::Modify => Some("rows changed are not rows returned"),
        NodeKind::Materialize | NodeKind::Memoize if loops > 1.0 => {
            Some("repeated from memory: its rows are counted anew each time")
        }
        _ if rereads_duplicates(tree, id, node) => {
            Some("inner side of a merge join: rows read again for duplicates are counted again")
        }
        _ => None,
    }
}

fn rereads_duplicates(tree: &Ancestry, id: NodeId, node: &Node) -> bool {
    let above = tree.parent(id).and_then(|parent| tree.kind(parent));
    node.relationship == Relationship::Inner && above == Some(NodeKind::MergeJoin)
}

/// Bodies that read bodies that read bodies: further than this nobody nests them.
const MOST_BODIES: usize = 16;

fn stopped_early(
    tree: &Ancestry,
    known: &mut Bodies,
    id: NodeId,
    bodies: usize,
) -> Option<&'static str> {
    for (below, above) in tree.steps_up(id) {
        if tree.node(below)?.defines_cte.is_some() {
            return body_stopped(tree, known, below, bodies);
        }
        let reason = stopped_by(tree, below, above);
        if reason.is_some() || tree.reads_everything(below, above) {
            return reason;
        }
    }
    None
}

/// A body is read as far as its scans go.
fn body_stopped(
    tree: &Ancestry,
    known: &mut Bodies,
    body: NodeId,
    bodies: usize,
) -> Option<&'static str> {
    if let Some(reason) = known.get(&body) {
        return *reason;
    }
    let scans = if bodies < MOST_BODIES { tree.cte_scans(body) } else { &[] };
    let reason = scans.iter().find_map(|scan| stopped_early(tree, known, *scan, bodies + 1));
    known.insert(body, reason);
    reason
}

fn stopped_by(tree: &Ancestry, below: NodeId, above: NodeId) -> Option<&'static str> {
    let (input, node) = (tree.node(below)?, tree.node(above)?);
    if matches!(input.relationship, Relationship::SubPlan | Relationship::InitPlan) {
        return Some("a subquery may stop at its first row");
    }
    let join = node.join_type.as_deref().unwrap_or_default();
    match node.kind {
        NodeKind::Limit => Some("a LIMIT above may have stopped it early"),
        NodeKind::MergeJoin => Some("a merge join stops reading when the other side ends"),
        NodeKind::NestedLoop if input.relationship == Relationship::Inner => {
            matches!(join, "Semi" | "Anti")
                .then_some("a semi or anti join stops at the first match")
        }
        NodeKind::HashJoin if input.relationship == Relationship::Outer => {
            empty_build_side(tree, above).then_some("the other side of the join was empty")
        }
        _ => None,
    }
}

fn empty_build_side(tree: &Ancestry, join: NodeId) -> bool {
    tree.children(join).iter().filter_map(|child| tree.node(*child)).any(|child| {
        let nothing = child.actual.is_none_or(|a| a.rows == 0.0 && a.rows_rounding == 0.0);
        child.relationship == Relationship::Inner && nothing
    })
}
