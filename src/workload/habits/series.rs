//! One query many times in a row in one session: rows read or written one at a time.

use std::collections::BTreeMap;

use super::gather::{Around, Watcher};
use super::habit::Habit;
use super::per_session::PerSession;
use super::profile::Role;
use super::step::Step;
use super::tally::{Seen, Tally};

/// Shorter series are no habit.
const SHORTEST: u64 = 5;
/// A longer pause ends a series, microseconds: somebody else is served.
const PAUSE_US: i64 = 1_000_000;

#[derive(Debug, Default)]
pub struct SeriesWatch {
    sessions: PerSession<State>,
    /// By the query, and the one that came before.
    read: BTreeMap<(u32, u32), Tally>,
    written: BTreeMap<u32, Written>,
}

#[derive(Debug, Default)]
struct Written {
    tally: Tally,
    /// Series whose rows were committed one by one.
    alone: Tally,
}

#[derive(Debug, Default)]
struct State {
    series: Option<Series>,
    /// The last query that read, and is not the one of the series.
    last_read: Option<(u32, Option<u64>, i64)>,
    /// A transaction is open.
    is_open: bool,
    /// Commits without a beginning: transactions begin by themselves here.
    begins_itself: bool,
}

#[derive(Debug)]
struct Series {
    query: u32,
    /// It reads; otherwise it writes.
    reads: bool,
    seen: Seen,
    /// Executions with other values than the one before.
    changes: u64,
    last_key: u64,
    last_end_us: i64,
    started_us: i64,
    /// Of the executions those outside of a transaction, or in one that holds nothing else.
    alone: u64,
    in_this_transaction: u64,
    /// Time of the commits, nanoseconds.
    commit_ns: u64,
    before: Option<(u32, Option<u64>)>,
}

impl Watcher for SeriesWatch {
    fn see(&mut self, step: &Step<'_>, _: &Around<'_>) {
        let (state, left) = self.sessions.of(step.session, step.start_us);
        let ended = state.take(step);
        for (_, silent) in left {
            self.keep(silent.close());
        }
        self.keep(ended);
    }

    fn end(mut self: Box<Self>, around: &Around<'_>) -> Vec<Habit> {
        for (_, state) in std::mem::take(&mut self.sessions).into_rest() {
            self.keep(state.close());
        }
        let mut habits = Vec::new();
        for (query, before, tally) in self.most_often_after() {
            let series = self.read.iter().filter(|((other, _), _)| *other == query);
            let mut habit = tally.habit("read-in-loop", Some(query), around);
            habit.of_occurrences = series.map(|(_, tally)| tally.occurrences).sum();
            around.others(&mut habit, &[before]);
            habits.push(habit);
        }
        for (query, written) in &self.written {
            habits.push(written.tally.habit("writes-in-loop", Some(*query), around));
            if written.alone.occurrences > 0 {
                habits.push(written.alone.habit("commit-per-row", Some(*query), around));
            }
        }
        habits
    }
}

impl SeriesWatch {
    /// Of each query that is read in series, those after the query that they follow most often.
    fn most_often_after(&self) -> Vec<(u32, u32, &Tally)> {
        let mut most: BTreeMap<u32, (u32, &Tally)> = BTreeMap::new();
        for ((query, before), tally) in &self.read {
            let known = most.entry(*query).or_insert((*before, tally));
            if tally.occurrences > known.1.occurrences {
                *known = (*before, tally);
            }
        }
        most.into_iter().map(|(query, (before, tally))| (query, before, tally)).collect()
    }

    fn keep(&mut self, series: Option<Series>) {
        let Some(series) = series.filter(|series| series.seen.calls >= SHORTEST) else { return };
        if series.reads {
            if let Some((before, _)) = series.before {
                self.read.entry((series.query, before)).or_default().add(series.seen);
            }
            return;
        }
        let written = self.written.entry(series.query).or_default();
        written.tally.add(series.seen);
        // All but a few: the first and the last may share a transaction with something else.
        if series.alone * 10 >= series.seen.calls * 9 {
            let took_ns = series.seen.took_ns + series.commit_ns;
            let waited_us = (series.commit_ns / 1000) as i64;
            written.alone.add(Seen { took_ns, waited_us, ..series.seen });
        }
    }
}

impl State {
    /// The series that ends with `step`, if one does.
    fn take(&mut self, step: &Step<'_>) -> Option<Series> {
        match step.profile.role {
            Role::Begin => {
                self.is_open = true;
                self.settle(0);
                None
            }
            Role::End => {
                // Transactions begin by themselves: what looked like single commits was one of many rows.
                self.begins_itself |= !self.is_open;
                self.is_open = false;
                self.settle(step.took_ns);
                None
            }
            Role::Steering => None,
            _ if self.goes_on(step) => {
                self.count(step);
                None
            }
            _ => self.start(step),
        }
    }

    fn goes_on(&self, step: &Step<'_>) -> bool {
        self.series.as_ref().is_some_and(|series| {
            series.query == step.query
                && step.failure.is_none()
                && step.start_us - series.last_end_us <= PAUSE_US
                && (series.reads || step.values.len() <= step.profile.values)
        })
    }

    fn count(&mut self, step: &Step<'_>) {
        let is_open = self.is_open;
        let Some(series) = &mut self.series else { return };
        series.seen.calls += 1;
        series.seen.took_ns += step.took_ns;
        series.seen.lasted_us = step.end_us - series.started_us;
        series.changes += u64::from(series.last_key != step.key);
        series.last_key = step.key;
        series.last_end_us = step.end_us;
        if !series.reads {
            series.alone += u64::from(!is_open);
            series.in_this_transaction += u64::from(is_open);
        }
    }

    /// A transaction begins or ends.
    fn settle(&mut self, commit_ns: u64) {
        let begins_itself = self.begins_itself;
        let Some(series) = self.series.as_mut().filter(|series| !series.reads) else { return };
        series.commit_ns += commit_ns;
        series.alone += u64::from(series.in_this_transaction == 1);
        series.in_this_transaction = 0;
        if begins_itself {
            series.alone = 0;
        }
    }

    fn start(&mut self, step: &Step<'_>) -> Option<Series> {
        let ended = self.close_series();
        let reads = step.profile.reads_by_key();
        let fits = step.values.len() <= step.profile.values;
        let writes = step.is(Role::Write) && step.profile.writes_one_row && fits;
        if step.failure.is_none() && (reads || writes) {
            let near = self
                .last_read
                .filter(|(query, _, end)| *query != step.query && step.start_us - end <= PAUSE_US);
            self.series = Some(Series {
                query: step.query,
                reads,
                seen: Seen::lasting(step),
                changes: 0,
                last_key: step.key,
                last_end_us: step.end_us,
                started_us: step.start_us,
                alone: u64::from(!self.is_open && !reads),
                in_this_transaction: u64::from(self.is_open && !reads),
                commit_ns: 0,
                before: near.filter(|_| reads).map(|(query, rows, _)| (query, rows)),
            });
        }
        if step.is(Role::Read) {
            self.last_read = Some((step.query, step.rows, step.end_us));
        }
        ended
    }

    fn close_series(&mut self) -> Option<Series> {
        let mut series = self.series.take()?;
        if !series.reads && self.begins_itself {
            series.alone = 0;
        }
        // The same value over and over is another habit; a query with fewer rows than executions has not made them.
        let varies = series.changes * 2 >= series.seen.calls;
        let rows_match = match series.before {
            Some((_, Some(rows))) => {
                let (less, more) =
                    (rows.min(series.seen.calls), rows.max(series.seen.calls).max(1));
                less * 2 >= more
            }
            _ => true,
        };
        (!series.reads || (varies && rows_match)).then_some(series)
    }

    fn close(mut self) -> Option<Series> {
        self.close_series()
    }
}
