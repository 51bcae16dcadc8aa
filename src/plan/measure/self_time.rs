//! `self_ms`: elapsed time of a node without what it waited for.
//!
//! Outside parallel workers: its time minus its children's and minus what it is charged with.
//! Among workers, processor time is scaled to the time that passed: each node's own processor time
//! times (elapsed / processor time) of the whole parallel part, so that the parts add up to the time
//! of the node that gathers them, whichever process was the slowest where.

use super::charges::{Charge, time_of};
use super::consumer::stream_children;
use super::wall_time::builds_shared_bitmap;
use crate::plan::{Ancestry, NodeId, NodeKind};
use crate::stats::Interval;

/// Inclusive times of all nodes, by id.
pub struct Times {
    pub cpu: Vec<Interval>,
    pub wall: Vec<Interval>,
}

pub fn self_times(tree: &Ancestry, times: &Times, charges: &[Vec<Charge>]) -> Vec<Interval> {
    let mut selves = vec![Interval::ZERO; tree.len()];
    for id in tree.ids() {
        let own = match tree.gather_above(id) {
            Some(_) => continue,
            None if tree.kind(id) == Some(NodeKind::Gather) => {
                share_among_workers(tree, times, charges, id, &mut selves)
            }
            None => serial_self(tree, times, charges, id),
        };
        selves[id.0] = own;
    }
    selves
}

fn serial_self(tree: &Ancestry, times: &Times, charges: &[Vec<Charge>], id: NodeId) -> Interval {
    let children: Interval = stream_children(tree, id).map(|c| time_of(&times.wall, c)).sum();
    time_of(&times.wall, id).minus_clamped(children + charged(charges, id))
}

fn charged(charges: &[Vec<Charge>], id: NodeId) -> Interval {
    charges.get(id.0).into_iter().flatten().map(|charge| charge.amount).sum()
}

/// Fills in the nodes below `gather`; returns its own part.
fn share_among_workers(
    tree: &Ancestry,
    times: &Times,
    charges: &[Vec<Charge>],
    gather: NodeId,
    selves: &mut [Interval],
) -> Interval {
    let whole = time_of(&times.wall, gather).minus_clamped(charged(charges, gather));
    let mut rest = whole;
    for top in stream_children(tree, gather) {
        let elapsed = no_longer_than(time_of(&times.wall, top), whole);
        rest = rest.minus_clamped(elapsed);
        spread(tree, times, charges, top, elapsed, selves);
    }
    rest
}

/// Workers run on while the node above the gather is busy; only what it waited for has passed.
fn no_longer_than(time: Interval, whole: Interval) -> Interval {
    Interval { low: time.low.min(whole.low), high: time.high.min(whole.high) }
}

fn spread(
    tree: &Ancestry,
    times: &Times,
    charges: &[Vec<Charge>],
    top: NodeId,
    elapsed: Interval,
    selves: &mut [Interval],
) {
    let mut alone = Interval::ZERO;
    let mut shared = Vec::new();
    let region = tree.subtree(top).filter(|id| tree.gather_above(*id) == tree.parent(top));
    for id in region {
        let children: Interval = stream_children(tree, id).map(|c| time_of(&times.cpu, c)).sum();
        let own = time_of(&times.cpu, id).minus_clamped(children + charged(charges, id));
        if builds_shared_bitmap(tree, id) {
            alone = alone + own;
            selves[id.0] = own;
        } else {
            shared.push((id, own));
        }
    }
    let scale = scale(elapsed.minus_clamped(alone), time_of(&times.cpu, top).minus_clamped(alone));
    for (id, own) in shared {
        selves[id.0] = Interval { low: own.low * scale.low, high: own.high * scale.high };
    }
}

/// Elapsed time per processor time, between 0 and 1.
fn scale(elapsed: Interval, cpu: Interval) -> Interval {
    let ratio =
        |over: f64, under: f64| if under > 0.0 { (over / under).clamp(0.0, 1.0) } else { 1.0 };
    Interval::new(ratio(elapsed.low, cpu.high), ratio(elapsed.high, cpu.low))
}
