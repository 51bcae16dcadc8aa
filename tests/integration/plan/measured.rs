//! The measurement layer on captured plans.

use planwise::plan::{Measurements, Metrics, Node, NodeKind, Plan, measure};
use planwise::stats::Interval;

use super::captures::{SERVERS, names, plan};

fn measured(server: &str, file: &str) -> (Plan, Measurements) {
    let plan = plan(server, file);
    let measurements = measure(&plan);
    assert_eq!(measurements.nodes.len(), plan.walk().len(), "{server}/{file}");
    (plan, measurements)
}

fn find<'a>(
    plan: &'a Plan,
    measurements: &'a Measurements,
    wanted: impl Fn(&Node) -> bool,
) -> (&'a Node, &'a Metrics) {
    let (node, _) = plan.walk().into_iter().find(|(node, _)| wanted(node)).expect("the node");
    (node, &measurements.nodes[node.id.0])
}

#[test]
fn self_times_add_up_to_the_root() {
    for server in SERVERS {
        for name in names() {
            for form in ["json", "bare.json", "txt"] {
                let (plan, m) = measured(server, &format!("{name}.{form}"));
                let sum: Interval = m.nodes.iter().filter_map(|n| n.self_ms).sum();
                let late = late_bodies(&plan);
                let root = m.nodes[0].wall_ms.expect("timed").mid() + late;
                // Half a percent and 20 µs: what the clamping of rounded differences can add.
                let slack = 0.005 * root + 0.02;
                assert!(
                    sum.low - slack <= root && root <= sum.high + slack,
                    "{server}/{name}.{form}: {sum:?} for {root}"
                );
            }
        }
    }
}

/// Bodies that change data and are read by nobody run after the root.
fn late_bodies(plan: &Plan) -> f64 {
    let walk = plan.walk();
    let scanned = |name: &str| walk.iter().any(|(node, _)| node.source.as_deref() == Some(name));
    let bodies = walk.iter().filter(|(n, _)| n.defines_cte.as_deref().is_some_and(|c| !scanned(c)));
    bodies.filter_map(|(node, _)| node.actual).map(|a| a.total_ms.unwrap_or(0.0) * a.loops).sum()
}

#[test]
#[ignore]
fn show() {
    for server in SERVERS {
        for name in names() {
            let (plan, m) = measured(server, &format!("{name}.json"));
            println!(
                "== {server}/{name} total {:?} unaccounted {:?}",
                m.total_ms, m.unaccounted_ms
            );
            for (node, above) in plan.walk() {
                let x = &m.nodes[node.id.0];
                println!(
                    "{:indent$}{} {:?} wall {:?} self {:?} rows {:?} removed {:?} mis {:?} {:?} {:?}",
                    "",
                    node.label,
                    node.relation,
                    x.wall_ms.map(|i| (i.low, i.high)),
                    x.self_ms.map(|i| (i.low, i.high)),
                    x.rows_total.map(|i| (i.low, i.high)),
                    x.removed_total.map(|i| (i.low, i.high)),
                    x.misestimate.map(|m| (m.ratio.low, m.under)),
                    x.misestimate_origin,
                    x.estimate_exempt,
                    indent = above.len() * 2
                );
            }
        }
    }
    let _ = NodeKind::Sort;
}
