//! A replica of a large database is small.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::stand::{PGBENCH, agreement, database, plans, queries, replica, snapshot};
use crate::parts;

/// Bytes that the disk keeps for everything below `folder`, and those that its files are long.
fn bytes(folder: &Path) -> (u64, u64) {
    let mut total = (0, 0);
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let data = entry.metadata().unwrap();
        let (kept, long) = match data.is_dir() {
            true => bytes(&entry.path()),
            false => (data.blocks() * 512, data.len()),
        };
        total = (total.0 + kept, total.1 + long);
    }
    total
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_gigabytes_are_planned_on_sixty_megabytes() {
    let Some(mut sandbox) = parts::postgres().await else { return };
    database(&mut sandbox, "pgbench", PGBENCH).await;
    let small = snapshot(&sandbox).await;
    let mut large = small.clone();
    let factor = 300;
    for table in &mut large.state.relations {
        table.blocks *= factor;
        table.known_blocks *= factor;
        table.known_visible *= factor;
        table.known_rows *= factor as f64;
    }
    for index in &mut large.state.indexes {
        index.blocks *= factor;
        index.known_blocks *= factor;
        index.known_rows *= factor as f64;
    }
    let replica = replica(&large, None).await;
    let (kept, long) = bytes(replica.sandbox.directory());
    println!("{} MB on the disk for {} MB", kept >> 20, long >> 20);
    assert!(long > 10_000_000_000, "{long}");
    assert!(kept < 60_000_000, "{kept}");
    // The planner believes in them: three hundred times the pages cost three hundred times as much to read.
    let whole = queries("SELECT abalance FROM pgbench_accounts;");
    let serial = [("max_parallel_workers_per_gather", "0")];
    let there = plans(&sandbox, &whole, &serial).await;
    let here = plans(&replica.sandbox, &whole, &serial).await;
    let cost = |plans: &[(String, Result<planwise::plan::Plan, String>)]| {
        plans[0].1.as_ref().unwrap().root.total_cost.unwrap()
    };
    let ratio = cost(&here) / cost(&there);
    assert!((299.0..301.0).contains(&ratio), "{ratio}");
    assert_eq!(agreement("large", there, here).same_shape, 1);
}
