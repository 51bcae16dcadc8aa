//! Folding the variants of one shape into one query.

use std::collections::HashMap;

use super::{QueryDigest, Summary};
use crate::sql::{Dialect, variant_form};

/// What queries are told apart by.
#[derive(Clone, Copy)]
pub enum Folding {
    /// Their fingerprints.
    None,
    /// What is left of their texts once lists of columns, the order of AND terms and the length of lists do not count.
    Variants(&'static dyn Dialect),
}

impl Folding {
    pub fn key(self, query: &QueryDigest) -> String {
        match self {
            Folding::Variants(dialect) if query.unparsed.is_none() => {
                let form = variant_form(&query.normalised, dialect.lexis());
                form.unwrap_or_else(|| query.fingerprint.clone())
            }
            _ => query.fingerprint.clone(),
        }
    }
}

/// Folds the queries of `summary`: for a digest that is shown, whose events nobody looks at.
pub fn fold(summary: &mut Summary, folding: Folding) {
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut queries: Vec<QueryDigest> = Vec::new();
    let mut all = std::mem::take(&mut summary.queries);
    // The variant that took most time gives the query its name.
    all.sort_by_key(|query| std::cmp::Reverse((query.durations.sum_ns, query.calls)));
    for query in all {
        match known.get(&folding.key(&query)) {
            Some(at) => queries[*at].add(query),
            None => {
                known.insert(folding.key(&query), queries.len());
                queries.push(query);
            }
        }
    }
    summary.queries = queries;
}
