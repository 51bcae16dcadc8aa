//! Two statements of a session that do one thing together: a row read and then changed, rows counted and then paged.

use std::collections::{BTreeMap, VecDeque};

use super::gather::{Around, Watcher};
use super::habit::Habit;
use super::per_session::PerSession;
use super::profile::{Profile, Role};
use super::step::Step;
use super::tally::{Seen, Tally};

/// Statements of the session that may stand between the two.
const APART: usize = 4;
/// And the time, microseconds: what a user decided in between is another thing.
const APART_US: i64 = 2_000_000;

#[derive(Debug, Default)]
pub struct Pairs {
    sessions: PerSession<VecDeque<Before>>,
    /// By kind, first and second query.
    pairs: BTreeMap<(&'static str, u32, u32), Tally>,
}

#[derive(Debug, Clone)]
struct Before {
    query: u32,
    values: Vec<Vec<u8>>,
    took_ns: u64,
    start_us: i64,
    end_us: i64,
    file: u32,
    line: u64,
}

impl Watcher for Pairs {
    fn see(&mut self, step: &Step<'_>, around: &Around<'_>) {
        if matches!(step.profile.role, Role::Begin | Role::End | Role::Steering) {
            return;
        }
        let (before, _) = self.sessions.of(step.session, step.start_us);
        before.retain(|one| step.start_us - one.end_us <= APART_US);
        let found = before.iter().rev().find_map(|first| {
            let profile = around.profiles.get(first.query as usize)?;
            Some((pair(first, profile, step)?, first.clone()))
        });
        if let Some((kind, first)) = found {
            // What it costs: the count; reading a row that the change could have returned.
            let seen = Seen {
                session: step.session,
                calls: 1,
                took_ns: first.took_ns,
                waited_us: 0,
                lasted_us: step.end_us - first.start_us,
                file: first.file,
                line: first.line,
            };
            self.pairs.entry((kind, first.query, step.query)).or_default().add(seen);
            before.retain(|one| one.line != first.line || one.file != first.file);
        }
        if step.is(Role::Read) && step.failure.is_none() {
            before.push_back(Before {
                query: step.query,
                values: step.values.clone(),
                took_ns: step.took_ns,
                start_us: step.start_us,
                end_us: step.end_us,
                file: step.event.file,
                line: step.event.line,
            });
            if before.len() > APART {
                before.pop_front();
            }
        }
    }

    fn end(self: Box<Self>, around: &Around<'_>) -> Vec<Habit> {
        let of = |((kind, first, second), tally): (&(&'static str, u32, u32), &Tally)| {
            let mut habit = tally.habit(kind, Some(*first), around);
            around.others(&mut habit, &[*second]);
            habit
        };
        self.pairs.iter().map(of).collect()
    }
}

fn pair(first: &Before, profile: &Profile, step: &Step<'_>) -> Option<&'static str> {
    let second = step.profile;
    if second.tables.is_empty() || profile.tables != second.tables || step.failure.is_some() {
        return None;
    }
    let changes = step.is(Role::Write) && second.writes_one_row && !second.inserts;
    // The change is of the row that was read: the same column has the same value.
    let same_row = profile.reads_by_key()
        && profile.key == second.key
        && matches!(first.values.as_slice(), [value] if step.values.contains(value));
    if changes && same_row && !profile.counts {
        return Some("read-then-update");
    }
    let same_rows = profile.restricted == second.restricted
        && first.values.iter().all(|value| step.values.contains(value));
    (profile.counts && second.pages && same_rows).then_some("count-then-page")
}
