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

fn mid(interval: Option<Interval>) -> f64 {
    interval.expect("known").mid()
}

#[test]
fn a_body_read_twice_is_paid_by_its_scans() {
    for server in SERVERS {
        let (plan, m) = measured(server, "cte-twice.json");
        let (_, body) = find(&plan, &m, |node| node.defines_cte.as_deref() == Some("spent"));
        let scans: Vec<&Metrics> = plan
            .walk()
            .into_iter()
            .filter(|(node, _)| node.kind == NodeKind::CteScan)
            .map(|(node, _)| &m.nodes[node.id.0])
            .collect();
        assert_eq!(scans.len(), 2);
        let (pulled, own): (f64, f64) = (
            scans.iter().map(|s| mid(s.wall_ms)).sum(),
            scans.iter().map(|s| mid(s.self_ms)).sum(),
        );
        // One of the scans contains the body; neither is charged with its own time twice.
        assert!(pulled > mid(body.wall_ms) && own < 0.5 * pulled, "{server}: {own} of {pulled}");
    }
}

#[test]
fn an_init_plan_is_paid_by_the_node_that_asks_for_it() {
    for server in SERVERS {
        let (plan, m) = measured(server, "init-plan.json");
        let (sort, top) = find(&plan, &m, |node| node.kind == NodeKind::Sort);
        let (_, init) = find(&plan, &m, |node| !node.value_names.is_empty());
        let (_, scan) = find(&plan, &m, |node| {
            node.filter
                .as_deref()
                .is_some_and(|filter| filter.contains("InitPlan") || filter.contains('$'))
        });
        assert_eq!(sort.id.0, 0);
        // The scan's own time is what is left when the average over all orders is taken off.
        let expected = mid(scan.wall_ms) - mid(init.wall_ms);
        assert!((mid(scan.self_ms) - expected).abs() < 0.01, "{server}");
        assert!(mid(top.self_ms) < mid(init.wall_ms), "{server}");
        let blocks = |metrics: &Metrics| {
            metrics.self_buffers.map(|b| b.shared_hit + b.shared_read).expect("counted")
        };
        assert!(blocks(top) < 100, "{server}: the sort reads nothing itself");
    }
}

#[test]
fn nodes_that_never_ran_took_nothing_and_are_not_judged() {
    for server in SERVERS {
        let (plan, m) = measured(server, "never-executed.json");
        let (_, orders) = find(&plan, &m, |node| node.relation.as_deref() == Some("orders"));
        assert!(!orders.executed);
        assert_eq!(orders.self_ms, Some(Interval::ZERO), "{server}");
        assert_eq!(orders.rows_total, Some(Interval::ZERO), "{server}");
        assert_eq!(orders.misestimate, None, "{server}");
        assert_eq!(orders.estimate_exempt.as_deref(), Some("never executed"), "{server}");
    }
}

/// 99,800 loops of 0.67 rows: up to 17 the server prints 1, from 18 on 0.67. Truly 66,527 came.
#[test]
fn rounded_rows_stay_a_bracket_around_the_truth() {
    let width = |server: &str| {
        let (plan, m) = measured(server, "memoize.json");
        let (memoize, metrics) = find(&plan, &m, |node| node.kind == NodeKind::Memoize);
        assert_eq!(
            memoize.memoize.as_ref().map(|memo| (memo.hits, memo.misses)),
            Some((99_770, 30))
        );
        let rows = metrics.rows_total.expect("counted");
        assert!(rows.contains(66_527.0), "{server}: {rows:?}");
        rows.high - rows.low
    };
    let (integers, decimals) = (width("postgres-15"), width("postgres-18"));
    assert!((integers - 99_800.0).abs() < 1.0, "{integers}");
    assert!((decimals - 998.0).abs() < 1.0, "{decimals}");
}

#[test]
fn brackets_of_removed_rows_hold_the_truth() {
    for server in SERVERS {
        let (plan, m) = measured(server, "join-filter.json");
        let (_, scan) =
            find(&plan, &m, |node| node.index.is_some() || node.removed.by_filter.is_some());
        assert!(scan.removed_fraction.is_none_or(|f| f.low <= f.high && f.high <= 1.0), "{server}");
        let (plan, m) = measured(server, "seq-scan.json");
        let (scan, metrics) = find(&plan, &m, |node| node.kind == NodeKind::SeqScan);
        let removed = metrics.removed_total.expect("a filter");
        assert!(removed.is_exact(), "{server}: one loop is not rounded: {removed:?}");
        let rows = scan.actual.unwrap().rows;
        assert_eq!(removed.low + rows, 200_000.0, "{server}");
        assert!(metrics.removed_fraction.unwrap().low > 0.9, "{server}");
    }
}

#[test]
fn workers_told_one_by_one_sharpen_the_times() {
    for server in SERVERS {
        for name in ["parallel-aggregate", "parallel-hash-join", "parallel-idle-leader"] {
            let (plan, told) = measured(server, &format!("{name}.json"));
            let (bare_plan, bare) = measured(server, &format!("{name}.bare.json"));
            for (plan, measurements, sharp) in [(&plan, &told, true), (&bare_plan, &bare, false)] {
                let (node, scan) = find(plan, measurements, |node| {
                    node.kind == NodeKind::SeqScan && node.relation.as_deref() == Some("orders")
                });
                assert!(scan.in_parallel, "{server}/{name}");
                let (cpu, wall) = (scan.cpu_ms.unwrap(), scan.wall_ms.unwrap());
                assert!(wall.high <= cpu.high && wall.low >= cpu.low / 3.0 - 0.001);
                let width = (wall.high - wall.low) / wall.high;
                assert_eq!(width < 0.01, sharp, "{server}/{name}: {wall:?} of {cpu:?}");
                assert!(node.actual.unwrap().loops >= 2.0);
            }
        }
    }
}

/// The leader gathers and does nothing else: its part of the scan is none.
#[test]
fn an_idle_leader_has_no_part() {
    for server in SERVERS {
        let (plan, m) = measured(server, "parallel-idle-leader.json");
        let (scan, metrics) = find(&plan, &m, |node| node.kind == NodeKind::SeqScan);
        let workers: Vec<f64> = scan.workers.iter().filter_map(|w| w.actual?.total_ms).collect();
        assert_eq!(workers.len(), 2, "{server}");
        let longest = workers.iter().copied().fold(0.0, f64::max);
        assert!((mid(metrics.wall_ms) - longest).abs() < 0.01, "{server}");
    }
}

#[test]
fn a_shared_bitmap_is_built_by_one_process() {
    for server in SERVERS {
        for form in ["json", "bare.json"] {
            let (plan, m) = measured(server, &format!("parallel-bitmap.{form}"));
            let (_, bitmap) = find(&plan, &m, |node| node.kind == NodeKind::BitmapIndexScan);
            assert_eq!(bitmap.wall_ms, bitmap.cpu_ms, "{server}.{form}");
            assert_eq!(bitmap.self_ms, bitmap.cpu_ms, "{server}.{form}");
        }
    }
}

#[test]
fn estimates_that_cannot_be_judged_are_not() {
    for server in SERVERS {
        for (name, relation, reason) in [
            ("limit-early", "orders", "LIMIT"),
            ("semi-join-nested", "orders", "first match"),
            ("merge-join-early-stop", "item", "merge join"),
        ] {
            let (plan, m) = measured(server, &format!("{name}.json"));
            let (_, node) = find(&plan, &m, |node| node.relation.as_deref() == Some(relation));
            let exempt = node.estimate_exempt.as_deref().unwrap_or("judged");
            assert!(exempt.contains(reason), "{server}/{name}: {exempt}");
            assert_eq!(node.misestimate, None, "{server}/{name}");
        }
    }
}

#[test]
fn a_misestimate_is_traced_to_where_it_began() {
    for server in SERVERS {
        let (plan, m) = measured(server, "init-plan.json");
        let (scan, cause) = find(&plan, &m, |node| {
            node.filter
                .as_deref()
                .is_some_and(|filter| filter.contains("InitPlan") || filter.contains('$'))
        });
        assert!(cause.misestimate.expect("judged").ratio.low > 1000.0, "{server}");
        assert_eq!(cause.misestimate_origin, None, "{server}");
        assert_eq!(m.nodes[0].misestimate_origin, Some(scan.id), "{server}");
    }
}

#[test]
fn triggers_are_not_laid_to_nodes() {
    for server in SERVERS {
        let (plan, m) = measured(server, "delete-triggers.json");
        let triggers: f64 = plan.triggers.iter().map(|trigger| trigger.total_ms).sum();
        assert!(triggers > 1.0 && plan.triggers[0].constraint.is_some(), "{server}");
        let rest = m.unaccounted_ms.expect("executed");
        let execution = plan.execution_ms.unwrap();
        assert!(rest.high < execution - triggers, "{server}: {rest:?} of {execution}");
    }
}

/// Captured from a server that was built with a compiler; the other was not.
#[test]
fn compilation_may_be_all_of_the_rest_or_nothing_of_it() {
    let (plan, m) = measured("postgres-15", "jit.json");
    let jit = plan.jit.expect("compiled").total_ms;
    let rest = m.unaccounted_ms.expect("executed");
    let root = m.nodes[0].wall_ms.unwrap();
    assert!(jit > 1.0);
    assert!((rest.high - (plan.execution_ms.unwrap() - root.low)).abs() < 0.01, "{rest:?}");
    assert!((rest.low - (rest.high - jit - 0.001).max(0.0)).abs() < 0.01, "{rest:?} {jit}");
}
