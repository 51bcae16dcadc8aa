//! What happened between two looks at a view that counts from its last reset on.

use std::collections::HashMap;

use super::read::add;
use crate::trace::{Durations, QueryDigest, Summary};

/// `later` without what `earlier` had already. A counter that went back was reset in between: then all of it is new.
pub fn since(earlier: &Summary, later: Summary) -> Summary {
    let before: HashMap<&str, &QueryDigest> =
        earlier.queries.iter().map(|query| (query.fingerprint.as_str(), query)).collect();
    let mut queries = Vec::new();
    for mut query in later.queries {
        if let Some(known) =
            before.get(query.fingerprint.as_str()).filter(|known| known.calls <= query.calls)
        {
            subtract(&mut query, known);
        }
        if query.calls > 0 {
            queries.push(query);
        }
    }
    let mut summary = Summary {
        engine: later.engine,
        origin: later.origin,
        notes: later.notes,
        ..Summary::default()
    };
    add(&mut summary, queries);
    if let (Some(from), Some(to)) = (earlier.last_us, later.last_us) {
        summary.seen(from, to);
    }
    summary
}

fn subtract(query: &mut QueryDigest, known: &QueryDigest) {
    query.calls -= known.calls;
    let sum_ns = query.durations.sum_ns.saturating_sub(known.durations.sum_ns);
    // Least and most are since the reset, and say nothing of the time between.
    let mean = sum_ns / query.calls.max(1);
    query.durations = Durations::told(query.calls, sum_ns, mean, mean, 0.0);
    query.rows = query.rows.saturating_sub(known.rows);
    query.rows_told = query.calls;
    query.parse_ns = query.parse_ns.saturating_sub(known.parse_ns);
    query.lock_wait_ns = query.lock_wait_ns.saturating_sub(known.lock_wait_ns);
    query.temporary_files = query.temporary_files.saturating_sub(known.temporary_files);
    query.temporary_bytes = query.temporary_bytes.saturating_sub(known.temporary_bytes);
    for (name, figure) in &mut query.figures {
        *figure -= known.figures.get(name).copied().unwrap_or(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::StatementKind;

    fn summary(calls: u64, ns: u64) -> Summary {
        let mut query =
            QueryDigest::new("a".to_owned(), "SELECT $1".to_owned(), StatementKind::Read);
        query.calls = calls;
        query.durations = Durations::told(calls, ns, 1, 5, 0.0);
        let mut summary = Summary::default();
        add(&mut summary, vec![query]);
        summary
    }

    #[test]
    fn only_what_is_new_counts() {
        let new = since(&summary(3, 300), summary(5, 900));
        assert_eq!((new.statements, new.duration_ns), (2, 600));
        let reset = since(&summary(3, 300), summary(1, 20));
        assert_eq!((reset.statements, reset.duration_ns), (1, 20));
        assert!(since(&summary(3, 300), summary(3, 300)).queries.is_empty());
    }
}
