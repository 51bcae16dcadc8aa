//! One pass over a capture's events, with every watcher looking on.

use super::connections::Connections;
use super::habit::Habit;
use super::hot_row::HotRows;
use super::of_digest;
use super::offsets::Offsets;
use super::pairs::Pairs;
use super::prepared::Prepared;
use super::profile::Profile;
use super::repeats::Repeats;
use super::retries::Retries;
use super::series::SeriesWatch;
use super::spelling::Spellings;
use super::step::Step;
use super::transactions::Transactions;
use crate::sql::Dialect;
use crate::trace::{Reader, Summary, TraceError};

/// Statements that are looked at: habits show early, and a capture may hold hundreds of millions.
pub const MOST_EVENTS: u64 = 2_000_000;

/// Statements below this are not in logs of slow ones only, nanoseconds.
const TOO_FAST_TO_BE_SLOW: u64 = 1_000_000;

/// Looks for habits of its own.
pub trait Watcher {
    fn see(&mut self, step: &Step<'_>, around: &Around<'_>);
    /// What was found, once all was seen.
    fn end(self: Box<Self>, around: &Around<'_>) -> Vec<Habit>;
}

/// What is known of the capture as a whole.
pub struct Around<'a> {
    pub summary: &'a Summary,
    /// By the numbers of queries.
    pub profiles: &'a [Profile],
    pub dialect: &'a dyn Dialect,
    pub files: &'a [String],
    log_is_whole: bool,
}

impl<'a> Around<'a> {
    fn of(
        summary: &'a Summary,
        profiles: &'a [Profile],
        files: &'a [String],
        dialect: &'a dyn Dialect,
    ) -> Self {
        let timed = summary.queries.iter().filter(|query| query.durations.count > 0);
        let least = timed.map(|query| query.durations.least_ns).min();
        let fast = least.is_some_and(|least| least < TOO_FAST_TO_BE_SLOW);
        Around { summary, profiles, dialect, files, log_is_whole: summary.filtered == 0 && fast }
    }

    /// An empty habit with what all of them tell.
    pub fn habit(&self, kind: &str, query: Option<u32>) -> Habit {
        let number = query.map(|query| query as usize);
        let digest = number.and_then(|number| self.summary.queries.get(number));
        let profile = number.and_then(|number| self.profiles.get(number));
        Habit {
            kind: kind.to_owned(),
            query: digest.map(|digest| digest.fingerprint.clone()),
            statement: profile.map(|profile| profile.statement.clone()).unwrap_or_default(),
            table: profile.map(|profile| profile.table.clone()).unwrap_or_default(),
            of_calls: digest.map_or(self.summary.statements, |digest| digest.calls),
            of_sessions: self.summary.sessions,
            capture_ms: self.summary.duration_ms(),
            span_s: self.summary.span_s().unwrap_or(0.0),
            log_is_whole: self.log_is_whole,
            ..Habit::default()
        }
    }

    /// Names the queries of `numbers` as others of a habit.
    pub fn others(&self, habit: &mut Habit, numbers: &[u32]) {
        let known = numbers.iter().filter_map(|number| self.summary.queries.get(*number as usize));
        habit.others = known.map(|digest| digest.fingerprint.clone()).collect();
        let first = numbers.first().and_then(|number| self.profiles.get(*number as usize));
        habit.other_statement = first.map(|profile| profile.statement.clone()).unwrap_or_default();
    }
}

/// The habits of the capture in `reader`, those that took most time first; queries are named by their fingerprints.
/// Only the first `MOST_EVENTS` statements are looked at.
///
/// # Errors
/// The file is damaged.
pub fn gather(reader: &mut Reader, dialect: &dyn Dialect) -> Result<Vec<Habit>, TraceError> {
    let (summary, files) = (reader.summary.clone(), reader.files.clone());
    let profiles = profiles(&summary, dialect);
    let around = Around::of(&summary, &profiles, &files, dialect);
    let mut watchers = watchers();
    let mut seen = 0;
    // In the order of the log: by their starts, statements of one session within a tick of its clock change places.
    reader.each_event_while(|reader, event| {
        // What was prepared only, or ran inside of another statement, was not asked by the application.
        if let Some(profile) = profiles.get(event.query as usize).filter(|_| event.is_call) {
            seen += 1;
            let step = Step::of(&event, profile, reader);
            watchers.iter_mut().for_each(|watcher| watcher.see(&step, &around));
        }
        seen < MOST_EVENTS
    })?;
    let mut habits: Vec<Habit> =
        watchers.into_iter().flat_map(|watcher| watcher.end(&around)).collect();
    habits.extend(of_digest::habits(&around));
    Ok(ranked(habits))
}

/// What a digest tells without its statements: of a server's own statistics there is no more.
pub fn of_digest_alone(summary: &Summary, dialect: &dyn Dialect) -> Vec<Habit> {
    let profiles = profiles(summary, dialect);
    ranked(of_digest::habits(&Around::of(summary, &profiles, &[], dialect)))
}

fn profiles(summary: &Summary, dialect: &dyn Dialect) -> Vec<Profile> {
    summary.queries.iter().map(|digest| Profile::of(digest, dialect)).collect()
}

fn watchers() -> Vec<Box<dyn Watcher>> {
    vec![
        Box::new(SeriesWatch::default()),
        Box::new(Repeats::default()),
        Box::new(Transactions::default()),
        Box::new(Pairs::default()),
        Box::new(Spellings::default()),
        Box::new(Prepared::default()),
        Box::new(HotRows::default()),
        Box::new(Offsets::default()),
        Box::new(Connections::default()),
        Box::new(Retries::default()),
    ]
}

fn ranked(mut habits: Vec<Habit>) -> Vec<Habit> {
    habits.sort_by(|a, b| {
        b.total_ms
            .total_cmp(&a.total_ms)
            .then_with(|| a.kind.cmp(&b.kind))
            .then_with(|| a.query.cmp(&b.query))
            .then_with(|| a.others.cmp(&b.others))
    });
    habits
}
