//! How one query is spelt: with its values in the text, or with lists of many lengths.

use std::collections::{BTreeMap, HashSet};

use super::gather::{Around, Watcher};
use super::habit::Habit;
use super::profile::Role;
use super::step::Step;
use super::tally::{Seen, Tally};

/// Different texts and lengths that are counted of one query.
const MOST_TEXTS: usize = 10_000;
const MOST_LENGTHS: usize = 1_000;
/// Fewer different ones are no habit.
const FEWEST_TEXTS: usize = 20;
const FEWEST_LENGTHS: usize = 5;

#[derive(Debug, Default)]
pub struct Spellings {
    by_query: BTreeMap<u32, Spelling>,
}

#[derive(Debug, Default)]
struct Spelling {
    all: Tally,
    as_text: Tally,
    texts: HashSet<u64>,
    lengths: HashSet<usize>,
}

impl Watcher for Spellings {
    fn see(&mut self, step: &Step<'_>, _: &Around<'_>) {
        if !matches!(step.profile.role, Role::Read | Role::Write) || step.values.is_empty() {
            return;
        }
        let spelling = self.by_query.entry(step.query).or_default();
        let seen = Seen::of(step);
        spelling.all.add(seen);
        // Rows of an INSERT are as many as there are; that its lengths differ is no fault.
        if spelling.lengths.len() < MOST_LENGTHS && !step.profile.inserts {
            spelling.lengths.insert(step.values.len());
        }
        if step.is_text && step.event.values.is_empty() {
            spelling.as_text.add(seen);
            if spelling.texts.len() < MOST_TEXTS {
                spelling.texts.insert(step.key);
            }
        }
    }

    fn end(self: Box<Self>, around: &Around<'_>) -> Vec<Habit> {
        let mut habits = Vec::new();
        let mut texts: Vec<(&u32, &Spelling)> =
            self.by_query.iter().filter(|(_, one)| one.texts.len() >= FEWEST_TEXTS).collect();
        texts.sort_by_key(|(query, one)| (std::cmp::Reverse(one.texts.len()), **query));
        // One habit of the application, not one of each of its queries.
        if let Some((first, most)) = texts.first() {
            let mut habit = most.as_text.habit("literals-in-text", Some(**first), around);
            habit.distinct = texts.iter().map(|(_, one)| one.texts.len() as u64).sum();
            habit.calls = texts.iter().map(|(_, one)| one.as_text.calls).sum();
            habit.total_ms = texts.iter().map(|(_, one)| one.as_text.took_ns as f64 / 1e6).sum();
            habit.of_calls = around.summary.statements;
            habit.occurrences = texts.len() as u64;
            let others: Vec<u32> = texts.iter().skip(1).map(|(query, _)| **query).collect();
            around.others(&mut habit, &others);
            habits.push(habit);
        }
        for (query, one) in
            self.by_query.iter().filter(|(_, one)| one.lengths.len() >= FEWEST_LENGTHS)
        {
            let mut habit = one.all.habit("lists-of-many-lengths", Some(*query), around);
            habit.distinct = one.lengths.len() as u64;
            habits.push(habit);
        }
        habits
    }
}
