//! Pages fetched one after the other with a growing OFFSET.

use std::collections::BTreeMap;

use super::gather::{Around, Watcher};
use super::habit::Habit;
use super::per_session::PerSession;
use super::profile::Role;
use super::step::Step;
use super::tally::{Seen, Tally};
use crate::sql::Operand;

/// Statements that are parsed for their offset: it stands where the grammar says.
const MOST_PARSED: u64 = 20_000;
/// Fewer pages are somebody who looks around.
const FEWEST: u64 = 4;
/// A longer pause between pages is a reader's, microseconds.
const PAUSE_US: i64 = 2_000_000;

#[derive(Debug, Default)]
pub struct Offsets {
    sessions: PerSession<Option<Walk>>,
    by_query: BTreeMap<u32, (Tally, u64)>,
    parsed: u64,
}

#[derive(Debug, Clone, Copy)]
struct Walk {
    query: u32,
    offset: u64,
    seen: Seen,
    started_us: i64,
    last_end_us: i64,
}

impl Watcher for Offsets {
    fn see(&mut self, step: &Step<'_>, around: &Around<'_>) {
        if !step.is(Role::Read) || step.profile.offset.is_none() || step.failure.is_some() {
            return;
        }
        let Some(offset) = self.offset(step, around) else { return };
        let (walk, left) = self.sessions.of(step.session, step.start_us);
        let ended = match walk {
            Some(walk) if walk.goes_on(step, offset) => {
                walk.count(step, offset);
                None
            }
            _ => walk.replace(Walk::start(step, offset)),
        };
        left.into_iter().filter_map(|(_, walk)| walk).for_each(|walk| self.keep(walk));
        ended.into_iter().for_each(|walk| self.keep(walk));
    }

    fn end(mut self: Box<Self>, around: &Around<'_>) -> Vec<Habit> {
        for (_, walk) in std::mem::take(&mut self.sessions).into_rest() {
            walk.into_iter().for_each(|walk| self.keep(walk));
        }
        let of = |(query, (tally, deepest)): (&u32, &(Tally, u64))| Habit {
            distinct: *deepest,
            ..tally.habit("offset-walk", Some(*query), around)
        };
        self.by_query.iter().map(of).collect()
    }
}

impl Offsets {
    fn offset(&mut self, step: &Step<'_>, around: &Around<'_>) -> Option<u64> {
        if let Some(Operand::Parameter(number)) = &step.profile.offset {
            let bound = step.event.bound()?;
            let value = bound.get(number.checked_sub(1)?)?.clone()?;
            return std::str::from_utf8(&value).ok()?.parse().ok();
        }
        if self.parsed >= MOST_PARSED {
            return None;
        }
        self.parsed += 1;
        // The skeleton with these values: only the grammar knows which of them is the offset.
        let values = &step.values;
        let digest = around.summary.queries.get(step.query as usize)?;
        let sample = digest.samples.all().find(|sample| !sample.text.is_empty())?;
        let text = with_values(&sample.text, values, around)?;
        match around.dialect.shape(&text).ok()?.offset? {
            Operand::Constant(value) => value.parse().ok(),
            _ => None,
        }
    }

    fn keep(&mut self, walk: Walk) {
        if walk.seen.calls >= FEWEST {
            let (tally, deepest) = self.by_query.entry(walk.query).or_default();
            tally.add(walk.seen);
            *deepest = (*deepest).max(walk.offset);
        }
    }
}

/// `sample` with its literals replaced by `values`, in order. `None` where their numbers differ.
fn with_values(sample: &str, values: &[Vec<u8>], around: &Around<'_>) -> Option<String> {
    use crate::sql::{LexemeKind, Scanner};
    let mut values = values.iter();
    let mut text = String::with_capacity(sample.len() + 16);
    for lexeme in Scanner::new(sample, around.dialect.lexis()).map_while(Result::ok) {
        match lexeme.kind {
            LexemeKind::Text | LexemeKind::Number => {
                text.push_str(&String::from_utf8_lossy(values.next()?));
            }
            _ => text.push_str(lexeme.text(sample)),
        }
    }
    values.next().is_none().then_some(text)
}

impl Walk {
    fn start(step: &Step<'_>, offset: u64) -> Walk {
        let seen = Seen::lasting(step);
        let (started_us, last_end_us) = (step.start_us, step.end_us);
        Walk { query: step.query, offset, seen, started_us, last_end_us }
    }

    fn goes_on(&self, step: &Step<'_>, offset: u64) -> bool {
        self.query == step.query
            && offset > self.offset
            && step.start_us - self.last_end_us <= PAUSE_US
    }

    fn count(&mut self, step: &Step<'_>, offset: u64) {
        self.offset = offset;
        self.seen.calls += 1;
        self.seen.took_ns += step.took_ns;
        self.seen.lasted_us = step.end_us - self.started_us;
        self.last_end_us = step.end_us;
    }
}
