//! What is known of all executions of one query together.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Durations, Samples};
use crate::sql::StatementKind;

/// Different values of one property that are counted one by one; the rest is counted together.
const MOST_VALUES: usize = 64;
const REST: &str = "(others)";

/// How often, and nanoseconds of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Count {
    pub calls: u64,
    pub ns: u64,
}

impl Count {
    pub fn add(&mut self, other: Count) {
        self.calls += other.calls;
        self.ns += other.ns;
    }
}

/// Counts under `key` in `counts`, which stays small.
pub fn count_under(counts: &mut BTreeMap<String, Count>, key: &str, count: Count) {
    if key.is_empty() {
        return;
    }
    if let Some(known) = counts.get_mut(key) {
        return known.add(count);
    }
    let key = if counts.len() < MOST_VALUES { key } else { REST };
    counts.entry(key.to_owned()).or_default().add(count);
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ErrorClass {
    pub count: u64,
    /// One message of it.
    pub message: String,
}

pub fn count_error(
    errors: &mut BTreeMap<String, ErrorClass>,
    class: &str,
    message: &str,
    count: u64,
) {
    let class = if errors.len() < MOST_VALUES || errors.contains_key(class) { class } else { REST };
    let known = errors.entry(class.to_owned()).or_default();
    known.count += count;
    if known.message.is_empty() {
        known.message = message.chars().take(300).collect();
    }
}

/// A plan that a log held with the query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptPlan {
    /// The server's own text or document.
    pub text: String,
    pub took_ns: Option<u64>,
    pub file: String,
    pub line: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QueryDigest {
    /// 16 hex digits, equal for statements that differ only in constants, list lengths, spacing and comments.
    pub fingerprint: String,
    /// Fingerprints of variants that are counted with it, where folding was asked for.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub folded: BTreeSet<String>,
    /// Constants replaced by placeholders.
    pub normalised: String,
    pub kind: StatementKind,
    /// Why no parser took it, where none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unparsed: Option<String>,
    pub calls: u64,
    /// Of the server's whole time: parsing, binding and execution.
    pub durations: Durations,
    #[serde(default)]
    pub parse_ns: u64,
    #[serde(default)]
    pub bind_ns: u64,
    /// Rows returned or changed, and by how many of the calls that is told.
    #[serde(default)]
    pub rows: u64,
    #[serde(default)]
    pub rows_told: u64,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub errors: BTreeMap<String, ErrorClass>,
    #[serde(default)]
    pub temporary_files: u64,
    #[serde(default)]
    pub temporary_bytes: u64,
    #[serde(default)]
    pub lock_waits: u64,
    #[serde(default)]
    pub lock_wait_ns: u64,
    /// Longest series of it in one session with nothing else between, and how many sessions had one of ten or more.
    #[serde(default)]
    pub longest_series: u64,
    #[serde(default)]
    pub series: u64,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub databases: BTreeMap<String, Count>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub users: BTreeMap<String, Count>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub applications: BTreeMap<String, Count>,
    /// By tag of its comments: `route=/orders`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, Count>,
    /// Further figures of a server's own digest, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub figures: BTreeMap<String, f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_us: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_us: Option<i64>,
    pub samples: Samples,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plans: Vec<KeptPlan>,
    /// How many plans the log held with it; the slowest few are kept.
    #[serde(default)]
    pub plans_told: u64,
}

/// Plans kept of one query.
const MOST_PLANS: usize = 3;

impl QueryDigest {
    pub fn new(fingerprint: String, normalised: String, kind: StatementKind) -> Self {
        QueryDigest {
            fingerprint,
            folded: BTreeSet::new(),
            normalised,
            kind,
            unparsed: None,
            calls: 0,
            durations: Durations::default(),
            parse_ns: 0,
            bind_ns: 0,
            rows: 0,
            rows_told: 0,
            errors: BTreeMap::new(),
            temporary_files: 0,
            temporary_bytes: 0,
            lock_waits: 0,
            lock_wait_ns: 0,
            longest_series: 0,
            series: 0,
            databases: BTreeMap::new(),
            users: BTreeMap::new(),
            applications: BTreeMap::new(),
            tags: BTreeMap::new(),
            figures: BTreeMap::new(),
            first_us: None,
            last_us: None,
            samples: Samples::default(),
            plans: Vec::new(),
            plans_told: 0,
        }
    }

    pub fn error_count(&self) -> u64 {
        self.errors.values().map(|class| class.count).sum()
    }

    /// Keeps the slowest ones, and one at least.
    pub fn keep_plan(&mut self, plan: KeptPlan) {
        self.plans_told += 1;
        let place = self.plans.partition_point(|known| known.took_ns >= plan.took_ns);
        if place < MOST_PLANS {
            self.plans.insert(place, plan);
            self.plans.truncate(MOST_PLANS);
        }
    }

    /// Bytes of the plans that are kept.
    pub fn plan_bytes(&self) -> usize {
        self.plans.iter().map(|plan| plan.text.len()).sum()
    }

    pub fn seen_at(&mut self, start_us: i64) {
        self.first_us = Some(self.first_us.map_or(start_us, |first| first.min(start_us)));
        self.last_us = Some(self.last_us.map_or(start_us, |last| last.max(start_us)));
    }

    /// Adds what another capture knows of the same query.
    pub fn add(&mut self, other: QueryDigest) {
        let variants = other.folded.iter().chain([&other.fingerprint]);
        let new = variants.filter(|variant| **variant != self.fingerprint).cloned();
        self.folded.extend(new);
        self.calls += other.calls;
        self.durations.add(&other.durations);
        self.parse_ns += other.parse_ns;
        self.bind_ns += other.bind_ns;
        self.rows += other.rows;
        self.rows_told += other.rows_told;
        for (class, error) in &other.errors {
            count_error(&mut self.errors, class, &error.message, error.count);
        }
        self.temporary_files += other.temporary_files;
        self.temporary_bytes += other.temporary_bytes;
        self.lock_waits += other.lock_waits;
        self.lock_wait_ns += other.lock_wait_ns;
        self.longest_series = self.longest_series.max(other.longest_series);
        self.series += other.series;
        for (mine, others) in [
            (&mut self.databases, &other.databases),
            (&mut self.users, &other.users),
            (&mut self.applications, &other.applications),
            (&mut self.tags, &other.tags),
        ] {
            others.iter().for_each(|(key, count)| count_under(mine, key, *count));
        }
        for (name, figure) in other.figures {
            *self.figures.entry(name).or_default() += figure;
        }
        other.first_us.into_iter().chain(other.last_us).for_each(|at| self.seen_at(at));
        self.samples.add(other.samples);
        let told = self.plans_told + other.plans_told;
        other.plans.into_iter().for_each(|plan| self.keep_plan(plan));
        self.plans_told = told;
    }
}
