//! What a replay shows: every captured statement accounted for, service and response time apart.

use std::collections::BTreeMap;

use serde::Serialize;

use super::course::Course;
use super::decide::REFUSED;
use crate::engine::Access;
use crate::stats::{Histogram, Latency};
use crate::trace::Reader;

/// Version of the JSON document.
pub const REPLAY_FORMAT: u32 = 1;

/// Times are client-side, from sending to the last row; they are not to be compared with the log's, which are the server's.
#[derive(Debug, Clone, Serialize)]
pub struct CapturedReplay {
    pub format: u32,
    pub workload: String,
    /// All events of the capture.
    pub captured: u64,
    pub sent: u64,
    pub succeeded: u64,
    pub failed: u64,
    /// By reason.
    pub skipped: BTreeMap<String, u64>,
    /// Events that an interrupt or a lost server kept from being sent.
    pub not_reached: u64,
    pub sessions: u64,
    pub connections: usize,
    pub elapsed_s: f64,
    pub statements_per_s: f64,
    /// From sending to the last row.
    pub service: Option<Latency>,
    /// From when it was due to the last row; the same as service in a closed loop.
    pub response: Option<Latency>,
    /// From when it was due to sending, of statements whose connection was free: the client's own delay.
    pub client_delay: Option<Latency>,
    /// Share of those that left within a millisecond of their time.
    pub on_time: Option<f64>,
    /// Statements that had to wait for the one before them on their connection: the server was slower than the capture.
    pub waited_for_server: u64,
    /// Statements that the client itself sent more than a millisecond late.
    pub client_behind: u64,
    pub failures: Vec<Failed>,
    pub queries: Vec<QueryTimes>,
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Failed {
    pub file: String,
    pub line: u64,
    pub query: String,
    pub error: String,
    /// It failed in the capture too.
    pub failed_before: bool,
}

#[derive(Debug, Clone, Serialize)]
pub struct QueryTimes {
    pub fingerprint: String,
    pub query: String,
    pub sent: u64,
    pub failed: u64,
    pub rows: u64,
    pub service: Option<Latency>,
    pub response: Option<Latency>,
    /// Mean of the log's durations, the server's own, for orientation.
    pub captured_mean_ms: Option<f64>,
}

/// Times of one query on one connection.
#[derive(Debug, Clone, Default)]
pub struct Times {
    pub service: Histogram,
    pub response: Histogram,
    pub sent: u64,
    pub failed: u64,
    pub rows: u64,
}

/// What one connection brings back.
#[derive(Debug, Default)]
pub struct Tally {
    pub queries: BTreeMap<u32, Times>,
    pub skipped: BTreeMap<&'static str, u64>,
    pub refused: BTreeMap<String, u64>,
    pub delay: Histogram,
    pub on_time: u64,
    pub behind: u64,
    pub waited: u64,
    pub failures: Vec<Failed>,
    pub lost: Option<String>,
}

impl Tally {
    pub fn add(&mut self, other: Tally, most_failures: usize) {
        for (query, times) in other.queries {
            let mine = self.queries.entry(query).or_default();
            mine.service.add(&times.service);
            mine.response.add(&times.response);
            mine.sent += times.sent;
            mine.failed += times.failed;
            mine.rows += times.rows;
        }
        for (reason, count) in other.skipped {
            *self.skipped.entry(reason).or_default() += count;
        }
        for (reason, count) in other.refused {
            *self.refused.entry(reason).or_default() += count;
        }
        self.delay.add(&other.delay);
        self.on_time += other.on_time;
        self.behind += other.behind;
        self.waited += other.waited;
        let room = most_failures.saturating_sub(self.failures.len());
        self.failures.extend(other.failures.into_iter().take(room));
        self.lost = self.lost.take().or(other.lost);
    }
}

impl CapturedReplay {
    pub fn of(
        tally: Tally,
        connections: usize,
        reader: &Reader,
        course: &Course,
        access: Access,
        elapsed_s: f64,
    ) -> Self {
        let (mut service, mut response) = (Histogram::default(), Histogram::default());
        let mut queries = Vec::new();
        let (mut sent, mut failed) = (0, 0);
        for (number, times) in &tally.queries {
            service.add(&times.service);
            response.add(&times.response);
            sent += times.sent;
            failed += times.failed;
            queries.extend(times.of_query(reader, *number));
        }
        queries.sort_by(|a, b| total(b).total_cmp(&total(a)));
        let skipped = skipped(&tally);
        let accounted = sent + skipped.values().sum::<u64>();
        let timed = tally.on_time + tally.behind;
        CapturedReplay {
            format: REPLAY_FORMAT,
            workload: reader.path().display().to_string(),
            captured: course.events,
            sent,
            succeeded: sent - failed,
            failed,
            skipped,
            not_reached: course.events.saturating_sub(accounted),
            sessions: course.per_session.len() as u64,
            connections,
            elapsed_s,
            statements_per_s: sent as f64 / elapsed_s.max(1e-9),
            service: Latency::of(&service),
            response: Latency::of(&response),
            client_delay: Latency::of(&tally.delay),
            on_time: (timed > 0).then(|| tally.on_time as f64 / timed as f64),
            waited_for_server: tally.waited,
            client_behind: tally.behind,
            notes: notes(&tally, access),
            failures: tally.failures,
            queries,
        }
    }
}

impl Times {
    fn of_query(&self, reader: &Reader, number: u32) -> Option<QueryTimes> {
        let digest = reader.summary.queries.get(number as usize)?;
        Some(QueryTimes {
            fingerprint: digest.fingerprint.clone(),
            query: digest.normalised.clone(),
            sent: self.sent,
            failed: self.failed,
            rows: self.rows,
            service: Latency::of(&self.service),
            response: Latency::of(&self.response),
            captured_mean_ms: digest.durations.mean_ms(),
        })
    }
}

fn total(query: &QueryTimes) -> f64 {
    query.service.as_ref().map_or(0.0, |service| service.mean_ms * service.count as f64)
}

/// By reason; why something was refused stands with it.
fn skipped(tally: &Tally) -> BTreeMap<String, u64> {
    let mut skipped: BTreeMap<String, u64> = BTreeMap::new();
    for (reason, count) in &tally.skipped {
        let reason = match *reason {
            REFUSED => {
                let why: Vec<&str> = tally.refused.keys().take(3).map(String::as_str).collect();
                format!("{REFUSED}: {}", why.join("; "))
            }
            reason => reason.to_owned(),
        };
        *skipped.entry(reason).or_default() += count;
    }
    skipped
}

fn notes(tally: &Tally, access: Access) -> Vec<String> {
    let mut notes = Vec::new();
    notes.extend(tally.lost.iter().map(|error| format!("A connection was lost: {error}")));
    if access == Access::Rollback {
        notes.push("Transactions were rolled back where they committed: later statements saw other data than in the capture.".to_owned());
    }
    notes
}
