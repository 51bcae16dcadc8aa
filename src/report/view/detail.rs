//! Which queries are shown with their plans and pictures, when there are too many for a page.

use std::collections::HashMap;

use crate::compare::{Comparison, Verdict};
use crate::report::Document;

/// Details of a few hundred queries are what a browser opens at once, and more than anybody reads.
const MOST: usize = 300;

/// Anchors of the queries that are shown in detail, by id: what got worse first, then what else changed, then the heaviest.
/// Numbered, because names are hostile.
pub fn anchors(document: &Document) -> HashMap<&str, String> {
    let queries = &document.run.queries;
    let mut order: Vec<usize> = (0..queries.len()).collect();
    if queries.len() > MOST {
        let ranks = document.comparison.as_ref().map(ranks).unwrap_or_default();
        let rank = |position: usize| {
            let query = &queries[position];
            let (rank, impact) = ranks.get(query.id.as_str()).copied().unwrap_or((9, 0.0));
            (rank, impact, query.weighted_ms())
        };
        order.sort_by(|a, b| {
            let (a, b) = (rank(*a), rank(*b));
            a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)).then(b.2.total_cmp(&a.2))
        });
        order.truncate(MOST);
    }
    order.into_iter().map(|at| (queries[at].id.as_str(), format!("q{}", at + 1))).collect()
}

/// How grave it is, and how much of the workload it moves.
fn ranks(comparison: &Comparison) -> HashMap<&str, (u8, f64)> {
    let rank = |query: &crate::compare::QueryComparison| match query.verdict {
        Verdict::Regressed => 0,
        Verdict::Failed => 1,
        _ if !query.signals.is_empty() => 2,
        Verdict::Improved => 3,
        Verdict::Inconclusive => 4,
        Verdict::Unchanged => 5,
    };
    let queries = comparison.queries.iter();
    queries.map(|q| (q.query.as_str(), (rank(q), q.impact.unwrap_or(0.0).abs()))).collect()
}
