//! A comparison of all queries, brought up to date by one of some of them.

use std::collections::HashMap;

use super::block::Block;
use super::verdict::whole;
use super::workload_ratio::{Part, workload_ratio};
use super::{Comparison, QueryComparison, Verdict};

/// `last` with what `fresh` says of the queries that it measured. The figures of the whole workload are
/// worked out again, from the blocks of all.
pub fn joined(last: Comparison, mut fresh: Comparison) -> Comparison {
    let mut again: HashMap<String, QueryComparison> =
        fresh.queries.drain(..).map(|query| (query.query.clone(), query)).collect();
    let kept = last.queries.iter().filter(|query| !again.contains_key(&query.query)).count();
    let mut queries: Vec<QueryComparison> =
        last.queries.into_iter().map(|query| again.remove(&query.query).unwrap_or(query)).collect();
    queries.extend(again.into_values());
    let parts: Vec<Part> = queries.iter().filter_map(part).collect();
    let sum = |of: fn(&Block) -> f64| parts.iter().map(|part| part.weight * mean(part, of)).sum();
    let (before_ms, after_ms): (f64, f64) = (sum(|b| b.before_ms), sum(|b| b.after_ms));
    for query in &mut queries {
        share_of(query, before_ms);
    }
    let ratio = workload_ratio(&parts);
    let criteria = fresh.criteria.unwrap_or_default();
    let mut notes = fresh.notes;
    let all = queries.len();
    notes.push(format!(
        "{kept} of {all} queries kept the plan that was measured in an earlier round, and were not measured again."
    ));
    Comparison {
        queries,
        workload_ratio: ratio.map(|(ratio, _)| ratio),
        workload_ratio_interval: ratio.map(|(_, interval)| interval),
        workload_verdict: ratio.map(|(_, interval)| whole(interval, &criteria)),
        workload_before_ms: before_ms,
        workload_after_ms: after_ms,
        notes,
        ..fresh
    }
}

/// The blocks of a query that did not fail.
fn part(query: &QueryComparison) -> Option<Part> {
    let (before, after) = (query.before.as_ref()?, query.after.as_ref()?);
    let both = before.block_levels_ms.iter().zip(&after.block_levels_ms);
    let blocks: Vec<Block> =
        both.map(|(&before_ms, &after_ms)| Block { before_ms, after_ms }).collect();
    let counts = query.verdict != Verdict::Failed && !blocks.is_empty();
    counts.then_some(Part { weight: query.weight, blocks })
}

fn mean(part: &Part, of: fn(&Block) -> f64) -> f64 {
    part.blocks.iter().map(of).sum::<f64>() / part.blocks.len() as f64
}

/// Shares of a part's time become shares of the whole workload's.
fn share_of(query: &mut QueryComparison, workload_ms: f64) {
    let Some(part) = part(query).filter(|_| workload_ms > 0.0) else { return };
    query.share = Some(part.weight * mean(&part, |block| block.before_ms) / workload_ms);
    query.impact = query.change_ms.map(|change| change * part.weight / workload_ms);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{Method, Side};
    use crate::stats::{Histogram, Latency};

    fn side(ms: f64) -> Side {
        let mut histogram = Histogram::default();
        histogram.record(std::time::Duration::from_secs_f64(ms / 1e3));
        Side {
            latency: Latency::of(&histogram).unwrap(),
            rows: None,
            plan_shape: None,
            blocks: None,
            temp_blocks: None,
            block_medians_ms: Vec::new(),
            block_levels_ms: vec![ms; 8],
        }
    }

    fn comparison(queries: &[(&str, f64, f64)]) -> Comparison {
        let query = |(id, before, after): &(&str, f64, f64)| QueryComparison {
            before: Some(side(*before)),
            after: Some(side(*after)),
            change_ms: Some(after - before),
            ..QueryComparison::new(*id, 2.0, Verdict::Improved)
        };
        let queries = queries.iter().map(query).collect();
        Comparison { queries, ..Comparison::new(Method::Alternating) }
    }

    #[test]
    fn what_was_measured_again_replaces_what_was_known() {
        let last = comparison(&[("a", 100.0, 50.0), ("b", 300.0, 900.0)]);
        let joined = joined(last, comparison(&[("b", 300.0, 150.0)]));
        let order: Vec<&str> = joined.queries.iter().map(|query| query.query.as_str()).collect();
        assert_eq!(order, ["a", "b"]);
        assert_eq!((joined.workload_before_ms, joined.workload_after_ms), (800.0, 400.0));
        assert!((joined.workload_ratio.unwrap() - 0.5).abs() < 1e-9);
        assert_eq!(joined.workload_verdict, Some(Verdict::Improved));
        let b = joined.query("b").unwrap();
        assert_eq!((b.share, b.impact), (Some(0.75), Some(-0.375)));
        assert!(joined.notes[0].starts_with("1 of 2 queries kept the plan"), "{:?}", joined.notes);
    }
}
