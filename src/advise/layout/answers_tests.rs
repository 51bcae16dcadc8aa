//! Where an answer is worth keeping, and the near misses.

use std::time::Duration;

use super::answers;
use super::proposal::LayoutKind;
use crate::advise::Advice;
use crate::engine::{self, Engine, Table};
use crate::plan::{Actual, Evidence, Node, NodeKind, Plan};
use crate::run::{PlanRecord, QueryRun, Run, RunOptions, Target, replay, scripted};
use crate::sql::StatementKind;
use crate::stats::{Histogram, Latency};

fn engine() -> &'static dyn Engine {
    engine::all()[0]
}

fn sale() -> Table {
    Table {
        schema: "public".to_owned(),
        name: "sale".to_owned(),
        kind: "table".to_owned(),
        partition_of: None,
        rows: 3e6,
        pages: 10_000,
        bytes: 80_000_000,
        visible_fraction: None,
        columns: Vec::new(),
        indexes: Vec::new(),
        foreign_keys: Vec::new(),
        statistics: Default::default(),
        activity: Default::default(),
        storage: None,
        triggers: Vec::new(),
    }
}

fn plan(read: f64) -> Plan {
    let mut leaf = Node::new(NodeKind::SeqScan, "Seq Scan");
    leaf.relation = Some("sale".to_owned());
    leaf.actual = Some(Actual {
        startup_ms: None,
        total_ms: None,
        rows: read,
        loops: 1.0,
        rows_rounding: 0.0,
        time_rounding_ms: 0.0,
    });
    let mut root = Node::new(NodeKind::Aggregate, "Aggregate");
    root.children.push(leaf);
    Plan::of(root, Evidence::A)
}

fn set(query: &mut QueryRun, sql: &str, calls: f64, ms: u64, read: f64) {
    let mut histogram = Histogram::default();
    histogram.record(Duration::from_millis(ms));
    let shape = engine().dialect().shape(sql).unwrap();
    query.sql = sql.to_owned();
    query.kind = shape.kind;
    query.shape = Some(shape);
    query.weight = calls;
    query.latency = Latency::of(&histogram);
    query.rows = Some(3.0);
    query.errors.clear();
    let raw = serde_json::Value::Null;
    query.plans = vec![PlanRecord { params: Vec::new(), plan: plan(read), raw, file: None }];
}

/// Queries with their weight, milliseconds and rows read, over one table.
async fn run(queries: &[(&str, f64, u64, f64)], observed_s: Option<f64>) -> Run {
    let ids = queries.iter().enumerate();
    let ids = ids.map(|(n, _)| scripted::query(&format!("sales-{n}"), StatementKind::Read));
    let workload = scripted::workload(ids.collect());
    let target = Target {
        engine: scripted::Scripted::engine(&[]),
        url: String::new(),
        options: Default::default(),
    };
    let options = RunOptions::plans_only("test");
    let (interrupt, progress) = (Default::default(), crate::progress::Progress::hidden());
    let mut run = replay(&target, &workload, &options, &interrupt, progress).await.unwrap();
    run.workload.observed_s = observed_s;
    run.catalog.search_path = vec!["public".to_owned()];
    run.catalog.tables = vec![sale()];
    for (query, (sql, calls, ms, read)) in run.queries.iter_mut().zip(queries) {
        set(query, sql, *calls, *ms, *read);
    }
    run
}

fn kinds(run: &Run) -> Vec<LayoutKind> {
    let found = answers(run, None, &[], &Advice::default(), engine());
    found.iter().map(|advice| advice.kind).collect()
}

const HEAVY: &str = "SELECT shop, sum(price) FROM sale GROUP BY shop";

#[tokio::test]
async fn a_heavy_aggregate_that_is_asked_again_is_kept() {
    let run = run(&[(HEAVY, 40.0, 400, 3e6)], None).await;
    let found = answers(&run, None, &[], &Advice::default(), engine());
    assert_eq!(found.len(), 1);
    assert!(found[0].statements[0].contains("sales_0_kept"), "{:?}", found[0].statements);
    assert!(found[0].evidence.contains("3,000,000 rows"), "{}", found[0].evidence);
}

#[tokio::test]
async fn what_is_asked_once_light_changing_or_written_as_often_is_left_alone() {
    let today = "SELECT shop, sum(price) FROM sale WHERE day = current_date GROUP BY shop";
    let given = "SELECT shop, sum(price) FROM sale WHERE day = $1 GROUP BY shop";
    let misses = [
        (HEAVY, 2.0, 400, 3e6),
        (HEAVY, 40.0, 4, 3e6),
        (HEAVY, 40.0, 400, 900.0),
        (today, 40.0, 400, 3e6),
        (given, 40.0, 400, 3e6),
    ];
    for miss in misses {
        assert_eq!(kinds(&run(&[miss], None).await), [], "{miss:?}");
    }
    let write = "UPDATE sale SET price = 1 WHERE id = 4";
    let written = run(&[(HEAVY, 40.0, 400, 3e6), (write, 40.0, 1, 1.0)], None).await;
    assert_eq!(kinds(&written), []);
    let mut of_view = run(&[(HEAVY, 40.0, 400, 3e6)], None).await;
    of_view.catalog.tables[0].kind = "view".to_owned();
    assert_eq!(kinds(&of_view), []);
}

#[tokio::test]
async fn a_hot_read_is_cached_only_where_its_rate_was_seen() {
    let list = "SELECT shop, price FROM sale ORDER BY shop";
    let of = |calls, observed| async move { kinds(&run(&[(list, calls, 2, 3.0)], observed).await) };
    assert_eq!(of(9_000.0, Some(600.0)).await, [LayoutKind::Cache]);
    assert_eq!(of(9_000.0, None).await, []);
    assert_eq!(of(900.0, Some(600.0)).await, []);
    assert_eq!(of(9_000.0, Some(60_000.0)).await, []);
}
