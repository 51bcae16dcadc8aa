//! What a plan did as a whole, in numbers that do not vary with the machine's load.

use super::{Ancestry, Buffers, NodeKind, Plan};

/// Blocks found in memory or read, by the whole execution. `None` when the plan does not tell.
pub fn blocks_touched(plan: &Plan) -> Option<u64> {
    total(plan, |b| {
        [b.shared_hit, b.shared_read, b.local_hit, b.local_read]
            .into_iter()
            .fold(0, u64::saturating_add)
    })
}

/// Blocks written to temporary files: what did not fit in memory.
pub fn spilled_blocks(plan: &Plan) -> Option<u64> {
    total(plan, |buffers| buffers.temp_written)
}

/// The root counts everything but bodies that change data after it has ended.
fn total(plan: &Plan, count: impl Fn(&Buffers) -> u64) -> Option<u64> {
    let tree = Ancestry::of(plan);
    let root = count(&plan.root.buffers?);
    let unread = tree.ids().filter(|id| {
        let body = tree.node(*id).is_some_and(|node| node.defines_cte.is_some());
        body && tree.cte_scans(*id).is_empty()
    });
    let unread = unread.filter_map(|id| tree.node(id)?.buffers.as_ref().map(&count));
    Some(unread.fold(root, u64::saturating_add))
}

/// Rows that scans returned or threw away, all loops together, as far as the rounded means tell.
/// `None` for a plan that was only estimated.
pub fn rows_read(plan: &Plan) -> Option<f64> {
    plan.root.actual?;
    let tree = Ancestry::of(plan);
    let nodes = tree.ids().filter_map(|id| tree.node(id));
    let scans = nodes.filter(|node| is_base_scan(node.kind));
    Some(
        scans
            .filter_map(|node| {
                let removed =
                    node.removed.by_filter.unwrap_or(0.0) + node.removed.by_recheck.unwrap_or(0.0);
                node.actual.map(|actual| (actual.rows + removed) * actual.loops)
            })
            .sum(),
    )
}

fn is_base_scan(kind: NodeKind) -> bool {
    matches!(
        kind,
        NodeKind::SeqScan
            | NodeKind::IndexScan
            | NodeKind::IndexOnlyScan
            | NodeKind::BitmapHeapScan
            | NodeKind::RowLookup
            | NodeKind::ForeignScan
    )
}
