//! Takes events in the order in which a log tells them, and makes the file and its digest of them.

use std::collections::HashSet;

use super::filter::Filter;
use super::queries::Queries;
use crate::sql::{Dialect, StatementKind};
use crate::trace::{
    Count, Event, Failure, KeptPlan, Protocol, QueryDigest, Sample, SampleKind, Session, Summary,
    TraceError, Values, Writer, count_error, count_under,
};

/// Bytes of texts kept for drawn samples, all queries together.
const SAMPLE_BYTES: usize = 24 << 20;
/// Longer texts are kept as slowest and failing samples only.
const LONGEST_DRAWN: usize = 16 << 10;
const LONGEST_SAMPLE: usize = 1 << 20;
/// Bytes of plans kept, all queries together.
const PLAN_BYTES: usize = 32 << 20;
/// Events whose memory is used again, and the largest of them.
const MOST_SPARE: usize = 64;
const SPARE_BYTES: usize = 4096;
const HOUR_US: i64 = 3_600_000_000;
/// Executions of one query in a row that look like a loop in the application.
const SERIES: u64 = 10;

/// A session as the collector knows it.
#[derive(Debug, Default)]
pub struct Collected {
    pub session: Session,
    /// Its number in the file, once it ran a statement.
    pub number: Option<u32>,
    /// What was told to the file is not all that is known.
    pub changed: bool,
    /// It is one connection for certain: its statements follow each other.
    pub is_one: bool,
    last_start_us: Option<i64>,
    last_query: Option<u32>,
    series: u64,
}

impl Collected {
    /// Logs tell ends, often in whole milliseconds or seconds: what is calculated back from them must not put a statement
    /// before the one that its connection ran before it.
    fn in_turn(&mut self, event: &mut Event) {
        if !self.is_one || !event.is_call {
            return;
        }
        event.start_us = event.start_us.max(self.last_start_us);
        self.last_start_us = event.start_us;
    }
}

pub struct Collector {
    pub writer: Writer,
    pub queries: Queries,
    pub summary: Summary,
    pub filter: Filter,
    pub redact: Option<&'static dyn Dialect>,
    file_names: Vec<String>,
    seen: HashSet<u64>,
    sample_bytes: usize,
    plan_bytes: usize,
    spare: Vec<Event>,
}

impl Collector {
    pub fn new(
        writer: Writer,
        dialect: &'static dyn Dialect,
        engine: &str,
        filter: Filter,
    ) -> Self {
        let summary =
            Summary { engine: engine.to_owned(), origin: "log".to_owned(), ..Summary::default() };
        Collector {
            writer,
            queries: Queries::new(dialect),
            summary,
            filter,
            redact: None,
            file_names: Vec::new(),
            seen: HashSet::new(),
            sample_bytes: 0,
            plan_bytes: 0,
            spare: Vec::new(),
        }
    }

    pub fn file(&mut self, name: &str) -> u32 {
        self.file_names.push(name.to_owned());
        self.writer.file(name)
    }

    pub fn file_name(&self, number: u32) -> String {
        self.file_names.get(number as usize).cloned().unwrap_or_default()
    }

    /// Puts `event` into the file and the digest. Returns false where a filter left it out.
    pub fn take(
        &mut self,
        mut event: Event,
        by: &mut Collected,
        plan: Option<KeptPlan>,
    ) -> Result<bool, TraceError> {
        let text = || self.queries.text(&event);
        if !self.filter.wants(&event, &by.session, text) {
            self.summary.filtered += u64::from(event.is_call);
            return Ok(false);
        }
        if self.redact.is_some() {
            super::redact::event(&self.queries, &mut event);
        }
        by.in_turn(&mut event);
        self.number(by);
        event.session = by.number.unwrap_or(0);
        self.count(&event, by);
        self.count_query(&event, by);
        self.sample(&event);
        if let Some(plan) = plan.filter(|_| self.redact.is_none()) {
            self.keep_plan(event.query, plan);
        }
        self.writer.event(&event)?;
        self.recycle(event);
        Ok(true)
    }

    /// An event without anything in it, whose memory was used before.
    pub fn blank(&mut self) -> Event {
        self.spare.pop().unwrap_or_default()
    }

    fn recycle(&mut self, mut event: Event) {
        let small = event.pieces.capacity() + event.values.capacity() <= SPARE_BYTES;
        if small && self.spare.len() < MOST_SPARE {
            event.clear();
            self.spare.push(event);
        }
    }

    /// As long as there is room: plans may be long, and queries many.
    fn keep_plan(&mut self, query: u32, plan: KeptPlan) {
        let digest = &mut self.queries.digests[query as usize];
        if self.plan_bytes + plan.text.len() > PLAN_BYTES {
            digest.plans_told += 1;
            self.summary.note(format!(
                "Plans of the log beyond {} MB were counted and not kept.",
                PLAN_BYTES >> 20
            ));
            return;
        }
        self.plan_bytes -= digest.plan_bytes();
        digest.keep_plan(plan);
        self.plan_bytes += digest.plan_bytes();
    }

    fn number(&mut self, by: &mut Collected) {
        if by.number.is_none() || by.changed {
            by.number = Some(self.writer.session(by.number, &by.session));
            by.changed = false;
            if self.seen.insert(xxhash_rust::xxh3::xxh3_64(by.session.key.as_bytes())) {
                self.summary.sessions += 1;
            }
        }
    }

    fn count(&mut self, event: &Event, by: &mut Collected) {
        let summary = &mut self.summary;
        let ns = event.server_ns().unwrap_or(0);
        summary.duration_ns += ns;
        summary.parse_ns += event.parse_ns;
        summary.bind_ns += event.bind_ns;
        if let Some(start) = event.start_us {
            summary.seen(start, start + (ns / 1000) as i64);
            let hour = summary.hours.entry(start.div_euclid(HOUR_US)).or_default();
            hour.calls += u64::from(event.is_call);
            hour.ns += ns;
            hour.errors += u64::from(event.failure.is_some());
        }
        if !event.is_call {
            return;
        }
        summary.statements += 1;
        summary.without_duration += u64::from(event.took_ns.is_none() && event.failure.is_none());
        let traits = self.queries.traits[event.query as usize];
        summary.transactions += u64::from(traits.ends_transaction);
        self.count_series(event.query, by);
    }

    fn count_series(&mut self, query: u32, by: &mut Collected) {
        match by.last_query == Some(query) {
            true => by.series += 1,
            false => (by.last_query, by.series) = (Some(query), 1),
        }
        let digest = &mut self.queries.digests[query as usize];
        digest.longest_series = digest.longest_series.max(by.series);
        digest.series += u64::from(by.series == SERIES);
    }

    fn count_query(&mut self, event: &Event, by: &Collected) {
        let tags = match self.queries.has_comments(event.skeleton) {
            true => self.queries.tags(event),
            false => Vec::new(),
        };
        let Some(digest) = self.queries.digests.get_mut(event.query as usize) else { return };
        let ns = event.server_ns();
        let count = Count { calls: u64::from(event.is_call), ns: ns.unwrap_or(0) };
        digest.parse_ns += event.parse_ns;
        digest.bind_ns += event.bind_ns;
        if let Some(ns) = ns {
            digest.durations.record(ns);
        }
        digest.calls += count.calls;
        if let Some(rows) = event.rows {
            digest.rows += rows;
            digest.rows_told += 1;
        }
        if let Some(start) = event.start_us {
            digest.seen_at(start);
        }
        count_under(&mut digest.databases, &by.session.database, count);
        count_under(&mut digest.users, &by.session.user, count);
        count_under(&mut digest.applications, &by.session.application, count);
        for (key, value) in tags {
            count_under(&mut digest.tags, &format!("{key}={value}"), count);
        }
        if let Some(failure) = &event.failure {
            count_error(&mut digest.errors, &failure.class, &failure.message, 1);
        }
    }

    fn sample(&mut self, event: &Event) {
        if !event.is_call {
            return;
        }
        let digest = &self.queries.digests[event.query as usize];
        let (took, failed) = (event.server_ns(), event.failure.is_some());
        let spare = self.sample_bytes > SAMPLE_BYTES;
        let Some(kind) = digest.samples.wanted(digest.calls, took, failed, spare) else { return };
        let text = self.queries.text(event);
        let values = event.bound();
        let length = text.len() + values.iter().flatten().flatten().map(Vec::len).sum::<usize>();
        let most =
            if matches!(kind, SampleKind::Drawn(_)) { LONGEST_DRAWN } else { LONGEST_SAMPLE };
        if length > most {
            return;
        }
        self.sample_bytes += length;
        let sample = Sample {
            text: String::from_utf8_lossy(&text).into_owned(),
            values: values.map(as_text),
            took_ns: took,
            start_us: event.start_us,
            failure: event.failure.as_ref().map(|failure| failure.message.clone()),
            file: self.file_name(event.file),
            line: event.line,
        };
        self.queries.digests[event.query as usize].samples.take(kind, sample);
    }

    /// An error, with or without a statement.
    pub fn error(&mut self, failure: &Failure) {
        self.summary.errors += 1;
        count_error(&mut self.summary.error_classes, &failure.class, &failure.message, 1);
    }

    /// A duration that the log has no text for.
    pub fn textless(&mut self, mut event: Event, by: &mut Collected) -> Result<(), TraceError> {
        let digest = QueryDigest::new(
            NO_TEXT.to_owned(),
            "(text not logged)".to_owned(),
            StatementKind::Utility,
        );
        event.query = self.queries.with_digest(digest);
        event.protocol = Protocol::Simple;
        event.is_call = true;
        event.set_whole_text(b"");
        if self.take(event, by, None)? {
            self.summary.without_text += 1;
        }
        Ok(())
    }

    pub fn finish(mut self) -> Result<(Summary, u64), TraceError> {
        self.summary.queries = std::mem::take(&mut self.queries.digests);
        self.summary.redacted = self.redact.is_some();
        if let Some(dialect) = self.redact {
            super::redact::summary(&mut self.summary, dialect);
        }
        let bytes = self.writer.finish(&self.summary)?;
        Ok((self.summary, bytes))
    }
}

/// Fingerprint of statements whose text was not logged.
pub const NO_TEXT: &str = "0000000000000000";

/// Puts what a log tells of a session in place of what was `known`. Returns whether that is new.
pub fn learn(known: &mut String, told: &[u8]) -> bool {
    if told.is_empty() || told == known.as_bytes() || told == b"[unknown]" {
        return false;
    }
    // A name in another encoding never equals what was kept of it byte by byte.
    let told = String::from_utf8_lossy(told);
    let is_new = *told != **known;
    if is_new {
        *known = told.into_owned();
    }
    is_new
}

fn as_text(values: Values) -> Vec<Option<String>> {
    let text = |value: Vec<u8>| match String::from_utf8(value) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    };
    values.into_iter().map(|value| value.map(text)).collect()
}
