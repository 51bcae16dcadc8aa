//! Transactions: left open while nothing is asked, open for long, of very many statements, or around a single read.

use std::collections::{BTreeMap, HashSet};

use super::gather::{Around, Watcher};
use super::habit::Habit;
use super::per_session::PerSession;
use super::profile::Role;
use super::step::Step;
use super::tally::{Seen, Tally};

/// A transaction whose longest pause is shorter is not left open, microseconds.
const PAUSE_US: i64 = 200_000;
/// One that is open for less is not long, microseconds.
const LONG_US: i64 = 5_000_000;
/// One with fewer statements is not of many.
const MANY: u64 = 20;

#[derive(Debug, Default)]
pub struct Transactions {
    sessions: PerSession<Option<Open>>,
    all: u64,
    /// By the query before the longest pause.
    idle: BTreeMap<u32, Tally>,
    long: Tally,
    many: Tally,
    /// By its only statement.
    single: BTreeMap<u32, Tally>,
}

#[derive(Debug)]
struct Open {
    started_us: i64,
    last_end_us: i64,
    /// The last statement, and the one before the longest pause.
    last: Option<u32>,
    /// It is known when it ended.
    last_is_timed: bool,
    before_pause: Option<u32>,
    pause_us: i64,
    pauses_us: i64,
    statements: u64,
    queries: HashSet<u32>,
    only_reads: bool,
    /// Time of its beginning and of its statements, nanoseconds.
    frame_ns: u64,
    took_ns: u64,
    file: u32,
    line: u64,
}

impl Watcher for Transactions {
    fn see(&mut self, step: &Step<'_>, _: &Around<'_>) {
        let (open, _) = self.sessions.of(step.session, step.start_us);
        match step.profile.role {
            Role::Begin => *open = Some(Open::at(step)),
            Role::End => {
                if let Some(mut ended) = open.take() {
                    ended.pause_before(step);
                    ended.frame_ns += step.took_ns;
                    ended.last_end_us = step.end_us;
                    self.keep(step.session, &ended);
                }
            }
            _ => {
                if let Some(open) = open {
                    open.count(step);
                }
            }
        }
    }

    fn end(self: Box<Self>, around: &Around<'_>) -> Vec<Habit> {
        let mut habits = Vec::new();
        for (query, tally) in &self.idle {
            let mut habit = tally.habit("idle-in-transaction", Some(*query), around);
            // Nobody's time is the server's here.
            habit.total_ms = 0.0;
            habits.push(habit);
        }
        for (kind, tally) in [("long-transaction", &self.long), ("transaction-of-many", &self.many)]
        {
            if tally.occurrences > 0 {
                habits.push(Habit { total_ms: 0.0, ..tally.habit(kind, None, around) });
            }
        }
        let single = self.single.iter();
        habits.extend(
            single.map(|(q, tally)| tally.habit("single-read-transactions", Some(*q), around)),
        );
        for habit in &mut habits {
            habit.of_occurrences = self.all;
        }
        habits
    }
}

impl Transactions {
    fn keep(&mut self, session: u32, ended: &Open) {
        self.all += 1;
        let lasted_us = ended.last_end_us - ended.started_us;
        let seen = Seen {
            session,
            calls: ended.statements,
            took_ns: ended.took_ns,
            waited_us: ended.pauses_us,
            lasted_us,
            file: ended.file,
            line: ended.line,
        };
        if let Some(query) = ended.before_pause.filter(|_| ended.pause_us >= PAUSE_US) {
            // The longest pause is what is shown, and the longest of those comes first.
            let seen = Seen { calls: 1, lasted_us: ended.pause_us, ..seen };
            self.idle.entry(query).or_default().add(seen);
        }
        if lasted_us >= LONG_US {
            self.long.add(Seen { calls: 1, ..seen });
        }
        if ended.statements >= MANY && ended.queries.len() > 1 {
            self.many.add(seen);
        }
        if let (1, true, Some(query)) = (ended.statements, ended.only_reads, ended.last) {
            let waited_us = (ended.frame_ns / 1000) as i64;
            self.single.entry(query).or_default().add(Seen { waited_us, ..seen });
        }
    }
}

impl Open {
    fn at(step: &Step<'_>) -> Open {
        Open {
            started_us: step.start_us,
            last_end_us: step.end_us,
            last: None,
            last_is_timed: false,
            before_pause: None,
            pause_us: 0,
            pauses_us: 0,
            statements: 0,
            queries: HashSet::new(),
            only_reads: true,
            frame_ns: step.took_ns,
            took_ns: 0,
            file: step.event.file,
            line: step.event.line,
        }
    }

    /// The time between the last statement and `step`. Before the first one nothing is held yet.
    fn pause_before(&mut self, step: &Step<'_>) {
        let pause_us = step.start_us - self.last_end_us;
        // Where it is not known when it ended, what looks like a pause may have been its work.
        if self.last.is_none() || !self.last_is_timed || pause_us <= 0 {
            return;
        }
        self.pauses_us += pause_us;
        if pause_us > self.pause_us {
            self.pause_us = pause_us;
            self.before_pause = self.last;
        }
    }

    fn count(&mut self, step: &Step<'_>) {
        self.pause_before(step);
        self.statements += 1;
        self.queries.insert(step.query);
        self.only_reads &= step.is(Role::Read);
        self.took_ns += step.took_ns;
        self.last = Some(step.query);
        self.last_is_timed = step.is_timed;
        self.last_end_us = step.end_us;
    }
}
