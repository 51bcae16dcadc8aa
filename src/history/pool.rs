//! Several nights as one baseline.

use crate::run::{QueryRun, Run, Status};
use crate::stats::Latency;

/// Medians that a query of the pool has at most: what an exact test can take.
const MOST_ROUNDS: usize = 47;

/// The newest run, given first, with the round medians of all of them: a query that differs from night to night gets
/// a wide interval, so that tonight must lie beyond what nights differ by anyway. `None` without runs.
pub fn pooled(runs: Vec<Run>) -> Option<Run> {
    let mut runs = runs.into_iter();
    let mut newest = runs.next()?;
    let older: Vec<Run> = runs.collect();
    let share = MOST_ROUNDS / (older.len() + 1);
    for query in &mut newest.queries {
        let mut rounds = joined(&query.rounds_ms, share);
        let same = |other: &&QueryRun| {
            other.id == query.id && other.sql == query.sql && other.status == Status::Measured
        };
        for twin in older.iter().filter_map(|run| run.queries.iter().find(same)) {
            rounds.extend(joined(&twin.rounds_ms, share));
            query.latency = merged(query.latency.take(), twin.latency.as_ref());
        }
        query.rounds_ms = rounds;
    }
    if !older.is_empty() {
        newest.label = Some(format!("the last {} good runs", older.len() + 1));
    }
    Some(newest)
}

/// Neighbours joined by their mean until there are at most `most`.
fn joined(rounds: &[f64], most: usize) -> Vec<f64> {
    let size = rounds.len().div_ceil(most.max(1)).max(1);
    rounds.chunks(size).map(|part| part.iter().sum::<f64>() / part.len() as f64).collect()
}

fn merged(newest: Option<Latency>, older: Option<&Latency>) -> Option<Latency> {
    let (Some(a), Some(b)) = (&newest, older) else { return newest };
    let (Ok(mut sum), Ok(more)) = (a.histogram(), b.histogram()) else { return newest };
    sum.add(&more);
    Latency::of(&sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_are_joined_to_fit() {
        assert_eq!(joined(&[1.0, 3.0, 5.0, 7.0, 9.0], 3), [2.0, 6.0, 9.0]);
        assert_eq!(joined(&[1.0, 2.0], 9), [1.0, 2.0]);
        assert!(joined(&[1.0; 47], MOST_ROUNDS / 5).len() <= 9);
        assert!(joined(&[], 9).is_empty() && pooled(Vec::new()).is_none());
    }
}
