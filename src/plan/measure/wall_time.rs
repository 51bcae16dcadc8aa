//! `wall_ms`: the time that passed while a node ran.
//!
//! Outside parallel workers it is the processor time. Among them it is the longest time any process
//! spent; without figures per process it lies between an even spread and all in one.

use super::processor_time::{over_loops, processor_time};
use crate::plan::{Ancestry, Node, NodeId, NodeKind};
use crate::stats::Interval;

/// `detailed`: the plan tells each worker's part, so that a node without any was the leader's alone.
pub fn wall_time(tree: &Ancestry, id: NodeId, detailed: bool) -> Option<Interval> {
    let node = tree.node(id)?;
    let cpu = processor_time(node)?;
    match tree.gather_above(id).and_then(|gather| tree.node(gather)) {
        Some(_) if detailed && node.workers.is_empty() => Some(cpu),
        Some(gather) if !runs_in_one_process(tree, id) => Some(among_processes(node, cpu, gather)),
        _ => Some(cpu),
    }
}

pub fn tells_each_worker(tree: &Ancestry) -> bool {
    let timed =
        |node: &Node| node.workers.iter().any(|w| w.actual.is_some_and(|a| a.total_ms.is_some()));
    tree.ids().filter_map(|id| tree.node(id)).any(timed)
}

/// A bitmap for a shared scan is built by whichever process comes first; the others wait for it.
pub fn runs_in_one_process(tree: &Ancestry, id: NodeId) -> bool {
    let once = tree.node(id).and_then(|node| node.actual).is_some_and(|a| a.loops <= 1.0);
    once || builds_shared_bitmap(tree, id)
}

pub fn builds_shared_bitmap(tree: &Ancestry, id: NodeId) -> bool {
    let bitmap = [NodeKind::BitmapIndexScan, NodeKind::BitmapAnd, NodeKind::BitmapOr];
    let mut steps = tree
        .steps_up(id)
        .take_while(|(below, _)| tree.kind(*below).is_some_and(|kind| bitmap.contains(&kind)));
    steps.any(|(_, above)| {
        tree.node(above).is_some_and(|n| n.kind == NodeKind::BitmapHeapScan && n.parallel_aware)
    })
}

/// Leader and workers that may have run a node below `gather`.
pub fn processes(gather: &Node) -> f64 {
    let launched = gather.workers_launched.or(gather.workers_planned).unwrap_or(0) as f64;
    let repeated = gather.actual.is_some_and(|actual| actual.loops > 1.0);
    // Of a repeated scan only the last launch is told.
    let planned = gather.workers_planned.filter(|_| repeated).unwrap_or(0) as f64;
    launched.max(planned) + 1.0
}

fn among_processes(node: &Node, cpu: Interval, gather: &Node) -> Interval {
    let loops = node.actual.map_or(1.0, |actual| actual.loops);
    let told = node.workers.len() as f64 + 1.0;
    let processes = processes(gather).max(told).min(loops).max(1.0);
    let bracket = Interval { low: cpu.low / processes, high: cpu.high };
    match longest_participant(node, cpu) {
        Some(longest) => within(longest, bracket),
        None => bracket,
    }
}

/// `None` without figures per worker. The leader's part is what the workers leave of the total.
fn longest_participant(node: &Node, cpu: Interval) -> Option<Interval> {
    let actuals = node.workers.iter().filter_map(|worker| worker.actual.as_ref());
    let workers: Vec<Interval> = actuals.filter_map(over_loops).collect();
    if workers.is_empty() {
        return None;
    }
    let leader = cpu.minus_clamped(workers.iter().copied().sum());
    Some(workers.into_iter().fold(leader, |longest, next| Interval {
        low: longest.low.max(next.low),
        high: longest.high.max(next.high),
    }))
}

/// The figures of the parts are rounded on their own: what is sure of the whole stays so.
fn within(precise: Interval, bracket: Interval) -> Interval {
    let clamp = |value: f64| value.max(bracket.low).min(bracket.high);
    Interval::new(clamp(precise.low), clamp(precise.high))
}
