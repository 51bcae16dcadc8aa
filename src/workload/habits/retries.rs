//! A statement that fails, sent again as it was.

use std::collections::BTreeMap;

use super::gather::{Around, Watcher};
use super::habit::Habit;
use super::per_session::PerSession;
use super::profile::Role;
use super::step::Step;
use super::tally::{Seen, Tally};

#[derive(Debug, Default)]
pub struct Retries {
    sessions: PerSession<Option<Failing>>,
    by_query: BTreeMap<u32, Tally>,
}

/// Failures of one statement in a row, with nothing but the end of its transaction in between.
#[derive(Debug, Clone, Copy)]
struct Failing {
    query: u32,
    key: u64,
    seen: Seen,
    started_us: i64,
}

impl Watcher for Retries {
    fn see(&mut self, step: &Step<'_>, _: &Around<'_>) {
        if matches!(step.profile.role, Role::Begin | Role::End | Role::Steering) {
            return;
        }
        let (failing, left) = self.sessions.of(step.session, step.start_us);
        let again = failing.as_mut().filter(|one| one.query == step.query && one.key == step.key);
        let ended = match (again, step.failure) {
            (Some(one), Some(_)) => {
                one.seen.calls += 1;
                one.seen.took_ns += step.took_ns;
                one.seen.lasted_us = step.end_us - one.started_us;
                None
            }
            (_, Some(_)) => failing.replace(Failing::start(step)),
            (_, None) => failing.take(),
        };
        let left = left.into_iter().filter_map(|(_, failing)| failing);
        left.chain(ended).for_each(|one| self.keep(one));
    }

    fn end(mut self: Box<Self>, around: &Around<'_>) -> Vec<Habit> {
        for (_, failing) in std::mem::take(&mut self.sessions).into_rest() {
            failing.into_iter().for_each(|one| self.keep(one));
        }
        let of =
            |(query, tally): (&u32, &Tally)| tally.habit("failing-again", Some(*query), around);
        self.by_query.iter().map(of).collect()
    }
}

impl Retries {
    fn keep(&mut self, one: Failing) {
        if one.seen.calls >= 2 {
            self.by_query.entry(one.query).or_default().add(one.seen);
        }
    }
}

impl Failing {
    fn start(step: &Step<'_>) -> Failing {
        let seen = Seen::of(step);
        Failing { query: step.query, key: step.key, seen, started_us: step.start_us }
    }
}
