//! The digest of a whole capture: what stands at the end of the file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::digest::{ErrorClass, QueryDigest, count_error};

/// One hour of the capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Hour {
    pub calls: u64,
    pub ns: u64,
    pub errors: u64,
}

/// A log that was read.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SourceInfo {
    pub name: String,
    /// `stderr`, `csvlog`, `slow log`, …
    pub format: String,
    /// How the beginning of its lines is spelt, where that had to be known, and how it was learnt.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub line_prefix: String,
    /// Bytes after unpacking.
    pub bytes: u64,
    pub lines: u64,
    /// Entries that are no statements: connections, checkpoints and the like.
    #[serde(default)]
    pub other_entries: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
}

/// How far a log was read, for going on there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Position {
    /// Bytes after unpacking.
    pub bytes: u64,
    pub lines: u64,
    /// Checksum of the log's first bytes, which a rotated file keeps, and of how many.
    pub head: String,
    pub head_bytes: u64,
}

/// Parts of a log that could not be read, by reason.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Rejected {
    pub reason: String,
    pub count: u64,
    /// The first of them.
    pub file: String,
    pub line: u64,
    pub begins: String,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Summary {
    /// The family of servers it was captured from, as the engine calls itself.
    pub engine: String,
    /// Where the figures come from: `log`, or the name of a server's view.
    pub origin: String,
    #[serde(default)]
    pub redacted: bool,
    /// Calls: executions, failed ones included.
    pub statements: u64,
    /// Of all durations, those of parsing and binding included.
    pub duration_ns: u64,
    pub parse_ns: u64,
    pub bind_ns: u64,
    /// Sessions that ran a statement.
    pub sessions: u64,
    pub errors: u64,
    pub rejected: u64,
    /// Statements that the caller's filters left out.
    #[serde(default)]
    pub filtered: u64,
    /// Calls that the log has no duration for, and durations that it has no text for.
    #[serde(default)]
    pub without_duration: u64,
    #[serde(default)]
    pub without_text: u64,
    #[serde(default)]
    pub transactions: u64,
    #[serde(default)]
    pub temporary_files: u64,
    #[serde(default)]
    pub temporary_bytes: u64,
    #[serde(default)]
    pub lock_waits: u64,
    #[serde(default)]
    pub lock_wait_ns: u64,
    #[serde(default)]
    pub deadlocks: u64,
    #[serde(default)]
    pub connections: u64,
    #[serde(default)]
    pub disconnections: u64,
    /// Microseconds since 1970: the first start and the last end.
    pub first_us: Option<i64>,
    pub last_us: Option<i64>,
    pub sources: Vec<SourceInfo>,
    #[serde(default)]
    pub rejects: Vec<Rejected>,
    /// By class, those without a statement included.
    #[serde(default)]
    pub error_classes: BTreeMap<String, ErrorClass>,
    /// By hour since 1970.
    #[serde(default)]
    pub hours: BTreeMap<i64, Hour>,
    /// Things a reader must know before trusting the numbers.
    #[serde(default)]
    pub notes: Vec<String>,
    /// By their numbers in events.
    pub queries: Vec<QueryDigest>,
}

/// Different reasons that are kept apart.
const MOST_REASONS: usize = 20;

impl Summary {
    pub fn duration_ms(&self) -> f64 {
        self.duration_ns as f64 / 1e6
    }

    /// From the first start to the last end.
    pub fn span_s(&self) -> Option<f64> {
        Some((self.last_us? - self.first_us?) as f64 / 1e6)
    }

    pub fn reject(&mut self, rejected: Rejected) {
        self.rejected += rejected.count;
        if let Some(known) = self.rejects.iter_mut().find(|known| known.reason == rejected.reason) {
            known.count += rejected.count;
        } else if self.rejects.len() < MOST_REASONS {
            self.rejects.push(rejected);
        } else if let Some(last) = self.rejects.last_mut() {
            last.count += rejected.count;
        }
    }

    pub fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    pub fn seen(&mut self, from_us: i64, to_us: i64) {
        self.first_us = Some(self.first_us.map_or(from_us, |first| first.min(from_us)));
        self.last_us = Some(self.last_us.map_or(to_us, |last| last.max(to_us)));
    }

    /// Adds all figures of `other` but its sessions and its queries, whose numbers the caller has to match.
    pub fn add_figures(&mut self, other: &Summary) {
        self.statements += other.statements;
        self.duration_ns += other.duration_ns;
        self.parse_ns += other.parse_ns;
        self.bind_ns += other.bind_ns;
        self.errors += other.errors;
        self.filtered += other.filtered;
        self.without_duration += other.without_duration;
        self.without_text += other.without_text;
        self.transactions += other.transactions;
        self.temporary_files += other.temporary_files;
        self.temporary_bytes += other.temporary_bytes;
        self.lock_waits += other.lock_waits;
        self.lock_wait_ns += other.lock_wait_ns;
        self.deadlocks += other.deadlocks;
        self.connections += other.connections;
        self.disconnections += other.disconnections;
        self.redacted |= other.redacted;
        if let (Some(first), Some(last)) = (other.first_us, other.last_us) {
            self.seen(first, last);
        }
        self.sources.extend(other.sources.iter().cloned());
        other.rejects.iter().for_each(|rejected| self.reject(rejected.clone()));
        for (class, error) in &other.error_classes {
            count_error(&mut self.error_classes, class, &error.message, error.count);
        }
        for (hour, figures) in &other.hours {
            let mine = self.hours.entry(*hour).or_default();
            mine.calls += figures.calls;
            mine.ns += figures.ns;
            mine.errors += figures.errors;
        }
        other.notes.iter().for_each(|note| self.note(note.clone()));
    }
}
