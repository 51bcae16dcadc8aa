//! Indexes that are tried on a replica: the choice is the one that is made on the source.

use std::collections::BTreeSet;

use planwise::advise::{
    Advice, CostFeedback, Hypotheses, Limits, Request, StoodIn, Thresholds, WhatIf, advise,
};
use planwise::engine::{Access, SessionOptions};
use planwise::interrupt::Interrupt;
use planwise::progress::Progress;
use planwise::run::{Run, Target, estimate};
use planwise::sandbox::Sandbox;
use planwise::snapshot::{Replica, Snapshot};
use planwise::workload::Workload;

use super::fidelity::tpch_tables;
use super::stand::{
    database, patient, plans, queries, replica, run as run_script, settle, snapshot,
};
use crate::parts;

async fn estimated(sandbox: &Sandbox, workload: &Workload) -> Run {
    let url = sandbox.owner_url(sandbox.database());
    let target = Target { engine: sandbox.engine(), url, options: SessionOptions::default() };
    estimate(&target, workload, &Interrupt::new(), Progress::hidden()).await.unwrap()
}

async fn advised(run: &Run, what_if: &mut dyn WhatIf, limits: Limits) -> Advice {
    let engine = planwise::engine::by_name("postgres").unwrap();
    let request = Request {
        run,
        findings: &[],
        engine,
        thresholds: Thresholds::default(),
        limits,
        cost_feedback: CostFeedback::default(),
        interrupt: Interrupt::new(),
    };
    advise(&request, Some(what_if)).await
}

async fn by_hypotheses(source: &Sandbox, run: &Run, limits: Limits) -> Advice {
    let mut session = source.connect(&patient(Access::ReadOnly)).await.unwrap();
    let grammar = source.engine().index_grammar().unwrap();
    let mut lead = Hypotheses::open(session.as_mut(), grammar).await.unwrap();
    advised(run, &mut lead, limits).await
}

async fn by_stand_ins(
    replica: &Replica,
    snapshot: &Snapshot,
    run: &Run,
    (limits, hypothetical): (Limits, bool),
) -> Advice {
    let sandbox = &replica.sandbox;
    let url = sandbox.owner_url(sandbox.database());
    let options = patient(Access::ReadOnly);
    let mut session = sandbox.engine().connect(&url, &options).await.unwrap();
    let grammar = sandbox.engine().index_grammar().unwrap();
    let stand_ins = replica.stand_ins(&snapshot.state).await.unwrap().unwrap();
    let lead = StoodIn::open(session.as_mut(), grammar, stand_ins).await;
    let mut lead = if hypothetical { lead } else { lead.without_hypotheses() };
    advised(run, &mut lead, limits).await
}

fn indexes(advice: &Advice) -> BTreeSet<String> {
    let text = |index: &planwise::advise::IndexAdvice| {
        format!(
            "{} {} ({}) include ({}) where {:?}",
            index.table,
            index.method,
            index.columns.join(", "),
            index.include.join(", "),
            index.predicate
        )
    };
    advice.indexes.iter().map(text).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_choice_on_tpch_is_the_one_of_hypothetical_indexes_on_the_source() {
    let Some(mut sandbox) = parts::postgres().await else { return };
    let Some(workload) = tpch_tables(&mut sandbox, 0.02, &[]).await else { return };
    let run = estimated(&sandbox, &workload).await;
    let snapshot = snapshot(&sandbox).await;
    let replica = replica(&snapshot, None).await;
    for megabytes in [None, Some(4)] {
        let budget = megabytes.map(|megabytes| megabytes << 20);
        let search_time = std::time::Duration::from_secs(600);
        let limits = Limits { budget, search_time, ..Limits::default() };
        let there = by_hypotheses(&sandbox, &run, limits.clone()).await;
        let shown = by_stand_ins(&replica, &snapshot, &run, (limits.clone(), true)).await;
        let here = by_stand_ins(&replica, &snapshot, &run, (limits, false)).await;
        assert!(!there.indexes.is_empty());
        let (costs_there, costs_here) = (there.workload_cost_after, here.workload_cost_after);
        println!("{megabytes:?}: {costs_there:?} there, {costs_here:?} here");
        let (there, shown, here) = (indexes(&there), indexes(&shown), indexes(&here));
        // Hypothetical indexes on the replica are chosen as they are on the source. Stand-ins have the size that a built index
        // has, which is less than a hypothetical one claims, and so others may fit: at no higher cost.
        assert_eq!(there, shown);
        println!("apart: {:#?}", there.symmetric_difference(&here).collect::<Vec<_>>());
        let ratio = costs_here.unwrap() / costs_there.unwrap();
        assert!((0.9..1.02).contains(&ratio), "{ratio}");
    }
}

const PARCELS: &str = "
CREATE EXTENSION pg_trgm;
CREATE TABLE parcel (id int PRIMARY KEY, label text, tags text[], due date, state text) PARTITION BY RANGE (id);
CREATE TABLE parcel_a PARTITION OF parcel FOR VALUES FROM (0) TO (50000);
CREATE TABLE parcel_b PARTITION OF parcel FOR VALUES FROM (50000) TO (200000);
INSERT INTO parcel SELECT n, md5(n::text), ARRAY['t' || n % 300, 'u' || n % 7], '2024-01-01'::date + n % 365,
    CASE WHEN n % 50 = 0 THEN 'open' ELSE 'sent' END FROM generate_series(1, 100000) n;
CREATE TABLE note (id int PRIMARY KEY, label text, tags text[], span int4range, due date, place text);
INSERT INTO note SELECT n, md5(n::text), ARRAY['t' || n % 300, 'u' || n % 7], int4range(n, n + 10), '2024-01-01'::date + n / 200,
    'place ' || n % 5000 FROM generate_series(1, 60000) n;
";

const ASKED: &str = "
-- name: tagged
SELECT * FROM note WHERE tags @> ARRAY['t42'];
-- name: labelled
SELECT * FROM note WHERE label LIKE '%abcdef%';
-- name: spans
SELECT * FROM note WHERE span @> 4711;
-- name: placed
SELECT * FROM note WHERE lower(place) = 'place 17';
-- name: parts
SELECT * FROM parcel WHERE state = 'open' AND due = '2024-05-05';
-- name: parts-tagged
SELECT * FROM parcel WHERE tags @> ARRAY['t42'];
";

/// Kinds that no planner can be shown, partitions, expressions; and the plan that is promised is the one that the source
/// makes with the index built.
#[tokio::test(flavor = "multi_thread")]
async fn indexes_of_every_kind_are_priced_without_rows() {
    let Some(mut sandbox) = parts::postgres().await else { return };
    database(&mut sandbox, "parcels", PARCELS).await;
    let workload = queries(ASKED);
    let run = estimated(&sandbox, &workload).await;
    let snapshot = snapshot(&sandbox).await;
    let replica = replica(&snapshot, None).await;
    let here = by_stand_ins(&replica, &snapshot, &run, (Limits::default(), false)).await;
    let found = indexes(&here);
    for part in [
        "note gin (tags)",
        "note gin (label)",
        "note gist (span)",
        "note btree (lower(place))",
        "parcel btree (",
        "parcel gin (tags)",
    ] {
        assert!(found.iter().any(|index| index.starts_with(part)), "{part}: {found:#?}");
    }
    assert!(here.indexes.iter().all(|index| index.cost_before > index.cost_after));
    // Everything that was tried is out of sight again.
    let again = plans(&replica.sandbox, &workload, &[]).await;
    let untouched = again.iter().filter_map(|(_, plan)| plan.as_ref().ok());
    let names = untouched.flat_map(|plan| plan.visits().filter_map(|(node, _)| node.index.clone()));
    assert_eq!(names.filter(|name| name.contains("trial")).count(), 0);

    let mut session = sandbox.connect(&patient(Access::Commit)).await.unwrap();
    for index in &here.indexes {
        let build = index.ddl.replace("CONCURRENTLY ", "");
        run_script(session.as_mut(), &build).await;
    }
    settle(session.as_mut()).await;
    let there = plans(&sandbox, &workload, &[]).await;
    let costs = there.into_iter().map(|(_, plan)| plan.unwrap().root.total_cost.unwrap());
    let (promised, built) = (here.workload_cost_after.unwrap(), costs.sum::<f64>());
    println!("{promised} promised, {built} built");
    // Sizes of inverted indexes are modelled by averages.
    assert!((0.6..1.6).contains(&(promised / built)), "{promised} {built}");
}
