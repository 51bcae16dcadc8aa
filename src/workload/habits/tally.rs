//! Adding up what was seen of one habit.

use std::collections::HashSet;

use super::gather::Around;
use super::habit::Habit;
use super::step::Step;

/// Different sessions that are counted; with more of them the number is this one.
const MOST_SESSIONS: usize = 100_000;

/// One occurrence.
#[derive(Debug, Clone, Copy, Default)]
pub struct Seen {
    pub session: u32,
    pub calls: u64,
    pub took_ns: u64,
    pub waited_us: i64,
    pub lasted_us: i64,
    pub file: u32,
    pub line: u64,
}

impl Seen {
    /// One execution by itself, which is not waited for and whose duration is told by `took_ns` alone.
    pub fn of(step: &Step<'_>) -> Seen {
        Seen {
            session: step.session,
            calls: 1,
            took_ns: step.took_ns,
            file: step.event.file,
            line: step.event.line,
            ..Seen::default()
        }
    }

    /// The same, with the time from its start to its end.
    pub fn lasting(step: &Step<'_>) -> Seen {
        Seen { lasted_us: step.end_us - step.start_us, ..Seen::of(step) }
    }
}

#[derive(Debug, Clone, Default)]
pub struct Tally {
    pub occurrences: u64,
    pub calls: u64,
    pub longest: u64,
    pub took_ns: u64,
    pub waited_us: i64,
    pub longest_us: i64,
    sessions: HashSet<u32>,
    place: Option<(u32, u64)>,
}

impl Tally {
    /// The longest occurrence, by its calls and then by its duration, is the one that is shown.
    pub fn add(&mut self, seen: Seen) {
        self.occurrences += 1;
        self.calls += seen.calls;
        self.took_ns += seen.took_ns;
        self.waited_us += seen.waited_us.max(0);
        if self.sessions.len() < MOST_SESSIONS {
            self.sessions.insert(seen.session);
        }
        let (size, most) = ((seen.calls, seen.lasted_us), (self.longest, self.longest_us));
        let place = (seen.file, seen.line);
        if self.place.is_none_or(|known| size > most || (size == most && place < known)) {
            self.place = Some(place);
        }
        self.longest = self.longest.max(seen.calls);
        self.longest_us = self.longest_us.max(seen.lasted_us);
    }

    /// The habit of `query`, or of the sessions as a whole.
    pub fn habit(&self, kind: &str, query: Option<u32>, around: &Around<'_>) -> Habit {
        let (file, line) = self.place.unwrap_or_default();
        Habit {
            occurrences: self.occurrences,
            calls: self.calls,
            longest: self.longest,
            sessions: self.sessions.len() as u64,
            total_ms: self.took_ns as f64 / 1e6,
            waited_ms: self.waited_us as f64 / 1e3,
            longest_ms: self.longest_us as f64 / 1e3,
            file: around.files.get(file as usize).cloned().unwrap_or_default(),
            line,
            ..around.habit(kind, query)
        }
    }
}
