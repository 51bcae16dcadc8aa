//! What the executions of one query added up to.

use std::time::Duration;

use super::ErrorCount;
use super::rounds::Rounds;
use crate::engine::{DbError, Execution};
use crate::stats::Histogram;

/// Executions that a query gets even when its time budget is used up.
const LEAST_EXECUTIONS: u64 = 3;

/// Failures in a row, without one success, after which a query is given up.
const MOST_FAILURES: u64 = 3;

#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    pub histogram: Histogram,
    pub rows: f64,
    pub errors: Vec<ErrorCount>,
    /// Time and executions of each parameter set.
    pub by_set: Vec<(Duration, u64)>,
    pub rounds: Rounds,
    spent: Duration,
}

impl Tally {
    pub fn success(&mut self, set: usize, execution: Execution) {
        self.histogram.record(execution.elapsed);
        self.rows += execution.rows as f64;
        self.spent += execution.elapsed;
        self.rounds.add(execution.elapsed);
        if self.by_set.len() <= set {
            self.by_set.resize(set + 1, (Duration::ZERO, 0));
        }
        self.by_set[set].0 += execution.elapsed;
        self.by_set[set].1 += 1;
    }

    pub fn failure(&mut self, error: DbError) {
        match self.errors.iter_mut().find(|known| known.error == error) {
            Some(known) => known.count += 1,
            None => self.errors.push(ErrorCount { error, count: 1 }),
        }
    }

    /// Nothing more is to be learnt, or it costs too much.
    pub fn is_finished(&self, budget: Duration) -> bool {
        let measured = self.histogram.count();
        let failures: u64 = self.errors.iter().map(|e| e.count).sum();
        (measured >= LEAST_EXECUTIONS && self.spent >= budget)
            || (measured == 0 && failures >= MOST_FAILURES)
    }

    pub fn absorb(&mut self, other: Tally) {
        self.histogram.add(&other.histogram);
        self.rows += other.rows;
        self.spent += other.spent;
        self.rounds.absorb(other.rounds);
        for ErrorCount { error, count } in other.errors {
            match self.errors.iter_mut().find(|known| known.error == error) {
                Some(known) => known.count += count,
                None => self.errors.push(ErrorCount { error, count }),
            }
        }
        if self.by_set.len() < other.by_set.len() {
            self.by_set.resize(other.by_set.len(), (Duration::ZERO, 0));
        }
        for (mine, theirs) in self.by_set.iter_mut().zip(other.by_set) {
            mine.0 += theirs.0;
            mine.1 += theirs.1;
        }
    }

    pub fn mean_rows(&self) -> Option<f64> {
        let count = self.histogram.count();
        (count > 0).then(|| self.rows / count as f64)
    }

    /// The parameter set with the longest mean time: where the plan has most to tell.
    pub fn slowest_set(&self) -> usize {
        let mean = |(time, count): &(Duration, u64)| time.as_secs_f64() / (*count).max(1) as f64;
        let sets = self.by_set.iter().enumerate();
        let slowest = sets.max_by(|(_, a), (_, b)| mean(a).total_cmp(&mean(b)));
        slowest.map_or(0, |(index, _)| index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::DbErrorKind;

    fn took(milliseconds: u64) -> Execution {
        Execution { elapsed: Duration::from_millis(milliseconds), rows: 2 }
    }

    #[test]
    fn a_slow_query_stops_at_its_budget_but_not_before_three() {
        let mut tally = Tally::default();
        let budget = Duration::from_millis(100);
        tally.success(0, took(400));
        tally.success(0, took(400));
        assert!(!tally.is_finished(budget));
        tally.success(0, took(400));
        assert!(tally.is_finished(budget));
    }

    #[test]
    fn equal_errors_are_counted_once() {
        let mut tally = Tally::default();
        for _ in 0..3 {
            tally.failure(DbError::new(DbErrorKind::Statement, "division by zero"));
        }
        assert_eq!(tally.errors.len(), 1);
        assert_eq!(tally.errors[0].count, 3);
        assert!(tally.is_finished(Duration::from_secs(9)));
    }

    #[test]
    fn absorbing_adds_everything() {
        let (mut a, mut b) = (Tally::default(), Tally::default());
        a.success(0, took(1));
        b.success(1, took(50));
        b.failure(DbError::new(DbErrorKind::Timeout, "too slow"));
        a.absorb(b);
        assert_eq!(a.histogram.count(), 2);
        assert_eq!(a.mean_rows(), Some(2.0));
        assert_eq!(a.slowest_set(), 1);
        assert_eq!(a.errors.len(), 1);
    }
}
