//! The signals without noise: plan, blocks, spills.

use super::Side;
use super::signals::plans;
use crate::plan::{Buffers, Node, NodeKind, Plan, plan_shape, spilled_blocks};
use crate::run::QueryRun;
use crate::stats::Latency;

/// One side of a query: its plan comes from the run, its times from the comparison.
pub fn side_of(run: Option<&QueryRun>, latency: Latency) -> Side {
    let plan = run.and_then(|run| run.plans.first()).map(|record| &record.plan);
    let buffers = plan.and_then(|plan| plan.root.buffers);
    Side {
        latency,
        rows: run.and_then(|run| run.rows),
        plan_shape: plan.map(shape),
        blocks: buffers.map(blocks),
        temp_blocks: buffers.map(|buffers| buffers.temp_read + buffers.temp_written),
        block_medians_ms: Vec::new(),
        block_levels_ms: Vec::new(),
    }
}

/// Operators from the top, each with what it reads: `Limit > Sort > Seq Scan rental`.
pub fn shape(plan: &Plan) -> String {
    let nodes = plan.walk().into_iter();
    let labels: Vec<String> =
        nodes.map(|(node, ancestors)| label(node, ancestors.last())).collect();
    labels.join(" ")
}

/// An only child follows its parent after `>`; several are listed in parentheses by depth alone.
fn label(node: &Node, parent: Option<&&Node>) -> String {
    let what = [&node.relation, &node.index, &node.source];
    let read: Vec<&str> = what.into_iter().flatten().map(String::as_str).collect();
    let lead = match parent {
        None => "",
        Some(parent) if parent.children.len() > 1 => "+ ",
        Some(_) => "> ",
    };
    let name = [&[node.label.as_str()], read.as_slice()].concat().join(" ");
    format!("{lead}{name}")
}

fn blocks(buffers: Buffers) -> u64 {
    buffers.shared_hit + buffers.shared_read + buffers.local_hit + buffers.local_read
}

/// What changed in the plan, as a note; nothing when nothing did.
pub fn describe(before: Option<&Side>, after: Option<&Side>) -> Option<String> {
    let (before, after) = (before?, after?);
    let changed = before.plan_shape.is_some() && before.plan_shape != after.plan_shape;
    let plan = changed.then(|| "the plan changed".to_owned());
    let fewer = match (before.blocks, after.blocks) {
        (Some(before), Some(after)) if before.abs_diff(after) > before.max(after) / 20 => {
            Some(format!("{before} blocks before, {after} after"))
        }
        _ => None,
    };
    let parts: Vec<String> = plan.into_iter().chain(fewer).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// The plan, or what it spills, differs between two sides. True as well where a plan is missing:
/// nothing is known to be the same.
pub fn has_changed(before: Option<&QueryRun>, after: Option<&QueryRun>) -> bool {
    match before.zip(after).and_then(|(before, after)| plans(before, after)) {
        Some((before, after)) => {
            plan_shape(before) != plan_shape(after) || !spills_alike(before, after)
        }
        None => true,
    }
}

/// Workers take rows as they come, each into memory of its own: how much they spill is luck, and differs from one execution
/// to the next.
fn spills_alike(before: &Plan, after: &Plan) -> bool {
    let is_parallel = before.walk().iter().any(|(node, _)| node.kind == NodeKind::Gather);
    let (before, after) = (spilled_blocks(before), spilled_blocks(after));
    match before.zip(after).filter(|_| is_parallel) {
        Some((before, after)) => (before == 0) == (after == 0),
        None => before == after,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Evidence;

    fn plan(top: NodeKind, temp_written: u64) -> Plan {
        let mut root = Node::new(top, "top");
        root.buffers = Some(Buffers { temp_written, ..Buffers::default() });
        Plan::of(root, Evidence::A)
    }

    #[test]
    fn what_workers_spill_is_luck_and_that_they_do_is_not() {
        let alike = |top: NodeKind, before: u64, after: u64| {
            spills_alike(&plan(top, before), &plan(top, after))
        };
        assert!(alike(NodeKind::Gather, 350, 760));
        assert!(!alike(NodeKind::Gather, 350, 0));
        assert!(!alike(NodeKind::Gather, 0, 350));
        assert!(!alike(NodeKind::Sort, 350, 760));
        assert!(alike(NodeKind::Sort, 350, 350));
    }
}
