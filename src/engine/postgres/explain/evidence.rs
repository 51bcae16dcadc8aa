//! Which EXPLAIN options the plan was made with, as far as they limit what can be judged.

use crate::plan::{Evidence, Node};

/// Settings do not count: the text format is silent about them when none differs from its default.
pub fn evidence_of(root: &Node) -> Evidence {
    let nodes = nodes_of(root);
    let executed = nodes.iter().any(|node| node.actual.is_some());
    let timed = nodes.iter().any(|n| n.actual.is_some_and(|actual| actual.total_ms.is_some()));
    let buffers = nodes.iter().any(|node| node.buffers.is_some());
    let verbose = nodes.iter().any(|node| node.schema.is_some() || !node.output.is_empty());
    match (executed, timed) {
        (false, _) => Evidence::D,
        (true, false) => Evidence::C,
        (true, true) if buffers && verbose => Evidence::A,
        (true, true) => Evidence::B,
    }
}

fn nodes_of(root: &Node) -> Vec<&Node> {
    let mut found = vec![root];
    let mut next = 0;
    while let Some(node) = found.get(next).copied() {
        found.extend(&node.children);
        next += 1;
    }
    found
}
