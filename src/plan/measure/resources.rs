//! `self_buffers` and `self_io`: what a node read and wrote itself. Both are counted up the tree and
//! over all processes, so that the same nodes pay as for times.

use super::consumer::stream_children;
use crate::plan::{Ancestry, Buffers, IoTime, NodeId};

use super::charges::Charge;

pub fn self_buffers(tree: &Ancestry, charges: &[Vec<Charge>], id: NodeId) -> Option<Buffers> {
    let mut own = tree.node(id)?.buffers?;
    for child in stream_children(tree, id) {
        own = less(own, buffers_of(tree, child));
    }
    for charge in charges.get(id.0).into_iter().flatten() {
        own = less(own, charge.buffers);
    }
    Some(own)
}

pub fn self_io(tree: &Ancestry, charges: &[Vec<Charge>], id: NodeId) -> Option<IoTime> {
    let mut own = tree.node(id)?.io?;
    let tops = charges.get(id.0).into_iter().flatten().map(|charge| charge.top);
    for part in stream_children(tree, id).chain(tops) {
        own = less_io(own, tree.node(part).and_then(|node| node.io).unwrap_or_default());
    }
    Some(own)
}

pub fn buffers_of(tree: &Ancestry, id: NodeId) -> Buffers {
    tree.node(id).and_then(|node| node.buffers).unwrap_or_default()
}

/// Blocks found in memory or read.
pub fn touched(buffers: &Buffers) -> u64 {
    [buffers.shared_hit, buffers.shared_read, buffers.local_hit, buffers.local_read]
        .into_iter()
        .fold(0, u64::saturating_add)
}

fn less(a: Buffers, b: Buffers) -> Buffers {
    each_buffer(a, b, u64::saturating_sub)
}

/// Both counts of each kind of block, combined.
pub fn each_buffer(a: Buffers, b: Buffers, combine: fn(u64, u64) -> u64) -> Buffers {
    Buffers {
        shared_hit: combine(a.shared_hit, b.shared_hit),
        shared_read: combine(a.shared_read, b.shared_read),
        shared_dirtied: combine(a.shared_dirtied, b.shared_dirtied),
        shared_written: combine(a.shared_written, b.shared_written),
        local_hit: combine(a.local_hit, b.local_hit),
        local_read: combine(a.local_read, b.local_read),
        local_dirtied: combine(a.local_dirtied, b.local_dirtied),
        local_written: combine(a.local_written, b.local_written),
        temp_read: combine(a.temp_read, b.temp_read),
        temp_written: combine(a.temp_written, b.temp_written),
    }
}

fn less_io(a: IoTime, b: IoTime) -> IoTime {
    let rest = |a: f64, b: f64| (a - b).max(0.0);
    IoTime {
        read_ms: rest(a.read_ms, b.read_ms),
        write_ms: rest(a.write_ms, b.write_ms),
        temp_read_ms: rest(a.temp_read_ms, b.temp_read_ms),
        temp_write_ms: rest(a.temp_write_ms, b.temp_write_ms),
    }
}
