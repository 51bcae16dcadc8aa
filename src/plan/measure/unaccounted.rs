//! Execution time that no node, trigger or serialisation accounts for.

use super::charges::time_of;
use crate::plan::{Ancestry, NodeId, Plan};
use crate::stats::Interval;

/// JIT is not subtracted: compiling happens inside the start-up time of nodes. A trigger may run
/// inside the node that changes rows; one that enforces a constraint runs after it.
pub fn unaccounted(plan: &Plan, tree: &Ancestry, wall: &[Interval]) -> Option<Interval> {
    let execution = plan.execution_ms?;
    let root = time_of(wall, NodeId(0));
    let sure: f64 =
        plan.triggers.iter().filter(|t| t.constraint.is_some()).map(|t| t.total_ms).sum();
    let perhaps: f64 =
        plan.triggers.iter().filter(|t| t.constraint.is_none()).map(|t| t.total_ms).sum();
    let output = plan.serialization.as_ref().map_or(0.0, |s| s.total_ms);
    let triggers = Interval { low: sure, high: sure + perhaps };
    let accounted = root + triggers + Interval::exact(output) + unread_bodies(tree, wall);
    Some(Interval::exact(execution).minus_clamped(accounted))
}

/// Bodies that change data and are read by nobody run after the root has ended.
fn unread_bodies(tree: &Ancestry, wall: &[Interval]) -> Interval {
    let bodies = tree.ids().filter(|id| {
        let body = tree.node(*id).is_some_and(|node| node.defines_cte.is_some());
        body && tree.cte_scans(*id).is_empty()
    });
    bodies.map(|id| time_of(wall, id)).sum()
}
