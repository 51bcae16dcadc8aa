//! What a replay shows: every captured statement accounted for, service and response time apart.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::stats::{Histogram, Latency};

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
