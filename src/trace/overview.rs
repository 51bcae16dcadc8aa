//! The figures of a capture as people and programs ask for them: sorted, in milliseconds, with rates.

use std::collections::BTreeMap;

use serde::Serialize;

use super::digest::{Count, QueryDigest};
use super::sample::Sample;
use super::summary::{Rejected, SourceInfo, Summary};

/// Version of the JSON document.
pub const OVERVIEW_FORMAT: u32 = 1;
const DAY_S: f64 = 86_400.0;

/// What `planwise workload show --format json` prints.
#[derive(Debug, Clone, Serialize)]
pub struct Overview {
    pub format: u32,
    pub planwise: String,
    pub engine: String,
    pub origin: String,
    pub redacted: bool,
    /// Executions, failed ones included.
    pub statements: u64,
    /// Sum of all durations in the log, those of parsing and binding included.
    pub duration_ms: f64,
    pub parse_ms: f64,
    pub bind_ms: f64,
    /// Different queries.
    pub fingerprints: usize,
    pub sessions: u64,
    pub errors: u64,
    pub rejected: u64,
    pub filtered: u64,
    pub without_duration: u64,
    pub without_text: u64,
    pub transactions: u64,
    pub temporary_files: u64,
    pub temporary_bytes: u64,
    pub lock_waits: u64,
    pub lock_wait_ms: f64,
    pub deadlocks: u64,
    pub connections: u64,
    pub disconnections: u64,
    pub first: Option<String>,
    pub last: Option<String>,
    pub span_s: Option<f64>,
    pub sources: Vec<SourceInfo>,
    pub rejects: Vec<Rejected>,
    pub error_classes: Vec<ErrorFigures>,
    pub hours: Vec<HourFigures>,
    pub notes: Vec<String>,
    /// Those that took most time first.
    pub queries: Vec<QueryFigures>,
}

#[derive(Debug, Clone, Serialize)]
pub struct ErrorFigures {
    pub class: String,
    pub count: u64,
    pub message: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct HourFigures {
    pub hour: String,
    pub calls: u64,
    pub duration_ms: f64,
    pub errors: u64,
}

#[derive(Debug, Clone, Serialize)]
pub struct TagFigures {
    pub value: String,
    pub calls: u64,
    pub duration_ms: f64,
}

#[derive(Debug, Clone, Serialize)]
pub struct QueryFigures {
    pub fingerprint: String,
    /// Fingerprints of variants that are counted with it, where folding was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub folded: Vec<String>,
    pub query: String,
    pub kind: crate::sql::StatementKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unparsed: Option<String>,
    pub calls: u64,
    pub duration_ms: f64,
    /// Share of the capture's whole time, 0 to 1.
    pub share: f64,
    /// Seconds of the server a day, at the pace of the capture.
    pub seconds_a_day: Option<f64>,
    pub parse_ms: f64,
    pub bind_ms: f64,
    pub mean_ms: Option<f64>,
    pub min_ms: Option<f64>,
    pub p50_ms: Option<f64>,
    pub p95_ms: Option<f64>,
    pub p99_ms: Option<f64>,
    pub max_ms: Option<f64>,
    pub deviation_ms: Option<f64>,
    pub rows: Option<u64>,
    pub errors: u64,
    pub error_classes: Vec<ErrorFigures>,
    pub temporary_files: u64,
    pub temporary_bytes: u64,
    pub lock_waits: u64,
    pub lock_wait_ms: f64,
    /// Longest series in one session with nothing else between, and sessions with a series of ten or more.
    pub longest_series: u64,
    pub series: u64,
    /// Read in a loop, one row after the other: probably one query too few in the application.
    pub n_plus_one_suspect: bool,
    pub databases: Vec<TagFigures>,
    pub users: Vec<TagFigures>,
    pub applications: Vec<TagFigures>,
    pub tags: Vec<TagFigures>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub figures: BTreeMap<String, f64>,
    /// Plans that are kept, and how many the log held.
    pub plans: usize,
    pub plans_told: u64,
    pub typical: Option<Sample>,
    pub slowest: Option<Sample>,
    pub failing: Option<Sample>,
}

pub fn overview(summary: &Summary) -> Overview {
    let span_s = summary.span_s();
    let mut queries: Vec<QueryFigures> = summary
        .queries
        .iter()
        .filter(|query| query.calls > 0 || query.durations.count > 0)
        .map(|query| figures(query, summary))
        .collect();
    queries.sort_by(|a, b| {
        b.duration_ms
            .total_cmp(&a.duration_ms)
            .then(b.calls.cmp(&a.calls))
            .then_with(|| a.fingerprint.cmp(&b.fingerprint))
    });
    Overview {
        format: OVERVIEW_FORMAT,
        planwise: env!("CARGO_PKG_VERSION").to_owned(),
        engine: summary.engine.clone(),
        origin: summary.origin.clone(),
        redacted: summary.redacted,
        statements: summary.statements,
        duration_ms: ms(summary.duration_ns),
        parse_ms: ms(summary.parse_ns),
        bind_ms: ms(summary.bind_ns),
        fingerprints: queries.len(),
        sessions: summary.sessions,
        errors: summary.errors,
        rejected: summary.rejected,
        filtered: summary.filtered,
        without_duration: summary.without_duration,
        without_text: summary.without_text,
        transactions: summary.transactions,
        temporary_files: summary.temporary_files,
        temporary_bytes: summary.temporary_bytes,
        lock_waits: summary.lock_waits,
        lock_wait_ms: ms(summary.lock_wait_ns),
        deadlocks: summary.deadlocks,
        connections: summary.connections,
        disconnections: summary.disconnections,
        first: summary.first_us.and_then(time),
        last: summary.last_us.and_then(time),
        span_s,
        sources: summary.sources.clone(),
        rejects: summary.rejects.clone(),
        error_classes: errors(&summary.error_classes),
        hours: hours(summary),
        notes: summary.notes.clone(),
        queries,
    }
}

fn ms(ns: u64) -> f64 {
    ns as f64 / 1e6
}

/// A time of the log in UTC.
pub fn time(us: i64) -> Option<String> {
    jiff::Timestamp::from_microsecond(us).ok().map(|time| time.to_string())
}

fn errors(classes: &BTreeMap<String, super::ErrorClass>) -> Vec<ErrorFigures> {
    let mut figures: Vec<ErrorFigures> = classes
        .iter()
        .map(|(class, error)| ErrorFigures {
            class: class.clone(),
            count: error.count,
            message: error.message.clone(),
        })
        .collect();
    figures.sort_by_key(|error| std::cmp::Reverse(error.count));
    figures
}

fn hours(summary: &Summary) -> Vec<HourFigures> {
    let figures = summary.hours.iter().filter_map(|(hour, figures)| {
        Some(HourFigures {
            hour: time(hour.checked_mul(3_600_000_000)?)?,
            calls: figures.calls,
            duration_ms: ms(figures.ns),
            errors: figures.errors,
        })
    });
    figures.collect()
}

/// Counts by value, those that took most time first.
pub fn by_value(counts: &BTreeMap<String, Count>) -> Vec<TagFigures> {
    let mut figures: Vec<TagFigures> = counts
        .iter()
        .map(|(value, count)| TagFigures {
            value: value.clone(),
            calls: count.calls,
            duration_ms: ms(count.ns),
        })
        .collect();
    figures.sort_by(|a, b| b.duration_ms.total_cmp(&a.duration_ms).then(b.calls.cmp(&a.calls)));
    figures
}

fn figures(query: &QueryDigest, summary: &Summary) -> QueryFigures {
    let durations = &query.durations;
    let timed = durations.count > 0;
    let duration_ms = durations.sum_ms();
    let median_ns = durations.quantile_ms(0.5).map(|ms| (ms * 1e6) as u64);
    let read = query.kind == crate::sql::StatementKind::Read;
    QueryFigures {
        fingerprint: query.fingerprint.clone(),
        folded: query.folded.iter().cloned().collect(),
        query: query.normalised.clone(),
        kind: query.kind,
        unparsed: query.unparsed.clone(),
        calls: query.calls,
        duration_ms,
        share: if summary.duration_ns == 0 {
            0.0
        } else {
            durations.sum_ns as f64 / summary.duration_ns as f64
        },
        seconds_a_day: summary
            .span_s()
            .filter(|span| *span >= 1.0)
            .map(|span| duration_ms / 1e3 / span * DAY_S),
        parse_ms: ms(query.parse_ns),
        bind_ms: ms(query.bind_ns),
        mean_ms: durations.mean_ms(),
        min_ms: timed.then(|| ms(durations.least_ns)),
        p50_ms: durations.quantile_ms(0.5),
        p95_ms: durations.quantile_ms(0.95),
        p99_ms: durations.quantile_ms(0.99),
        max_ms: timed.then(|| ms(durations.most_ns)),
        deviation_ms: durations.deviation_ms(),
        rows: (query.rows_told > 0).then_some(query.rows),
        errors: query.error_count(),
        error_classes: errors(&query.errors),
        temporary_files: query.temporary_files,
        temporary_bytes: query.temporary_bytes,
        lock_waits: query.lock_waits,
        lock_wait_ms: ms(query.lock_wait_ns),
        longest_series: query.longest_series,
        series: query.series,
        n_plus_one_suspect: read && query.series > 0,
        databases: by_value(&query.databases),
        users: by_value(&query.users),
        applications: by_value(&query.applications),
        tags: by_value(&query.tags),
        figures: query.figures.clone(),
        plans: query.plans.len(),
        plans_told: query.plans_told,
        typical: query.samples.typical(median_ns).cloned(),
        slowest: query.samples.slowest.clone(),
        failing: query.samples.failing.clone(),
    }
}
