//! Sessions that end after a few statements: each costs the server a process or a thread, and the client several round trips.

use std::collections::HashMap;

use super::gather::{Around, Watcher};
use super::habit::Habit;
use super::profile::Role;
use super::step::Step;
use super::tally::{Seen, Tally};

/// Sessions that are counted.
const MOST: usize = 1_000_000;
/// Statements after which a session has paid for its connection.
const FEW: u64 = 3;

#[derive(Debug, Default)]
pub struct Connections {
    sessions: HashMap<u32, Session>,
}

#[derive(Debug, Default)]
struct Session {
    /// Statements that ask for something.
    asked: u64,
    seen: Seen,
}

impl Watcher for Connections {
    fn see(&mut self, step: &Step<'_>, _: &Around<'_>) {
        if self.sessions.len() >= MOST && !self.sessions.contains_key(&step.session) {
            return;
        }
        let session = self.sessions.entry(step.session).or_insert_with(|| Session {
            asked: 0,
            seen: Seen { calls: 0, took_ns: 0, ..Seen::of(step) },
        });
        session.asked += u64::from(matches!(step.profile.role, Role::Read | Role::Write));
        session.seen.calls += 1;
        session.seen.took_ns += step.took_ns;
    }

    fn end(self: Box<Self>, around: &Around<'_>) -> Vec<Habit> {
        let mut short: Vec<&Session> =
            self.sessions.values().filter(|one| (1..=FEW).contains(&one.asked)).collect();
        short.sort_by_key(|one| one.seen.session);
        let mut tally = Tally::default();
        short.iter().for_each(|one| tally.add(one.seen));
        match tally.occurrences {
            0 => Vec::new(),
            _ => {
                let habit = tally.habit("connection-per-statement", None, around);
                vec![Habit { of_occurrences: self.sessions.len() as u64, ..habit }]
            }
        }
    }
}
