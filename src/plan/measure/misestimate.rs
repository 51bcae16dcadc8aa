//! How far a row estimate was off, and where that began.

use super::Misestimate;
use super::consumer::stream_children;
use crate::plan::{Ancestry, Node, NodeId};
use crate::stats::Interval;

/// From this ratio on an estimate is off; the cause is sought below while inputs are off by a third of it.
const OFF: f64 = 10.0;

/// `None` without an estimate or without an execution. See `exemption` for where it means nothing.
pub fn misestimate(tree: &Ancestry, id: NodeId) -> Option<Misestimate> {
    let node = tree.node(id)?;
    let estimated = node.plan_rows.filter(|rows| rows.is_finite())?.max(0.0);
    let rows = rows_per_loop(tree, id, node)?;
    let (a, b) = (ratio(estimated, rows.low), ratio(estimated, rows.high));
    let low = if rows.contains(estimated) { 1.0 } else { a.min(b) };
    Some(Misestimate { ratio: Interval { low, high: a.max(b) }, under: rows.mid() > estimated })
}

/// max / max(1, min): an estimate of one row stands for none.
fn ratio(estimated: f64, actual: f64) -> f64 {
    (estimated.max(actual) / estimated.min(actual).max(1.0)).max(1.0)
}

/// Estimates below a gather are per process; the leader may have taken a full part or none.
fn rows_per_loop(tree: &Ancestry, id: NodeId, node: &Node) -> Option<Interval> {
    let actual = node.actual.filter(|actual| actual.loops > 0.0)?;
    let low = (actual.rows - actual.rows_rounding).max(0.0);
    let high = actual.rows + actual.rows_rounding;
    let partial = actual.loops > 1.0 && tree.gather_above(id).is_some();
    let without_leader = if partial { actual.loops / (actual.loops - 1.0) } else { 1.0 };
    Some(Interval { low, high: high * without_leader })
}

/// By node: the node below that began its misestimate; `None` where it is right or began it itself.
pub fn origins(tree: &Ancestry, judged: &[Option<Misestimate>]) -> Vec<Option<NodeId>> {
    let mut known = vec![None; tree.len()];
    let mut origins = vec![None; tree.len()];
    for id in tree.ids().rev() {
        if ratio_of(judged, id) < OFF {
            continue;
        }
        origins[id.0] = Some(origin(tree, judged, &mut known, id)).filter(|origin| *origin != id);
    }
    origins
}

/// Down to the input that began it, along the worst at each step: while an input is off in the same
/// direction by a third of the threshold, and the inputs together explain the error but for a factor of
/// the threshold. Where a node adds more than that, it is the origin, however wrong its inputs were. What
/// was found on the way is kept in `known`: many nodes may stand above one origin.
fn origin(
    tree: &Ancestry,
    judged: &[Option<Misestimate>],
    known: &mut [Option<NodeId>],
    id: NodeId,
) -> NodeId {
    let mut path = vec![id];
    let mut at = id;
    while path.len() <= tree.len() {
        if let Some(found) = known.get(at.0).copied().flatten() {
            at = found;
            break;
        }
        let way = direction_of(judged, at);
        let inputs: Vec<NodeId> = stream_children(tree, at)
            .chain(tree.cte_body(at))
            .filter(|input| direction_of(judged, *input) == way)
            .collect();
        let explained: f64 = inputs.iter().map(|input| ratio_of(judged, *input)).product();
        let worst =
            inputs.into_iter().max_by(|a, b| ratio_of(judged, *a).total_cmp(&ratio_of(judged, *b)));
        let inherits = ratio_of(judged, at) < explained * OFF;
        match worst.filter(|worst| inherits && ratio_of(judged, *worst) >= OFF / 3.0) {
            Some(next) => at = next,
            None => break,
        }
        path.push(at);
    }
    for passed in path {
        known[passed.0] = Some(at);
    }
    at
}

/// Fewer rows were expected than came.
fn direction_of(judged: &[Option<Misestimate>], id: NodeId) -> Option<bool> {
    judged.get(id.0).copied().flatten().map(|misestimate| misestimate.under)
}

fn ratio_of(judged: &[Option<Misestimate>], id: NodeId) -> f64 {
    judged.get(id.0).copied().flatten().map_or(1.0, |misestimate| misestimate.ratio.low)
}
