//! Who pays for work that is done outside the stream of rows: init plans and bodies of common table
//! expressions run when some node first asks for their result, and their time passes inside that node.

use std::cmp::Reverse;

use super::consumer::Consumers;
use super::resources::{buffers_of, each_buffer, touched};
use crate::plan::{Ancestry, Buffers, NodeId, Relationship};
use crate::stats::Interval;

/// A subtree whose time is inside the node charged with it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Charge {
    pub top: NodeId,
    /// Milliseconds.
    pub amount: Interval,
    /// Blocks.
    pub buffers: Buffers,
}

/// By node: what it is charged with. `wall` holds each node's inclusive time.
pub fn charges(tree: &Ancestry, wall: &[Interval]) -> Vec<Vec<Charge>> {
    let mut charges = vec![Vec::new(); tree.len()];
    let mut consumers = Consumers::of(tree, wall);
    let outside = |id: &NodeId| {
        tree.node(*id).is_some_and(|node| node.relationship == Relationship::InitPlan)
    };
    for top in tree.ids().filter(outside) {
        for (payer, charge) in payers(tree, wall, &mut consumers, top) {
            if let Some(list) = charges.get_mut(payer.0) {
                list.push(charge);
            }
        }
    }
    charges
}

fn payers(
    tree: &Ancestry,
    wall: &[Interval],
    consumers: &mut Consumers,
    top: NodeId,
) -> Vec<(NodeId, Charge)> {
    let amount = time_of(wall, top);
    if tree.node(top).is_some_and(|node| node.defines_cte.is_some()) {
        return scans_of(tree, wall, top, amount);
    }
    let charge = Charge { top, amount, buffers: buffers_of(tree, top) };
    consumers.of_value(top).map(|payer| (payer, charge)).into_iter().collect()
}

/// Each scan pulled at most its own time, and at least what the other scans cannot have pulled. Of its
/// blocks the largest scan pays first, each no more than it counted.
/// A body that nobody scans (it changes data) runs after the plan's root has ended.
fn scans_of(
    tree: &Ancestry,
    wall: &[Interval],
    body: NodeId,
    whole: Interval,
) -> Vec<(NodeId, Charge)> {
    let mut scans = tree.cte_scans(body).to_vec();
    scans.sort_by_key(|scan| Reverse(touched(&buffers_of(tree, *scan))));
    let all: Interval = scans.iter().map(|scan| time_of(wall, *scan)).sum();
    let mut open = buffers_of(tree, body);
    let charge = |scan: NodeId| {
        let own = time_of(wall, scan);
        let high = whole.high.min(own.high);
        let others = (all.high - own.high).max(0.0);
        let low = (whole.low - others).clamp(0.0, high);
        let counted = buffers_of(tree, scan);
        let buffers = each_buffer(open, counted, u64::min);
        open = each_buffer(open, counted, u64::saturating_sub);
        (scan, Charge { top: body, amount: Interval { low, high }, buffers })
    };
    scans.into_iter().map(charge).collect()
}

pub fn time_of(wall: &[Interval], id: NodeId) -> Interval {
    wall.get(id.0).copied().unwrap_or(Interval::ZERO)
}
