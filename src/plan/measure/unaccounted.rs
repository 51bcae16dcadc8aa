//! Execution time that no node, trigger or serialisation accounts for.

use super::charges::time_of;
use crate::plan::{Ancestry, NodeId, NodeKind, Plan};
use crate::stats::Interval;

/// Compiling just in time happens partly while nodes start and partly before: it may be all of the
/// rest or nothing of it. A trigger may run inside the node that changes rows; one that enforces a
/// constraint runs after it.
pub fn unaccounted(plan: &Plan, tree: &Ancestry, wall: &[Interval]) -> Option<Interval> {
    let execution = plan.execution_ms?;
    let root = time_of(wall, NodeId(0));
    let of_triggers = |enforcing: bool| -> f64 {
        let wanted = plan.triggers.iter().filter(|t| t.constraint.is_some() == enforcing);
        wanted.map(|trigger| trigger.total_ms).sum()
    };
    let output = plan.serialization.as_ref().map_or(0.0, |s| s.total_ms);
    let compiling = plan.jit.as_ref().map_or(0.0, |jit| jit.total_ms);
    let sure = of_triggers(true) + output;
    let perhaps = of_triggers(false) + compiling;
    let accounted = root + Interval::new(sure, sure + perhaps) + unread_bodies(tree, wall);
    Some(Interval::exact(execution).minus_clamped(accounted))
}

/// Bodies that change data run to their end after the root has, however little was read of them: what
/// their scans did not wait for passes outside of any node.
fn unread_bodies(tree: &Ancestry, wall: &[Interval]) -> Interval {
    let bodies = tree.ids().filter(|id| {
        let body = tree.node(*id).filter(|node| node.defines_cte.is_some());
        body.is_some_and(|node| node.kind == NodeKind::Modify || tree.cte_scans(*id).is_empty())
    });
    bodies.map(|id| unread(tree, wall, id)).sum()
}

fn unread(tree: &Ancestry, wall: &[Interval], body: NodeId) -> Interval {
    let whole = time_of(wall, body);
    let scans = tree.cte_scans(body).iter();
    let waited: Interval = scans.map(|scan| time_of(wall, *scan)).sum();
    Interval { low: (whole.low - waited.high).max(0.0), high: whole.high }
}
