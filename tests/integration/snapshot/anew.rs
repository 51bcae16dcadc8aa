//! Statistics gathered anew: what was called safe does not flip.

use std::collections::BTreeSet;

use planwise::engine::{Access, ExplainMode, Session};
use planwise::plan::{NodeKind, Plan, plan_shape};
use planwise::progress::Progress;
use planwise::run::planned_sets;
use planwise::sandbox::Sandbox;
use planwise::snapshot::assertion::{Asserted, Expectation, Names, Standing, What, assess, held};
use planwise::workload::Workload;

use super::fidelity::{rental_database, tpch_database};
use super::stand::{patient, replica, snapshot};
use crate::parts;

const ROUNDS: usize = 20;

/// What somebody would write down who looks at a plan: it, its indexes, and the tables that are not read whole.
fn expectations(plan: &Plan) -> Vec<Expectation> {
    let nodes: Vec<_> = plan.visits().map(|(node, _)| node.clone()).collect();
    let indexes: BTreeSet<String> = nodes.iter().filter_map(|node| node.index.clone()).collect();
    let read_whole: BTreeSet<String> = nodes
        .iter()
        .filter(|node| node.kind == NodeKind::SeqScan)
        .filter_map(|node| node.relation.clone())
        .collect();
    let tables: BTreeSet<String> = nodes.iter().filter_map(|node| node.relation.clone()).collect();
    let plain = |what| Expectation { what, negated: false, line: 1 };
    let mut all = vec![plain(What::SamePlan(vec![plan_shape(plan)]))];
    all.extend(indexes.into_iter().map(|index| plain(What::Index(index))));
    let not_whole = tables.difference(&read_whole);
    all.extend(not_whole.map(|table| Expectation {
        what: What::SeqScan(Some(table.clone())),
        negated: true,
        line: 1,
    }));
    all
}

async fn plan(session: &mut dyn Session, query: &planwise::workload::Query) -> Plan {
    let params = planned_sets(query).remove(0);
    session.under(&query.settings);
    session.explain(&query.sql, &params, ExplainMode::Estimate).await.unwrap().plan
}

/// Flips of what was called safe, of everything, and how many expectations were safe.
async fn flips(place: &str, source: &Sandbox, workload: &Workload) -> (usize, usize, usize) {
    // Samples are small, so that they differ as they do on tables of many millions of rows.
    let mut owner = source.connect(&patient(Access::Commit)).await.unwrap();
    let target = format!("ALTER DATABASE {} SET default_statistics_target = 10", source.database());
    owner.command(&target).await.unwrap();
    let mut owner = source.connect(&patient(Access::Commit)).await.unwrap();
    owner.command("ANALYZE").await.unwrap();
    let snapshot = snapshot(source).await;
    let mut replica = replica(&snapshot, None).await;
    let url = source.url(source.database());
    let connect = async || {
        let mut session = source.engine().connect(&url, &patient(Access::ReadOnly)).await.unwrap();
        session.command("SET jit = off").await.unwrap();
        session
    };
    let mut session = connect().await;
    let mut asserted = Vec::new();
    for query in &workload.queries {
        let expectations = expectations(&plan(session.as_mut(), query).await);
        let params = vec![planned_sets(query).remove(0)];
        asserted.push(Asserted { query, expectations, params });
    }
    let judged = assess(&mut replica, &snapshot, &asserted, Progress::hidden()).await.unwrap();
    drop(replica);
    let names = Names::of(&snapshot.state, None);
    let (mut safe_flips, mut naive_flips) = (0, 0);
    let mut analyst = source.connect(&patient(Access::Commit)).await.unwrap();
    let mut told = BTreeSet::new();
    for _ in 0..ROUNDS {
        analyst.command("ANALYZE").await.unwrap();
        let mut judged = judged.iter();
        for one in &asserted {
            let now = plan(session.as_mut(), one.query).await;
            for expectation in &one.expectations {
                let then = judged.next().unwrap();
                if !held(expectation, &now, &names).holds {
                    naive_flips += 1;
                    if then.standing == Standing::Holds {
                        safe_flips += 1;
                        told.insert(format!("{}: {expectation}: {:?}", one.query.id, then.margin));
                    }
                }
            }
        }
    }
    let safe = judged.iter().filter(|one| one.standing == Standing::Holds).count();
    println!(
        "{place}: of {} expectations {safe} are safe; in {ROUNDS} rounds of ANALYZE {safe_flips} flips of safe ones, {naive_flips} of all\n{}",
        judged.len(),
        told.into_iter().collect::<Vec<_>>().join("\n")
    );
    (safe_flips, naive_flips, safe)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_safe_does_not_flip_when_statistics_are_gathered_anew() {
    let Some(mut sandbox) = parts::postgres().await else { return };
    let rental = rental_database(&mut sandbox, 0.06).await;
    let (flipped, _, safe) = flips("rental", &sandbox, &rental).await;
    assert_eq!(flipped, 0);
    assert!(safe > 30, "only {safe} are safe");
    if let Some(tpch) = tpch_database(&mut sandbox, 0.02).await {
        let (flipped, _, safe) = flips("tpch", &sandbox, &tpch).await;
        assert_eq!(flipped, 0);
        assert!(safe > 20, "only {safe} are safe");
    }
}
