//! Statements that are parsed anew for each execution, although the protocol lets them be parsed once.

use std::collections::BTreeMap;

use super::gather::{Around, Watcher};
use super::habit::Habit;
use super::step::Step;
use super::tally::{Seen, Tally};

#[derive(Debug, Default)]
pub struct Prepared {
    by_query: BTreeMap<u32, Parsed>,
}

#[derive(Debug, Default)]
struct Parsed {
    all: Tally,
    /// Executions that were parsed for, and what that took, nanoseconds.
    times: u64,
    parse_ns: u64,
}

impl Watcher for Prepared {
    fn see(&mut self, step: &Step<'_>, _: &Around<'_>) {
        if step.is_text {
            return;
        }
        let parsed = self.by_query.entry(step.query).or_default();
        parsed.times += u64::from(step.event.parse_ns > 0);
        parsed.parse_ns += step.event.parse_ns;
        parsed.all.add(Seen::of(step));
    }

    fn end(self: Box<Self>, around: &Around<'_>) -> Vec<Habit> {
        let of = |(query, parsed): (&u32, &Parsed)| Habit {
            occurrences: parsed.times,
            of_occurrences: parsed.all.calls,
            waited_ms: parsed.parse_ns as f64 / 1e6,
            ..parsed.all.habit("prepared-each-time", Some(*query), around)
        };
        self.by_query.iter().filter(|(_, parsed)| parsed.times > 0).map(of).collect()
    }
}
