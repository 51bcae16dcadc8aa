//! How often a replica plans as its source does.

use planwise::engine::Access;
use planwise::progress::Progress;
use planwise::sample::{self, SampleSpec};
use planwise::sandbox::Sandbox;
use planwise::workload::Workload;

use super::stand::{
    Agreement, EDGE_QUERIES, EDGES, PAGILA_QUERIES, PGBENCH, PGBENCH_QUERIES, agreement, database,
    patient, plans, queries, read, replica, settle, snapshot,
};
use crate::parts;
use crate::tpch;

/// As they are by default, without workers, and with workers wherever they can be.
const SETTINGS: [&[(&str, &str)]; 3] = [
    &[],
    &[("max_parallel_workers_per_gather", "0")],
    &[
        ("max_parallel_workers_per_gather", "4"),
        ("min_parallel_table_scan_size", "0"),
        ("min_parallel_index_scan_size", "0"),
        ("parallel_setup_cost", "0"),
        ("parallel_tuple_cost", "0"),
    ],
];

async fn compared(
    place: &str,
    source: &Sandbox,
    workload: &Workload,
    settings: &[&[(&str, &str)]],
) -> Agreement {
    let snapshot = snapshot(source).await;
    let replica = replica(&snapshot, None).await;
    assert_eq!(replica.differing, Vec::<String>::new(), "{place}");
    let mut all = Agreement::default();
    for settings in settings {
        let there = plans(source, workload, settings).await;
        let here = plans(&replica.sandbox, workload, settings).await;
        all.add(agreement(&format!("{place} {settings:?}"), there, here));
    }
    println!(
        "{place}: {} plans, {:.1} % of one shape, {:.1} % of one cost",
        all.plans,
        100.0 * all.shape_rate(),
        100.0 * all.cost_rate()
    );
    all
}

const INDEXES: [&str; 7] = [
    "lineitem (l_orderkey)",
    "lineitem (l_shipdate)",
    "lineitem (l_partkey, l_suppkey)",
    "orders (o_custkey)",
    "orders (o_orderdate)",
    "customer (c_nationkey)",
    "part (p_size) WHERE p_size < 20",
];

pub async fn tpch_database(sandbox: &mut Sandbox, scale: f64) -> Option<Workload> {
    tpch_tables(sandbox, scale, &INDEXES).await
}

pub async fn tpch_tables(sandbox: &mut Sandbox, scale: f64, indexes: &[&str]) -> Option<Workload> {
    let folder = parts::dataset("tpch")?;
    database(sandbox, "tpch", "").await;
    tpch::data::load(sandbox, &folder, scale).await;
    let mut session = sandbox.connect(&patient(Access::Commit)).await.unwrap();
    for index in indexes {
        session.command(&format!("CREATE INDEX ON {index}")).await.unwrap();
    }
    settle(session.as_mut()).await;
    Some(read(&folder.join("queries.sql")))
}

pub async fn rental_database(sandbox: &mut Sandbox, scale: f64) -> Workload {
    database(sandbox, "rental", "").await;
    let workload =
        read(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/workloads/rental")));
    let spec = SampleSpec::from_data(workload.data.as_ref().unwrap(), Some(scale), None).unwrap();
    let url = sandbox.owner_url("rental");
    sample::load(sandbox.engine(), &url, &spec, Progress::hidden()).await.unwrap();
    let mut session = sandbox.connect(&patient(Access::Commit)).await.unwrap();
    settle(session.as_mut()).await;
    workload
}

async fn pagila_database(sandbox: &mut Sandbox) -> Option<Workload> {
    let files = ["pagila-schema.sql", "pagila-data.sql"];
    let files: Option<Vec<_>> =
        files.iter().map(|name| parts::dataset(&format!("pagila/{name}"))).collect();
    database(sandbox, "pagila", "").await;
    sandbox.load(&files?, Progress::hidden()).await.unwrap();
    let mut session = sandbox.connect(&patient(Access::Commit)).await.unwrap();
    settle(session.as_mut()).await;
    Some(queries(PAGILA_QUERIES))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_plans_as_its_source_does() {
    let Some(mut sandbox) = parts::postgres().await else { return };
    let mut all = Agreement::default();
    database(&mut sandbox, "edges", EDGES).await;
    all.add(compared("edges", &sandbox, &queries(EDGE_QUERIES), &SETTINGS).await);
    database(&mut sandbox, "pgbench", PGBENCH).await;
    all.add(compared("pgbench", &sandbox, &queries(PGBENCH_QUERIES), &SETTINGS).await);
    let rental = rental_database(&mut sandbox, 0.02).await;
    all.add(compared("rental", &sandbox, &rental, &SETTINGS[..1]).await);
    if let Some(pagila) = pagila_database(&mut sandbox).await {
        all.add(compared("pagila", &sandbox, &pagila, &SETTINGS[1..]).await);
    }
    if let Some(tpch) = tpch_database(&mut sandbox, 0.02).await {
        all.add(compared("tpch", &sandbox, &tpch, &SETTINGS).await);
    }
    println!(
        "all: {} plans, {:.1} % of one shape, {:.1} % of one cost\n{}",
        all.plans,
        100.0 * all.shape_rate(),
        100.0 * all.cost_rate(),
        all.exceptions.join("\n")
    );
    assert!(all.shape_rate() >= 0.97, "{all:#?}");
    assert!(all.cost_rate() >= 0.95, "{all:#?}");
}
