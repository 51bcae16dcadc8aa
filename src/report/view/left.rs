//! What is slow still when the changes are made.

use crate::compare::Comparison;
use crate::report::format;

/// Queries that are named, and the share of the time that a query must take to be named.
const MOST: usize = 3;
const LEAST_SHARE: f64 = 0.1;

/// `Most of what is left: rentals-page (31 %, 262 ms), …`. Nothing where no query stands out.
pub fn left(comparison: &Comparison) -> Option<String> {
    let weighted = comparison.queries.iter().filter_map(|query| {
        let typical = query.after.as_ref()?.typical_ms()[1];
        Some((query.query.as_str(), typical, typical * query.weight))
    });
    let mut queries: Vec<(&str, f64, f64)> = weighted.collect();
    let total: f64 = queries.iter().map(|(_, _, ms)| ms).sum();
    queries.sort_by(|a, b| b.2.total_cmp(&a.2));
    let heavy = queries.iter().take(MOST).filter(|(_, _, ms)| *ms >= total * LEAST_SHARE);
    let named: Vec<String> = heavy
        .map(|(name, typical, ms)| {
            format!("{name} ({}, {})", format::percent(ms / total), format::millis(*typical))
        })
        .collect();
    (!named.is_empty() && queries.len() > 1)
        .then(|| format!("Most of the time that is left: {}.", named.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{Method, QueryComparison, Side, Verdict};
    use crate::stats::{Interval, Latency};

    fn side(ms: f64) -> Side {
        let latency = Latency {
            count: 6,
            mean_ms: ms,
            min_ms: ms,
            p50_ms: ms,
            p90_ms: ms,
            p95_ms: ms,
            p99_ms: ms,
            max_ms: ms,
            median_interval: Interval::new(ms, ms),
            histogram: String::new(),
        };
        Side {
            latency,
            rows: None,
            plan_shape: None,
            blocks: None,
            temp_blocks: None,
            block_medians_ms: Vec::new(),
            block_levels_ms: vec![ms; 6],
        }
    }

    fn comparison(after: &[(&str, f64, f64)]) -> Comparison {
        let mut comparison = Comparison::new(Method::Alternating);
        comparison.queries = after
            .iter()
            .map(|(name, ms, weight)| {
                let mut query = QueryComparison::new(*name, *weight, Verdict::Improved);
                query.after = Some(side(*ms));
                query
            })
            .collect();
        comparison
    }

    #[test]
    fn the_heaviest_are_named_by_their_weighted_time() {
        let said =
            left(&comparison(&[("a", 1.0, 1.0), ("b", 50.0, 1.0), ("c", 10.0, 9.0)])).unwrap();
        assert_eq!(said, "Most of the time that is left: c (64 %, 10 ms), b (35 %, 50 ms).");
    }

    #[test]
    fn where_none_stands_out_nothing_is_said() {
        let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
        let even: Vec<(&str, f64, f64)> = names.iter().map(|name| (*name, 1.0, 1.0)).collect();
        assert_eq!(left(&comparison(&even)), None);
        assert_eq!(left(&comparison(&[("only", 1.0, 1.0)])), None);
    }
}
