//! The clock: `planwise tune` at a budget of real size, and what no index can get below.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use planwise::advise::SizeModel;
use planwise::compare::{Comparison, QueryComparison, Verdict};
use planwise::engine::{Access, Session, SessionOptions};
use planwise::run::Run;
use planwise::workload::Query;
use serde_json::Value;

use super::Bench;

/// Of real size, in megabytes, as published.
const BUDGET: u64 = 600;
/// So many that nothing is left out for want of room.
const NO_LIMIT: u64 = 1_000_000;
/// Query 21 as the published figures number it: over two minutes without indexes, so it is left out.
const LEFT_OUT: &str = "numwait";
/// The published sum before, and the target after, seconds.
const PUBLISHED: (f64, f64) = (27.95, 19.0);
/// Executions of each query with every index built; the fastest counts.
const RUNS: usize = 2;

/// Milliseconds by query.
type Times = BTreeMap<String, f64>;

pub async fn measure(bench: &Bench, run: &Run) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let queries: Vec<&Query> =
        bench.workload.queries.iter().filter(|query| !query.sql.contains(LEFT_OUT)).collect();
    let comparison = tuned(bench, &queries, folder.path())?;
    let floors = floors(bench, run, &queries).await?;
    table(&comparison.queries, &floors);
    Ok(())
}

/// As a user would: the program, on the loaded database, of which it makes a copy.
fn tuned(bench: &Bench, queries: &[&Query], folder: &Path) -> Result<Comparison> {
    let named: Vec<String> =
        queries.iter().map(|query| format!("-- name: {}\n{};\n", query.id, query.sql)).collect();
    let (file, out) = (folder.join("queries.sql"), folder.join("out"));
    std::fs::write(&file, named.join("\n"))?;
    let started = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_planwise"));
    command.arg("tune").arg(&file).arg("--out").arg(&out);
    command.args(["--db", &bench.sandbox.url(bench.sandbox.database())]);
    command.args(["--budget", &format!("{BUDGET}MB"), "--statement-timeout", "600"]);
    command.args(["--rounds", "3", "--warmup", "0"]);
    println!("{command:?}");
    let status = command.status()?;
    ensure!(status.success(), "planwise tune ended with {status}");
    println!("tune took {:.0} s", started.elapsed().as_secs_f64());
    let read = |name: &str| -> Result<Value> {
        let text = std::fs::read_to_string(out.join(name)).with_context(|| name.to_owned())?;
        Ok(serde_json::from_str(&text)?)
    };
    indexes(&read("advice.json")?);
    Ok(serde_json::from_value(read("comparison.json")?["comparison"].take())?)
}

/// What was tried, and what became of it.
fn indexes(advice: &Value) {
    let mut kept_bytes = 0;
    for index in advice["indexes"].as_array().into_iter().flatten() {
        let bytes = index["size_bytes"].as_u64().unwrap_or(0);
        let state = index["outcome"]["state"].as_str().unwrap_or("?");
        kept_bytes += if state == "kept" { bytes } else { 0 };
        let reason = index["outcome"]["reason"].as_str().unwrap_or("");
        println!(
            "{state:<9} {:>5} MB  {}  {reason}",
            bytes >> 20,
            index["ddl"].as_str().unwrap_or("")
        );
    }
    println!("kept: {} MB of real size, budget {BUDGET} MB", kept_bytes >> 20);
}

/// Every index built that the planner would use if there were no budget, and then all queries.
async fn floors(bench: &Bench, run: &Run, queries: &[&Query]) -> Result<Times> {
    let advice = bench.advise(run, NO_LIMIT, SizeModel::Modelled).await;
    let mut target = bench.target();
    target.options = SessionOptions {
        access: Access::Commit,
        statement_timeout: std::time::Duration::ZERO,
        ..target.options
    };
    let mut session = target.connect().await?;
    for index in &advice.indexes {
        for statement in index.statements() {
            session.command(&statement).await?;
        }
    }
    let mut floors = Times::new();
    for query in queries {
        floors.insert(query.id.clone(), fastest(session.as_mut(), &query.sql).await?);
    }
    println!("without a budget: {} indexes built", advice.indexes.len());
    Ok(floors)
}

async fn fastest(session: &mut dyn Session, sql: &str) -> Result<f64> {
    let statement = session.prepare(sql).await?;
    let mut fastest = f64::INFINITY;
    for _ in 0..RUNS {
        let elapsed = session.execute(statement, &[]).await?.elapsed;
        fastest = fastest.min(elapsed.as_secs_f64() * 1e3);
    }
    Ok(fastest)
}

fn table(queries: &[QueryComparison], floors: &Times) {
    println!(
        "{:<10} {:>9} {:>9} {:>6} {:<13} {:>20} {:>9}",
        "query", "before", "after", "ratio", "verdict", "interval", "floor"
    );
    let (mut before_ms, mut after_ms, mut floor_ms, mut slower) = (0.0, 0.0, 0.0, 0);
    for query in queries {
        let Some((before, after)) = medians(query) else { continue };
        let floor = floors.get(&query.query).copied().unwrap_or(f64::NAN).min(before).min(after);
        let interval = query.ratio_interval.map(|i| format!("{:.3} to {:.3}", i.low, i.high));
        println!(
            "{:<10} {:>7.2} s {:>7.2} s {:>6.3} {:<13} {:>20} {:>7.2} s",
            query.query,
            before / 1e3,
            after / 1e3,
            after / before,
            format!("{:?}", query.verdict),
            interval.unwrap_or_default(),
            floor / 1e3,
        );
        before_ms += before;
        after_ms += after;
        floor_ms += floor;
        slower += u32::from(query.verdict == Verdict::Regressed);
    }
    println!(
        "{} queries: {:.2} s -> {:.2} s, ratio {:.3}, target {:.3}; floor {:.2} s, ratio {:.3}; {slower} slower",
        queries.len(),
        before_ms / 1e3,
        after_ms / 1e3,
        after_ms / before_ms,
        PUBLISHED.1 / PUBLISHED.0,
        floor_ms / 1e3,
        floor_ms / before_ms,
    );
}

/// A query with the same plan on both sides was not measured in turn: what its two times differ by is how busy the
/// machine was an hour apart, and its time before counts for both.
fn medians(query: &QueryComparison) -> Option<(f64, f64)> {
    let (before, after) = (query.before.as_ref()?, query.after.as_ref()?);
    if query.verdict == Verdict::Unchanged && query.ratio_interval.is_none() {
        return Some((before.latency.p50_ms, before.latency.p50_ms));
    }
    Some((before.latency.p50_ms, after.latency.p50_ms))
}
