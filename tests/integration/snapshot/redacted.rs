//! What leaving values out costs, and what putting others in their place does.

use planwise::snapshot::Snapshot;

use super::fidelity::tpch_database;
use super::stand::{
    Agreement, EDGE_QUERIES, EDGES, agreement, database, plans, queries, replica, snapshot,
};
use crate::parts;
use crate::program::{Desk, assert_status, planwise};

async fn against(
    source: &planwise::sandbox::Sandbox,
    workload: &planwise::workload::Workload,
    snapshot: &mut Snapshot,
) -> Agreement {
    snapshot.recognise(workload).unwrap();
    let replica = replica(snapshot, None).await;
    assert_eq!(replica.differing, Vec::<String>::new());
    let there = plans(source, workload, &[]).await;
    agreement("redacted", there, plans(&replica.sandbox, workload, &[]).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn values_in_the_place_of_others_cost_less_than_none() {
    let Some(mut sandbox) = parts::postgres().await else { return };
    let (mut none, mut others) = (Agreement::default(), Agreement::default());
    database(&mut sandbox, "edges", EDGES).await;
    let mut sets = vec![("edges", queries(EDGE_QUERIES), snapshot(&sandbox).await)];
    if let Some(tpch) = tpch_database(&mut sandbox, 0.02).await {
        sets.push(("tpch", tpch, snapshot(&sandbox).await));
    }
    for (name, workload, whole) in sets {
        sandbox.set_database(name.to_owned());
        let (mut left_out, mut hashed) = (whole.clone(), whole);
        left_out.redact().unwrap();
        hashed.hash().unwrap();
        let desk = Desk::new();
        hashed.write(&desk.path("hashed.snapshot")).unwrap();
        let mut kept = Snapshot::read(&desk.path("hashed.snapshot")).unwrap();
        let text = serde_json::to_string(&kept).unwrap();
        for secret in ["1995-03-15", "AUTOMOBILE", "user77", "Customer#00000"] {
            assert!(!text.contains(secret), "{secret}");
        }
        none.add(against(&sandbox, &workload, &mut left_out).await);
        others.add(against(&sandbox, &workload, &mut kept).await);
    }
    for (how, agreement) in [("left out", &none), ("others in their place", &others)] {
        println!(
            "{how}: {} plans, {:.1} % of one shape, {:.1} % within a hundredth of the cost",
            agreement.plans,
            100.0 * agreement.shape_rate(),
            100.0 * agreement.cost_rate()
        );
    }
    assert!(others.same_shape >= none.same_shape && others.same_cost > none.same_cost);
    assert!(others.shape_rate() > 0.8, "{others:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn how_to_redact_is_said() {
    let Some(mut sandbox) = parts::postgres().await else { return };
    database(
        &mut sandbox,
        "small",
        "CREATE TABLE t (a text); INSERT INTO t SELECT 'secret ' || n % 3 FROM generate_series(1, 99) n;",
    )
    .await;
    let desk = Desk::new();
    let (url, file) = (sandbox.url("small"), desk.path("t.snapshot"));
    let cases: [(&[&str], bool, bool); 3] = [
        (&[], true, false),
        (&["--redact"], false, false),
        (&["--redact", "--keep-order"], true, true),
    ];
    for (options, values, salted) in cases {
        let mut command = planwise();
        command.arg("snapshot").args(["--db", &url]).args(options).arg("-o").arg(&file);
        assert_status(&command.output().unwrap(), 0);
        let taken = Snapshot::read(&file).unwrap();
        let column = taken.state.columns.iter().find(|column| column.column == "a").unwrap();
        assert_eq!(column.common_values.is_some(), values, "{options:?}");
        assert_eq!((taken.salt.is_some(), taken.redacted.is_some()), (salted, !options.is_empty()));
        let text = serde_json::to_string(&taken).unwrap();
        assert_eq!(text.contains("secret"), options.is_empty(), "{options:?}");
    }
    // What was redacted is not taken anew with its values.
    let queries =
        desk.write("q.sql", "-- expect: seq scan on t\nSELECT * FROM t WHERE a = 'secret 1';\n");
    let mut command = planwise();
    command.arg("assert").arg(&queries).args(["--db", &url, "--refresh", "--snapshot"]).arg(&file);
    assert_status(&command.output().unwrap(), 0);
    let taken = Snapshot::read(&file).unwrap();
    assert!(taken.salt.is_some() && !serde_json::to_string(&taken).unwrap().contains("secret"));
}
