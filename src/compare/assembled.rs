//! A comparison put together from what was measured of each query at different times.

use super::block::Block;
use super::conclude::{index_bytes, one_sided};
use super::plan_change::side_of;
use super::verdict::whole;
use super::workload_ratio::{Part, workload_ratio};
use super::{Comparison, Criteria, Method, QueryComparison, Side, Verdict};
use crate::run::{QueryRun, Run};

/// Of `queries`, those that only one of the runs could measure added. The figures of the whole workload are
/// worked out from the blocks of all; a query without any counts as unchanged.
pub fn assembled(
    (before, after): (&Run, &Run),
    mut queries: Vec<QueryComparison>,
    criteria: &Criteria,
    notes: Vec<String>,
) -> Comparison {
    let known = |id: &str| queries.iter().any(|query| query.query == id);
    let others = one_sided(before, after).into_iter();
    let others: Vec<QueryComparison> = others.filter(|query| !known(&query.query)).collect();
    queries.extend(others);
    let parts: Vec<Part> =
        queries.iter().filter_map(|query| part(query, before.query(&query.query))).collect();
    let sum = |of: fn(&Block) -> f64| parts.iter().map(|part| part.weight * mean(part, of)).sum();
    let (before_ms, after_ms): (f64, f64) = (sum(|b| b.before_ms), sum(|b| b.after_ms));
    for query in &mut queries {
        share_of(query, before.query(&query.query), before_ms);
    }
    let ratio = workload_ratio(&parts);
    Comparison {
        queries,
        workload_ratio: ratio.map(|(ratio, _)| ratio),
        workload_ratio_interval: ratio.map(|(_, interval)| interval),
        workload_verdict: ratio.map(|(_, interval)| whole(interval, criteria)),
        workload_before_ms: before_ms,
        workload_after_ms: after_ms,
        criteria: Some(*criteria),
        storage_before_bytes: Some(index_bytes(before)),
        storage_after_bytes: Some(index_bytes(after)),
        notes,
        ..Comparison::new(Method::Alternating)
    }
}

/// A query with the plan it had: what two measurements of it would differ by is the time of day.
pub fn same_plan(run: &QueryRun) -> QueryComparison {
    let side = || Some(side_of(Some(run), run.latency.clone()?));
    QueryComparison {
        ratio: Some(1.0),
        change_ms: Some(0.0),
        before: side(),
        after: side(),
        note: Some("the plan is the same, so it was not measured again".to_owned()),
        ..QueryComparison::new(&run.id, run.weight, Verdict::Unchanged)
    }
}

/// The blocks of a query that did not fail; one of the time before where it was not measured again.
fn part(query: &QueryComparison, before: Option<&QueryRun>) -> Option<Part> {
    if query.verdict == Verdict::Failed {
        return None;
    }
    let mut blocks = blocks(query);
    if blocks.is_empty() {
        let known = before.and_then(|run| run.latency.as_ref())?;
        blocks.push(Block { before_ms: known.mean_ms, after_ms: known.mean_ms });
    }
    Some(Part { weight: query.weight, blocks })
}

fn blocks(query: &QueryComparison) -> Vec<Block> {
    let levels = |side: &Option<Side>| {
        side.as_ref().map(|side| side.block_levels_ms.clone()).unwrap_or_default()
    };
    let both = levels(&query.before).into_iter().zip(levels(&query.after));
    both.map(|(before_ms, after_ms)| Block { before_ms, after_ms }).collect()
}

fn mean(part: &Part, of: fn(&Block) -> f64) -> f64 {
    part.blocks.iter().map(of).sum::<f64>() / part.blocks.len() as f64
}

/// Shares of a part's time become shares of the whole workload's.
fn share_of(query: &mut QueryComparison, before: Option<&QueryRun>, workload_ms: f64) {
    let Some(part) = part(query, before).filter(|_| workload_ms > 0.0) else { return };
    query.share = Some(part.weight * mean(&part, |block| block.before_ms) / workload_ms);
    query.impact = query.change_ms.map(|change| change * part.weight / workload_ms);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::scripted::{Scripted, query, workload};
    use crate::run::{RunOptions, Target, replay};
    use crate::sql::StatementKind;
    use crate::stats::{Histogram, Latency};

    fn latency(ms: f64) -> Latency {
        let mut histogram = Histogram::default();
        histogram.record(std::time::Duration::from_secs_f64(ms / 1e3));
        Latency::of(&histogram).unwrap()
    }

    fn measured(id: &str, before: f64, after: f64) -> QueryComparison {
        let side =
            |ms: f64| Some(Side { block_levels_ms: vec![ms; 8], ..side_of(None, latency(ms)) });
        QueryComparison {
            before: side(before),
            after: side(after),
            change_ms: Some(after - before),
            ..QueryComparison::new(id, 2.0, Verdict::Improved)
        }
    }

    async fn run_of_two() -> Run {
        let queries = ["a", "b"].map(|id| query(id, StatementKind::Read));
        let engine = Scripted::engine(&[]);
        let target = Target { engine, url: String::new(), options: Default::default() };
        let (options, progress) = (RunOptions::default(), crate::progress::Progress::hidden());
        let workload = workload(queries.to_vec());
        replay(&target, &workload, &options, &Default::default(), progress).await.unwrap()
    }

    #[tokio::test]
    async fn what_was_not_measured_again_counts_as_unchanged() {
        let mut run = run_of_two().await;
        for (query, ms) in run.queries.iter_mut().zip([100.0, 300.0]) {
            query.latency = Some(latency(ms));
        }
        let b = QueryComparison { weight: 2.0, ..same_plan(&run.queries[1]) };
        let queries = vec![measured("a", 100.0, 50.0), b];
        let whole = assembled((&run, &run), queries, &Criteria::default(), Vec::new());
        assert!((whole.workload_before_ms - 800.0).abs() < 4.0, "{whole:?}");
        assert!((whole.workload_after_ms - 700.0).abs() < 4.0, "{whole:?}");
        assert!((whole.workload_ratio.unwrap() - 0.875).abs() < 0.01);
        let b = whole.query("b").unwrap();
        assert!((b.share.unwrap() - 0.75).abs() < 0.01);
        assert_eq!((b.impact, b.verdict), (Some(0.0), Verdict::Unchanged));
    }
}
