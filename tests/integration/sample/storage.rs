//! What the advice costs in space, beside what a DBA would have built by hand.

use std::path::{Path, PathBuf};

use planwise::advise::Outcome;
use planwise::engine::{Access, Session, SessionOptions};
use planwise::progress::Progress;
use planwise::sample;
use planwise::sandbox::Sandbox;
use planwise::sql;
use planwise::workload::{self, FaultFinder};

use super::faults::{advised, judged, listing, replayed};
use super::load::spec;
use crate::parts;

const SCALE: f64 = 0.1;
/// The reference's size may be exceeded by this.
const TOLERANCE: f64 = 1.1;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("workloads/rental")
}

async fn loaded() -> Option<Sandbox> {
    let sandbox = parts::postgres().await?;
    let url = sandbox.url(sandbox.database());
    sample::load(sandbox.engine(), &url, &spec(SCALE), Progress::hidden()).await.unwrap();
    Some(sandbox)
}

async fn changing(sandbox: &Sandbox) -> Box<dyn Session> {
    let options = SessionOptions { access: Access::Commit, ..SessionOptions::default() };
    sandbox.connect(&options).await.unwrap()
}

/// Names and bytes of all indexes.
async fn indexes(session: &mut dyn Session) -> Vec<(String, u64)> {
    let catalog = session.catalog().await.unwrap();
    let all = catalog.tables.into_iter().flat_map(|table| table.indexes);
    all.map(|index| (index.name, index.bytes)).collect()
}

fn total(indexes: &[(String, u64)]) -> u64 {
    indexes.iter().map(|(_, bytes)| bytes).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn advice_takes_no_more_room_than_the_reference() {
    let Some(sandbox) = loaded().await else { return };
    let workload = workload::read(&folder(), sandbox.engine().dialect()).unwrap();
    let run = replayed(&sandbox, &workload).await;
    let findings = judged(&run, &sandbox);
    let advice = advised(&run, &findings, &sandbox).await;
    let report = listing(&findings, &advice);

    let mut session = changing(&sandbox).await;
    for index in advice.indexes.iter().filter(|index| index.outcome == Outcome::Proposed) {
        for statement in index.statements() {
            session.command(&statement).await.unwrap();
        }
    }
    for drop in &advice.drops {
        session.command(&drop.ddl).await.unwrap();
    }
    let ours = indexes(&mut *session).await;
    let theirs = reference().await;
    println!("{} bytes of indexes, {} by hand", total(&ours), total(&theirs));

    // What is redundant or unused is gone, and every fault that an index mends is mended.
    for fault in &workload.faults {
        for finder in &fault.found_by {
            if let FaultFinder::Drop { drop } = finder {
                assert!(
                    !ours.iter().any(|(name, _)| name == drop),
                    "{drop} is still there\n{report}"
                );
            }
        }
    }
    let missed = sample::score(&workload, &[], &advice).missed;
    for fault in workload.faults.iter().filter(|fault| is_mended_by_an_index(fault)) {
        assert!(!missed.contains(&fault.id), "{} is not mended\n{report}", fault.id);
    }
    let most = total(&theirs) as f64 * TOLERANCE;
    assert!(total(&ours) as f64 <= most, "{ours:#?}\n{theirs:#?}\n{report}");
}

fn is_mended_by_an_index(fault: &workload::ExpectedFault) -> bool {
    fault.found_by.iter().any(|finder| matches!(finder, FaultFinder::Index { .. }))
}

/// The indexes after the changes that were written by hand.
async fn reference() -> Vec<(String, u64)> {
    let sandbox = loaded().await.expect("it was there a moment ago");
    let mut session = changing(&sandbox).await;
    let text = std::fs::read_to_string(folder().join("reference.sql")).unwrap();
    for statement in sql::split(&text, &sandbox.engine().dialect().lexis()).unwrap() {
        session.command(&statement.text).await.unwrap();
    }
    indexes(&mut *session).await
}
