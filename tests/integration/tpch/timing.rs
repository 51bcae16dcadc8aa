//! The clock before and after the advised indexes, query by query.

use std::time::Instant;

use planwise::advise::Advice;
use planwise::engine::Session;
use planwise::workload::Workload;

/// Runs of each query on each side; the best counts, as in the published figures.
const RUNS: usize = 3;
/// Query 21 as the published figures number it: over two minutes without indexes, so it is left out.
const LEFT_OUT: &str = "numwait";
/// The published sum before, and the target after.
const PUBLISHED: (f64, f64) = (27.95, 19.0);

/// Seconds of each query; `None` where it is left out or fails.
async fn times(session: &mut dyn Session, workload: &Workload) -> Vec<Option<f64>> {
    let mut times = Vec::new();
    for query in &workload.queries {
        times.push(if query.sql.contains(LEFT_OUT) {
            None
        } else {
            best(session, &query.sql).await
        });
    }
    times
}

async fn best(session: &mut dyn Session, sql: &str) -> Option<f64> {
    let statement = session.prepare(sql).await.ok()?;
    let mut best: Option<f64> = None;
    for _ in 0..RUNS {
        let elapsed = session.execute(statement, &[]).await.ok()?.elapsed.as_secs_f64();
        best = Some(best.map_or(elapsed, |known| known.min(elapsed)));
    }
    best
}

pub async fn measure(session: &mut dyn Session, workload: &Workload, advice: &Advice) {
    let before = times(session, workload).await;
    for index in &advice.indexes {
        let started = Instant::now();
        session.command(&index.ddl).await.expect("advised statements run");
        let sql = format!("SELECT pg_relation_size('{}.{}')", index.schema, index.name);
        let real = session.query_text(&sql).await.expect("the index is there");
        let real: f64 = real[0].as_deref().unwrap_or("0").parse().unwrap_or(0.0);
        let modelled = index.size_bytes.unwrap_or(0) as f64;
        println!(
            "built {:<50} {:>7.1} MB, modelled {:>7.1} MB ({:+.1} %), {:>5.1} s",
            index.name,
            real / 1048576.0,
            modelled / 1048576.0,
            (modelled / real - 1.0) * 100.0,
            started.elapsed().as_secs_f64()
        );
    }
    let after = times(session, workload).await;
    let (mut sum_before, mut sum_after) = (0.0, 0.0);
    for (query, (before, after)) in workload.queries.iter().zip(before.iter().zip(&after)) {
        if let (Some(before), Some(after)) = (before, after) {
            println!("{:<8} {before:>7.3} s -> {after:>7.3} s  {:>5.2}", query.id, after / before);
            sum_before += before;
            sum_after += after;
        }
    }
    let target = PUBLISHED.1 / PUBLISHED.0;
    println!(
        "18 queries: {sum_before:.2} s -> {sum_after:.2} s, ratio {:.3}, target {target:.3}",
        sum_after / sum_before
    );
    for index in advice.indexes.iter().rev() {
        session.command(&index.undo).await.expect("every statement can be taken back");
    }
}
