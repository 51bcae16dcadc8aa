//! The same statement with the same values soon again, although the session has changed nothing of its tables meanwhile.

use std::collections::{BTreeMap, HashMap};

use super::gather::{Around, Watcher};
use super::habit::Habit;
use super::per_session::PerSession;
use super::profile::Role;
use super::step::Step;
use super::tally::{Seen, Tally};

/// Asked again after a longer pause it may be meant to see what has changed, microseconds.
const SOON_US: i64 = 500_000;
/// Different statements a session is remembered for.
const MOST_REMEMBERED: usize = 256;
/// Fewer executions are no habit.
const FEWEST: u64 = 3;

#[derive(Debug, Default)]
pub struct Repeats {
    sessions: PerSession<HashMap<u64, Run>>,
    by_query: BTreeMap<u32, Tally>,
}

/// Executions of one statement with the same values, each soon after the one before.
#[derive(Debug, Clone, Copy)]
struct Run {
    query: u32,
    /// The executions after the first: those that could have been spared.
    again: Seen,
    started_us: i64,
    last_end_us: i64,
}

impl Watcher for Repeats {
    fn see(&mut self, step: &Step<'_>, around: &Around<'_>) {
        let (runs, left) = self.sessions.of(step.session, step.start_us);
        let mut ended: Vec<Run> = Vec::new();
        if step.is(Role::Write) || step.is(Role::Other) {
            // What changes a table makes it worth asking again. What is no query may change anything.
            let changed = |run: &Run| {
                let profile = around.profiles.get(run.query as usize);
                step.is(Role::Other)
                    || profile.is_none_or(|profile| profile.shares_a_table(step.profile))
            };
            ended.extend(runs.values().filter(|run| changed(run)));
            runs.retain(|_, run| !changed(run));
        }
        if step.is(Role::Read) && step.failure.is_none() {
            if runs.len() >= MOST_REMEMBERED && !runs.contains_key(&step.key) {
                ended.extend(runs.drain().map(|(_, run)| run));
            }
            let known = runs.get_mut(&step.key);
            match known.filter(|run| step.start_us - run.last_end_us <= SOON_US) {
                Some(run) => run.count(step),
                None => ended.extend(runs.insert(step.key, Run::start(step))),
            }
        }
        ended.extend(left.into_iter().flat_map(|(_, runs)| runs.into_values()));
        ended.into_iter().for_each(|run| self.keep(run));
    }

    fn end(mut self: Box<Self>, around: &Around<'_>) -> Vec<Habit> {
        let rest = std::mem::take(&mut self.sessions).into_rest();
        let mut rest: Vec<Run> =
            rest.into_iter().flat_map(|(_, runs)| runs.into_values()).collect();
        rest.sort_by_key(|run| (run.again.file, run.again.line));
        rest.into_iter().for_each(|run| self.keep(run));
        let of = |(query, tally): (&u32, &Tally)| tally.habit("same-again", Some(*query), around);
        self.by_query.iter().map(of).collect()
    }
}

impl Repeats {
    fn keep(&mut self, run: Run) {
        if run.again.calls + 1 >= FEWEST {
            self.by_query.entry(run.query).or_default().add(run.again);
        }
    }
}

impl Run {
    fn start(step: &Step<'_>) -> Run {
        let again = Seen { calls: 0, took_ns: 0, ..Seen::of(step) };
        Run { query: step.query, again, started_us: step.start_us, last_end_us: step.end_us }
    }

    fn count(&mut self, step: &Step<'_>) {
        self.again.calls += 1;
        self.again.took_ns += step.took_ns;
        self.again.lasted_us = step.end_us - self.started_us;
        self.last_end_us = step.end_us;
    }
}
