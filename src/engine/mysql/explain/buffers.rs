//! Pages touched: the server counts them for each table, the neutral tree wants them inclusive.

use super::fields::Fields;
use crate::plan::{Buffers, IoTime, Node};

/// `r_engine_stats` of one table.
pub fn read(node: &mut Node, stats: Option<Fields>) {
    let Some(mut stats) = stats else { return };
    let accessed = stats.number("pages_accessed");
    let read = stats.number("pages_read_count").unwrap_or(0.0);
    let read_ms = stats.number("pages_read_time_ms");
    if let Some(accessed) = accessed {
        let hit = (accessed - read).max(0.0) as u64;
        node.buffers =
            Some(Buffers { shared_hit: hit, shared_read: read as u64, ..Buffers::default() });
    }
    node.io = read_ms.map(|read_ms| IoTime { read_ms, ..IoTime::default() });
    node.extra.extend(stats.rest());
}

/// Adds what the children touched.
pub fn include_children(node: &mut Node) {
    for child in std::mem::take(&mut node.children) {
        include(node, &child);
        node.children.push(child);
    }
}

pub fn include(node: &mut Node, child: &Node) {
    if let Some(below) = child.buffers {
        let own = node.buffers.get_or_insert_default();
        own.shared_hit += below.shared_hit;
        own.shared_read += below.shared_read;
    }
    if let Some(below) = child.io {
        node.io.get_or_insert_default().read_ms += below.read_ms;
    }
}
