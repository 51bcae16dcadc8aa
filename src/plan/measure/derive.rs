//! All quantities of a plan, each from its own file.

use super::charges::{Charge, charges};
use super::exemption::exemptions;
use super::misestimate::{misestimate, origins};
use super::processor_time::processor_time;
use super::resources::{self_buffers, self_io};
use super::rows::{removed_fraction, removed_total, rows_total};
use super::self_time::{Times, self_times};
use super::share::{share, whole};
use super::unaccounted::unaccounted;
use super::wall_time::{tells_each_worker, wall_time};
use super::{Measurements, Metrics, Misestimate};
use crate::plan::{Ancestry, Node, NodeId, Plan};
use crate::stats::Interval;

/// Derives everything of a plan. Of an estimated plan nothing is known, and of one executed without
/// timing no time.
pub fn measure(plan: &Plan) -> Measurements {
    let tree = Ancestry::of(plan);
    let times = times(&tree);
    let charges = match &times {
        Some(times) => charges(&tree, &times.wall),
        None => charges(&tree, &vec![Interval::ZERO; tree.len()]),
    };
    let mut nodes: Vec<Metrics> = tree.ids().map(|id| counts(&tree, &charges, id)).collect();
    if let Some(times) = &times {
        fill_times(plan, &tree, times, &charges, &mut nodes);
    }
    fill_misestimates(&tree, &mut nodes);
    Measurements {
        nodes,
        total_ms: times.as_ref().map(|times| whole(plan, &times.wall)).or(plan.execution_ms),
        unaccounted_ms: times.and_then(|times| unaccounted(plan, &tree, &times.wall)),
    }
}

/// `None` unless the root was timed. A node without times below one with them took none.
fn times(tree: &Ancestry) -> Option<Times> {
    tree.node(NodeId(0)).and_then(processor_time)?;
    let detailed = tells_each_worker(tree);
    let zero = Interval::ZERO;
    let of = |id: NodeId| tree.node(id).and_then(processor_time).unwrap_or(zero);
    let cpu = tree.ids().map(of).collect();
    let wall = tree.ids().map(|id| wall_time(tree, id, detailed).unwrap_or(zero)).collect();
    Some(Times { cpu, wall })
}

fn counts(tree: &Ancestry, charges: &[Vec<Charge>], id: NodeId) -> Metrics {
    let Some(node) = tree.node(id) else { return Metrics::default() };
    let rows = node.actual.as_ref().map(rows_total);
    let removed = removed_total(node);
    Metrics {
        executed: executed(node),
        loops: node.actual.map_or(0.0, |actual| actual.loops),
        rows_total: rows,
        removed_total: removed,
        removed_fraction: removed.zip(rows).map(|(removed, kept)| removed_fraction(removed, kept)),
        self_buffers: self_buffers(tree, charges, id),
        self_io: self_io(tree, charges, id),
        in_parallel: tree.gather_above(id).is_some(),
        ..Metrics::default()
    }
}

fn executed(node: &Node) -> bool {
    node.actual.is_some_and(|actual| actual.loops > 0.0)
}

fn fill_times(
    plan: &Plan,
    tree: &Ancestry,
    times: &Times,
    charges: &[Vec<Charge>],
    nodes: &mut [Metrics],
) {
    let total = whole(plan, &times.wall);
    let inclusive = times.cpu.iter().zip(&times.wall);
    let selves = self_times(tree, times, charges);
    for ((metrics, (cpu, wall)), own) in nodes.iter_mut().zip(inclusive).zip(selves) {
        metrics.cpu_ms = Some(*cpu);
        metrics.wall_ms = Some(*wall);
        metrics.self_ms = Some(own);
        metrics.self_share = Some(share(own, total));
    }
}

fn fill_misestimates(tree: &Ancestry, nodes: &mut [Metrics]) {
    let exemptions = exemptions(tree);
    let judged: Vec<Option<Misestimate>> = tree
        .ids()
        .zip(&exemptions)
        .map(|(id, exempt)| misestimate(tree, id).filter(|_| exempt.is_none()))
        .collect();
    let origins = origins(tree, &judged);
    for (metrics, ((misestimate, origin), exempt)) in
        nodes.iter_mut().zip(judged.into_iter().zip(origins).zip(exemptions))
    {
        metrics.misestimate = misestimate;
        metrics.misestimate_origin = origin;
        metrics.estimate_exempt = exempt.map(str::to_owned);
    }
}
