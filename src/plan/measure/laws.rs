//! Laws that hold for every plan, on generated ones whose true times are known.

use proptest::prelude::*;

use super::measure;
use crate::plan::{Actual, Evidence, Node, NodeKind, Plan, Relationship, Worker};
use crate::stats::Interval;

const PROCESSES: usize = 3;
const ROUNDING: f64 = 0.0005;

/// What truly happened in a node, before a server averages and rounds it.
#[derive(Debug, Clone)]
struct Truth {
    /// Microseconds of its own, by process; only the first counts outside parallel parts.
    own: [u32; PROCESSES],
    loops: u32,
    rows: u32,
    /// The inputs run in parallel.
    gathers: bool,
    inputs: Vec<Truth>,
}

fn truth() -> impl Strategy<Value = Truth> {
    let own = prop::array::uniform3(prop_oneof![Just(0u32), 1..2_000_000u32]);
    let leaf = (own.clone(), 1..40u32, 0..500u32).prop_map(|(own, loops, rows)| Truth {
        own,
        loops,
        rows,
        gathers: false,
        inputs: Vec::new(),
    });
    leaf.prop_recursive(4, 24, 3, move |input| {
        let node = (own.clone(), 1..40u32, 0..500u32, any::<bool>());
        (node, prop::collection::vec(input, 1..3)).prop_map(
            |((own, loops, rows, gathers), mut inputs)| {
                if gathers {
                    inputs.truncate(1);
                }
                Truth { own, loops, rows, gathers, inputs }
            },
        )
    })
}

/// The node as a server prints it, and each process's true time in it, in milliseconds.
fn printed(truth: &Truth, parallel: bool) -> (Node, [f64; PROCESSES]) {
    let gathers = truth.gathers && !parallel && !truth.inputs.is_empty();
    let mut times = [0.0; PROCESSES];
    let processes = if parallel { PROCESSES } else { 1 };
    for (time, own) in times.iter_mut().zip(truth.own).take(processes) {
        *time = f64::from(own) / 1000.0;
    }
    let mut node = Node::new(if gathers { NodeKind::Gather } else { NodeKind::Result }, "node");
    for input in &truth.inputs {
        let (mut child, below) = printed(input, parallel || gathers);
        child.relationship = Relationship::Outer;
        if gathers {
            times[0] += below.iter().copied().fold(0.0, f64::max);
        } else {
            times.iter_mut().zip(below).for_each(|(time, below)| *time += below);
        }
        node.children.push(child);
    }
    let loops = if gathers { 1.0 } else { f64::from(truth.loops) };
    let rows = f64::from(truth.rows);
    node.actual = Some(actual(times.iter().sum(), loops * processes as f64, rows));
    if gathers {
        (node.workers_planned, node.workers_launched) = (Some(2), Some(2));
    }
    for (number, time) in times.iter().enumerate().take(processes).skip(1) {
        let actual = Some(actual(*time, loops, rows));
        let number = number - 1;
        node.workers.push(Worker {
            number,
            actual,
            buffers: None,
            sort: None,
            aggregate: None,
            memoize: None,
        });
    }
    (node, times)
}

fn actual(total: f64, loops: f64, rows: f64) -> Actual {
    Actual {
        startup_ms: Some(0.0),
        total_ms: Some((total / loops * 1000.0).round() / 1000.0),
        rows: (rows / loops).round(),
        loops,
        rows_rounding: 0.5,
        time_rounding_ms: ROUNDING,
    }
}

fn plan_of(truth: &Truth) -> (Plan, f64) {
    let (mut root, times) = printed(truth, false);
    root.relationship = Relationship::Root;
    root.number();
    (Plan::of(root, Evidence::A), times[0])
}

fn change(node: &mut Node, with: &impl Fn(&mut Node)) {
    with(node);
    node.children.iter_mut().for_each(|child| change(child, with));
}

fn each_actual(node: &mut Node, with: &impl Fn(&mut Actual)) {
    let workers = node.workers.iter_mut().filter_map(|worker| worker.actual.as_mut());
    node.actual.iter_mut().chain(workers).for_each(with);
}

/// Far below any rounding of the server: what adding floats in another order may change.
fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-6 * (1.0 + a.abs().max(b.abs()))
}

fn inside(inner: Interval, outer: Interval) -> bool {
    let slack = 1e-6 * (1.0 + outer.high.abs());
    outer.low - slack <= inner.low && inner.high <= outer.high + slack
}

proptest! {
    #[test]
    fn self_times_sum_to_the_root(truth in truth()) {
        let (plan, root) = plan_of(&truth);
        let measured = measure(&plan);
        let sum: Interval = measured.nodes.iter().filter_map(|node| node.self_ms).sum();
        prop_assert!(inside(Interval::exact(root), sum), "{root} outside {sum:?}");
    }

    #[test]
    fn the_sum_is_as_sharp_as_the_rounding(truth in truth()) {
        let (plan, root) = plan_of(&truth);
        let measured = measure(&plan);
        let sum: Interval = measured.nodes.iter().filter_map(|node| node.self_ms).sum();
        let loops: f64 = measured.nodes.iter().map(|node| node.loops).sum();
        // Each node's rounding enters its own time and its parent's, and among workers the scale too.
        let error = 2.0 * ROUNDING * loops * 8.0;
        prop_assert!(sum.high - sum.low <= error, "{sum:?} for {root}, rounding {error}");
    }

    #[test]
    fn scaling_all_times_leaves_shares_alone(truth in truth(), factor in 0.01..1000.0f64) {
        let (plan, _) = plan_of(&truth);
        let mut scaled = plan.clone();
        change(&mut scaled.root, &|node| each_actual(node, &|actual| {
            actual.total_ms = actual.total_ms.map(|ms| ms * factor);
            actual.time_rounding_ms *= factor;
        }));
        for (a, b) in measure(&plan).nodes.iter().zip(&measure(&scaled).nodes) {
            let (a, b) = (a.self_share.unwrap(), b.self_share.unwrap());
            prop_assert!(near(a.low, b.low) && near(a.high, b.high), "{a:?} {b:?}");
        }
    }

    #[test]
    fn more_loops_of_less_keep_the_totals(truth in truth(), factor in 2..50u32) {
        let (plan, _) = plan_of(&truth);
        let factor = f64::from(factor);
        let mut split = plan.clone();
        change(&mut split.root, &|node| each_actual(node, &|actual| {
            actual.loops *= factor;
            actual.total_ms = actual.total_ms.map(|ms| ms / factor);
            actual.time_rounding_ms /= factor;
            actual.rows /= factor;
            actual.rows_rounding /= factor;
        }));
        for (a, b) in measure(&plan).nodes.iter().zip(&measure(&split).nodes) {
            let (cpu, same) = (a.cpu_ms.unwrap(), b.cpu_ms.unwrap());
            prop_assert!(near(cpu.low, same.low) && near(cpu.high, same.high));
            let (rows, same) = (a.rows_total.unwrap(), b.rows_total.unwrap());
            prop_assert!(near(rows.low, same.low) && near(rows.high, same.high));
        }
    }

    #[test]
    fn without_figures_per_worker_intervals_only_widen(truth in truth()) {
        let (plan, _) = plan_of(&truth);
        let mut bare = plan.clone();
        change(&mut bare.root, &|node| node.workers.clear());
        for (detailed, bare) in measure(&plan).nodes.iter().zip(&measure(&bare).nodes) {
            prop_assert!(inside(detailed.wall_ms.unwrap(), bare.wall_ms.unwrap()));
            let (precise, wide) = (detailed.self_ms.unwrap(), bare.self_ms.unwrap());
            prop_assert!(inside(precise, wide), "{precise:?} outside {wide:?}");
        }
    }

    #[test]
    fn no_number_breaks_it(
        truth in truth(),
        odd in prop::sample::select(vec![0.0, -1.0, 1e100, 1e-300, f64::MIN_POSITIVE]),
    ) {
        let (mut plan, _) = plan_of(&truth);
        plan.execution_ms = Some(odd);
        change(&mut plan.root, &|node| {
            node.plan_rows = Some(odd);
            each_actual(node, &|actual| actual.loops = odd.max(0.0));
            each_actual(node, &|actual| actual.total_ms = Some(odd.max(0.0)));
        });
        for node in measure(&plan).nodes {
            for interval in [node.wall_ms, node.self_ms, node.self_share, node.rows_total] {
                prop_assert!(interval.is_none_or(|i| i.low <= i.high && i.low.is_finite()));
            }
        }
    }
}
