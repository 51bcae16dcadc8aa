//! One key that most changes of a table go to, where changes wait for each other.

use std::collections::{BTreeMap, HashMap};

use super::gather::{Around, Watcher};
use super::habit::Habit;
use super::profile::Role;
use super::step::Step;
use super::tally::{Seen, Tally};

/// Different keys that are counted of one query: one that is hot is met early.
const MOST_KEYS: usize = 20_000;
/// Fewer changes of one key are no habit.
const FEWEST: u64 = 10;

#[derive(Debug, Default)]
pub struct HotRows {
    by_query: BTreeMap<u32, (Tally, HashMap<u64, u64>)>,
}

impl Watcher for HotRows {
    fn see(&mut self, step: &Step<'_>, around: &Around<'_>) {
        let waits = around.summary.queries[step.query as usize].lock_waits > 0;
        let profile = step.profile;
        // With one value in its condition the value is the last one; more conditions tell no single key.
        let by_key = profile.writes_one_row && !profile.inserts && profile.restricted.len() == 1;
        if !waits || !step.is(Role::Write) || !by_key {
            return;
        }
        let Some(value) = step.values.last() else { return };
        let (tally, keys) = self.by_query.entry(step.query).or_default();
        tally.add(Seen::lasting(step));
        let key = xxhash_rust::xxh3::xxh3_64(value);
        if keys.len() < MOST_KEYS || keys.contains_key(&key) {
            *keys.entry(key).or_default() += 1;
        }
    }

    fn end(self: Box<Self>, around: &Around<'_>) -> Vec<Habit> {
        let of = |(query, (tally, keys)): (&u32, &(Tally, HashMap<u64, u64>))| {
            let most = keys.values().copied().max().filter(|most| *most >= FEWEST)?;
            let digest = &around.summary.queries[*query as usize];
            let habit = tally.habit("hot-row", Some(*query), around);
            Some(Habit {
                occurrences: digest.lock_waits,
                waited_ms: digest.lock_wait_ns as f64 / 1e6,
                calls: most,
                distinct: keys.len() as u64,
                ..habit
            })
        };
        self.by_query.iter().filter_map(of).collect()
    }
}
