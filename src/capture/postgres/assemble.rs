//! Entries in order, put together to statements: one statement may have four entries and a plan.

use indexmap::IndexMap;

use super::pending::{Pending, Place};
use crate::capture::batch::{Batch, Entry, Level, Message, Span};
use crate::capture::collect::{Collector, learn};
use crate::capture::consume::Consumer;
use crate::capture::hashing::Seeded;
use crate::trace::{Event, Failure, TraceError};

/// Sessions that are kept open; of more, those that said nothing for long are closed.
const MOST_SESSIONS: usize = 10_000;
/// Batches of silence after which a session may be closed.
const SILENT: u64 = 32;

#[derive(Default)]
pub struct Assembler {
    sessions: IndexMap<Vec<u8>, Pending, Seeded>,
    /// Where the session of the last entry stands: the next entry is mostly of the same.
    last: usize,
    batches: u64,
    /// Put before a session's name: logs that overlap in time are of different servers.
    pub namespace: String,
    key: Vec<u8>,
    other_entries: u64,
}

impl Consumer for Assembler {
    fn take(
        &mut self,
        batch: &Batch,
        file: u32,
        first_line: u64,
        collector: &mut Collector,
    ) -> Result<(), TraceError> {
        self.batches += 1;
        for entry in &batch.entries {
            let place = Place { file, line: first_line + u64::from(entry.line) + 1 };
            self.entry(batch, entry, place, collector)?;
        }
        self.settle(collector)
    }

    fn finish(&mut self, collector: &mut Collector) -> Result<(), TraceError> {
        let mut sessions: Vec<_> = self.sessions.drain(..).collect();
        // In one order whatever the map's is: the same log gives the same file.
        sessions.sort_by(|a, b| a.0.cmp(&b.0));
        sessions.iter_mut().try_for_each(|(_, pending)| pending.close(collector))
    }

    fn other_entries(&mut self) -> u64 {
        std::mem::take(&mut self.other_entries)
    }

    fn set_namespace(&mut self, namespace: String) {
        self.namespace = namespace;
    }
}

impl Assembler {
    fn entry(
        &mut self,
        batch: &Batch,
        entry: &Entry,
        place: Place,
        collector: &mut Collector,
    ) -> Result<(), TraceError> {
        self.key.clear();
        self.key.extend_from_slice(self.namespace.as_bytes());
        self.key.extend_from_slice(batch.get(entry.session));
        self.find();
        let Some((_, pending)) = self.sessions.get_index_mut(self.last) else { return Ok(()) };
        pending.last_batch = self.batches;
        name(pending, batch, entry);
        match &entry.message {
            Message::Statement { sql, extended, .. } => {
                pending.begins(batch, entry, sql, *extended, place, collector)
            }
            Message::Duration { ns, of, sql, .. } => {
                pending.lasted(batch, entry, (*ns, *of, sql), place, collector)?;
                pending.ended(place, collector);
                Ok(())
            }
            Message::Plan { ns, sql, plan } => {
                pending.plan(batch, entry, (*ns, sql, batch.get(*plan)), place, collector)
            }
            Message::TemporaryFile { bytes } => {
                self.other_entries += 1;
                temporary_file(pending, batch, entry, *bytes, collector);
                Ok(())
            }
            Message::LockWait { ns, acquired } => {
                self.other_entries += 1;
                lock_wait(batch, entry, *ns, *acquired, collector);
                Ok(())
            }
            Message::Connected => {
                self.other_entries += 1;
                connected(pending, batch, entry, collector);
                Ok(())
            }
            Message::Disconnected => {
                self.other_entries += 1;
                collector.summary.disconnections += 1;
                pending.close(collector)?;
                self.sessions.swap_remove(&self.key);
                Ok(())
            }
            Message::Deadlock | Message::Failure => {
                collector.summary.deadlocks += u64::from(entry.message == Message::Deadlock);
                let failure = failure(batch, entry);
                collector.error(&failure);
                pending.failed(batch, entry, failure, place, collector)
            }
            Message::Other => {
                match entry.level {
                    Level::Detail | Level::Context | Level::Statement => {
                        pending.detail(batch, entry)
                    }
                    Level::Hint => {}
                    _ => self.other_entries += 1,
                }
                Ok(())
            }
        }
    }

    /// Makes `last` the place of the session called `key`, which is new if nobody spoke of it before.
    fn find(&mut self) {
        if self.sessions.get_index(self.last).is_some_and(|(known, _)| *known == self.key) {
            return;
        }
        self.last = match self.sessions.get_index_of(&self.key) {
            Some(place) => place,
            None => {
                let mut pending = Pending::default();
                pending.collected.session.key = String::from_utf8_lossy(&self.key).into_owned();
                pending.collected.is_one = self.key.len() > self.namespace.len();
                self.sessions.insert_full(self.key.clone(), pending).0
            }
        };
    }

    /// Between batches: statements that wait for nothing are written, silent sessions are closed.
    fn settle(&mut self, collector: &mut Collector) -> Result<(), TraceError> {
        let now = self.batches;
        for pending in self.sessions.values_mut().filter(|pending| pending.last_batch + 1 == now) {
            pending.flush_complete(collector)?;
        }
        if self.sessions.len() > MOST_SESSIONS {
            let silent = |pending: &Pending| pending.last_batch + SILENT < now && pending.is_idle();
            for pending in self.sessions.values_mut().filter(|pending| silent(pending)) {
                pending.close(collector)?;
            }
            self.sessions.retain(|_, pending| !silent(pending));
        }
        Ok(())
    }
}

/// Learns who the session is.
fn name(pending: &mut Pending, batch: &Batch, entry: &Entry) {
    let session = &mut pending.collected.session;
    let mut changed = false;
    for (span, known) in [
        (entry.user, &mut session.user),
        (entry.database, &mut session.database),
        (entry.application, &mut session.application),
        (entry.host, &mut session.host),
    ] {
        changed |= learn(known, batch.get(span));
    }
    pending.collected.changed |= changed;
}

/// `connection authorized: user=ann database=shop application_name=web`.
fn connected(pending: &mut Pending, batch: &Batch, entry: &Entry, collector: &mut Collector) {
    let text = batch.get(entry.text);
    if text.starts_with(b"connection received") {
        collector.summary.connections += 1;
        return;
    }
    let session = &mut pending.collected.session;
    for (word, known) in [
        (&b" user="[..], &mut session.user),
        (b" database=", &mut session.database),
        (b" application_name=", &mut session.application),
    ] {
        let Some(at) = memchr::memmem::find(text, word) else { continue };
        let value = &text[at + word.len()..];
        let next = [&b" database="[..], b" application_name=", b" SSL ", b" GSS ", b" identity="];
        let end = next
            .iter()
            .filter_map(|next| memchr::memmem::find(value, next))
            .min()
            .unwrap_or(value.len());
        pending.collected.changed |= learn(known, &value[..end]);
    }
}

/// By the server's code; else by the message's first words, up to where names and values begin.
fn failure(batch: &Batch, entry: &Entry) -> Failure {
    let code = batch.get(entry.code);
    let message = String::from_utf8_lossy(batch.get(entry.text)).into_owned();
    let class = match code.len() == 5 && code != b"00000" {
        true => String::from_utf8_lossy(code).into_owned(),
        false => {
            let end = message.find(['"', '«', '„', '\'', '(', '\n']).unwrap_or(message.len());
            message[..end].trim_end_matches([' ', ':', ',']).chars().take(80).collect()
        }
    };
    Failure { class, message: message.chars().take(500).collect() }
}

/// What was bound, where `entry` tells it.
pub fn values<'b>(
    batch: &'b Batch,
    entry: &Entry,
) -> Option<impl ExactSizeIterator<Item = Option<&'b [u8]>>> {
    let (from, to) = entry.values?;
    let values = batch.values.get(from as usize..to as usize)?;
    Some(values.iter().map(|value: &Option<Span>| value.map(|span| batch.get(span))))
}

fn temporary_file(
    pending: &mut Pending,
    batch: &Batch,
    entry: &Entry,
    bytes: u64,
    collector: &mut Collector,
) {
    collector.summary.temporary_files += 1;
    collector.summary.temporary_bytes += bytes;
    match of_statement(batch, entry, collector) {
        Some(digest) => {
            digest.temporary_files += 1;
            digest.temporary_bytes += bytes;
        }
        None => pending.spills(bytes, collector),
    }
}

/// A wait is announced once, and told again when it is over.
fn lock_wait(batch: &Batch, entry: &Entry, ns: u64, acquired: bool, collector: &mut Collector) {
    let (waits, wait_ns) = if acquired { (0, ns) } else { (1, 0) };
    collector.summary.lock_waits += waits;
    collector.summary.lock_wait_ns += wait_ns;
    if let Some(digest) = of_statement(batch, entry, collector) {
        digest.lock_waits += waits;
        digest.lock_wait_ns += wait_ns;
    }
}

fn of_statement<'c>(
    batch: &Batch,
    entry: &Entry,
    collector: &'c mut Collector,
) -> Option<&'c mut crate::trace::QueryDigest> {
    if entry.statement.text.is_empty() {
        return None;
    }
    let query = collector.queries.query_of(batch, &entry.statement, &mut collector.writer).query;
    collector.queries.digests.get_mut(query as usize)
}

impl Collector {
    /// Puts text and values of `sql` into `event`: of the statement that an EXECUTE stands for, where the log tells it.
    pub(super) fn place(
        &mut self,
        batch: &Batch,
        sql: &crate::capture::batch::Sql,
        entry: &Entry,
        event: &mut Event,
    ) {
        self.queries.place(batch, sql, event, &mut self.writer);
        if let Some(values) = values(batch, entry) {
            event.bind_each(values);
            event.protocol = crate::trace::Protocol::Extended;
        }
    }
}
