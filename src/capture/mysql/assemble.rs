//! Entries of these logs, in order: what one leaves out is what the one before said.

use std::collections::HashMap;

use crate::capture::batch::{Batch, Entry, Message, Slow};
use crate::capture::collect::{Collected, Collector, learn};
use crate::capture::consume::Consumer;
use crate::capture::hashing::Seeded;
use crate::trace::{Failure, KeptPlan, TraceError};

/// Sessions that are remembered; then those that are silent are forgotten.
const MOST_SESSIONS: usize = 10_000;

#[derive(Default)]
pub struct Entries {
    sessions: HashMap<Vec<u8>, (Collected, u64), Seeded>,
    namespace: String,
    /// `use db` stands only where it changes, whoever the session is.
    database: String,
    time_us: Option<i64>,
    exact: bool,
    number: u64,
    other_entries: u64,
}

impl Consumer for Entries {
    fn take(
        &mut self,
        batch: &Batch,
        file: u32,
        first_line: u64,
        collector: &mut Collector,
    ) -> Result<(), TraceError> {
        for entry in &batch.entries {
            let line = first_line + u64::from(entry.line) + 1;
            self.entry(batch, entry, (file, line), collector)?;
        }
        if self.sessions.len() > MOST_SESSIONS {
            let oldest = self.number.saturating_sub(MOST_SESSIONS as u64);
            self.sessions.retain(|_, (_, last)| *last > oldest);
        }
        Ok(())
    }

    fn finish(&mut self, _: &mut Collector) -> Result<(), TraceError> {
        Ok(())
    }

    fn other_entries(&mut self) -> u64 {
        std::mem::take(&mut self.other_entries)
    }

    fn set_namespace(&mut self, namespace: String) {
        self.namespace = namespace;
    }
}

impl Entries {
    fn entry(
        &mut self,
        batch: &Batch,
        entry: &Entry,
        place: (u32, u64),
        collector: &mut Collector,
    ) -> Result<(), TraceError> {
        self.number += 1;
        let slow = batch.slow_of(entry);
        if let Some(time) = entry.time_us {
            (self.time_us, self.exact) = (Some(time), slow.exact_end);
        }
        let (ns, sql) = match &entry.message {
            Message::Duration { ns, sql, .. } => (Some(*ns), *sql),
            Message::Statement { sql, .. } => (None, *sql),
            _ => return self.other(batch, entry, collector),
        };
        let key = self.key(batch, entry);
        self.learn(batch, entry, &key, ns.is_some());
        let mut event = collector.blank();
        (event.is_call, event.took_ns, event.rows) = (true, ns, entry.rows);
        (event.file, event.line) = place;
        event.start_us = self.start(entry, &slow, ns.unwrap_or(0));
        let Some((by, _)) = self.sessions.get_mut(&key) else { return Ok(()) };
        if sql.text.is_empty() {
            return collector.textless(event, by);
        }
        collector.queries.place(batch, &sql, &mut event, &mut collector.writer);
        let code = batch.get(entry.code);
        if !code.is_empty() {
            let class = String::from_utf8_lossy(code).into_owned();
            let failure = Failure { message: format!("error {class}"), class };
            collector.error(&failure);
            event.failure = Some(failure);
        }
        let query = event.query as usize;
        let plan = plan(batch, &slow, ns, collector, place);
        if collector.take(event, by, plan)? {
            figures(&slow, query, collector);
        }
        Ok(())
    }

    fn key(&self, batch: &Batch, entry: &Entry) -> Vec<u8> {
        let mut key = self.namespace.as_bytes().to_vec();
        match entry.session.is_empty() {
            false => key.extend_from_slice(batch.get(entry.session)),
            true => {
                key.extend_from_slice(batch.get(entry.user));
                key.push(b'@');
                key.extend_from_slice(batch.get(entry.host));
            }
        }
        key
    }

    fn learn(&mut self, batch: &Batch, entry: &Entry, key: &[u8], log_wide: bool) {
        let told = batch.get(entry.database);
        if log_wide && !told.is_empty() && told != self.database.as_bytes() {
            self.database = String::from_utf8_lossy(told).into_owned();
        }
        if !self.sessions.contains_key(key) {
            let mut by = Collected::default();
            by.session.key = String::from_utf8_lossy(key).into_owned();
            by.is_one = !entry.session.is_empty();
            self.sessions.insert(key.to_vec(), (by, 0));
        }
        let Some((by, last)) = self.sessions.get_mut(key) else { return };
        *last = self.number;
        let database = if log_wide { self.database.as_bytes() } else { told };
        for (known, told) in [
            (&mut by.session.user, batch.get(entry.user)),
            (&mut by.session.host, batch.get(entry.host)),
            (&mut by.session.database, database),
        ] {
            by.changed |= learn(known, told);
        }
    }

    /// A time with its zone is of the end; `SET timestamp` is of the start, in whole seconds.
    fn start(&self, entry: &Entry, slow: &Slow, ns: u64) -> Option<i64> {
        let end = |end: i64| end - (ns / 1000) as i64;
        match (slow.start_us, self.time_us) {
            (_, Some(time)) if self.exact && entry.time_us.is_some() => Some(end(time)),
            (Some(start), _) => Some(start),
            (None, time) => time.map(end),
        }
    }

    fn other(
        &mut self,
        batch: &Batch,
        entry: &Entry,
        collector: &mut Collector,
    ) -> Result<(), TraceError> {
        if entry.session.is_empty() && entry.message == Message::Other {
            return Ok(());
        }
        self.other_entries += 1;
        let key = self.key(batch, entry);
        self.learn(batch, entry, &key, false);
        match entry.message {
            Message::Connected => collector.summary.connections += 1,
            Message::Disconnected => {
                collector.summary.disconnections += 1;
                self.sessions.remove(&key);
            }
            Message::Failure => {
                let message = String::from_utf8_lossy(batch.get(entry.text)).into_owned();
                collector.error(&Failure { class: "Access denied".to_owned(), message });
            }
            _ => {}
        }
        Ok(())
    }
}

fn plan(
    batch: &Batch,
    slow: &Slow,
    ns: Option<u64>,
    collector: &Collector,
    place: (u32, u64),
) -> Option<KeptPlan> {
    let text = batch.get(slow.plan);
    (!text.is_empty()).then(|| {
        let lines = String::from_utf8_lossy(text).replace("# explain: ", "");
        KeptPlan { text: lines, took_ns: ns, file: collector.file_name(place.0), line: place.1 }
    })
}

/// A lock that was waited for, not only taken.
const WAITED_NS: u64 = 1_000_000;

fn figures(slow: &Slow, query: usize, collector: &mut Collector) {
    let waits = u64::from(slow.lock_ns >= WAITED_NS);
    collector.summary.lock_waits += waits;
    collector.summary.lock_wait_ns += slow.lock_ns;
    collector.summary.temporary_files += slow.temporary_tables;
    collector.summary.temporary_bytes += slow.temporary_bytes;
    let digest = &mut collector.queries.digests[query];
    digest.lock_waits += waits;
    digest.lock_wait_ns += slow.lock_ns;
    digest.temporary_files += slow.temporary_tables;
    digest.temporary_bytes += slow.temporary_bytes;
    if let Some(rows) = slow.rows_examined {
        match digest.figures.get_mut("rows_examined") {
            Some(known) => *known += rows as f64,
            None => {
                digest.figures.insert("rows_examined".to_owned(), rows as f64);
            }
        }
    }
}
