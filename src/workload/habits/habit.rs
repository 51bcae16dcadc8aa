//! One habit: how often, how long, and where it is seen best.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A kind of habit: its name in rules, and what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HabitKind {
    pub name: &'static str,
    pub meaning: &'static str,
}

macro_rules! habits {
    ($($name:literal: $meaning:literal,)*) => {
        /// Every kind there is, by name.
        pub const HABITS: &[HabitKind] = &[$(HabitKind { name: $name, meaning: $meaning },)*];
    };
}

habits! {
    "commit-per-row": "single-row writes in a row, each committed on its own",
    "connection-per-statement": "sessions that end after a few statements",
    "count-then-page": "a count, then one page of the same rows",
    "deadlocked": "statements that were given up because of a deadlock",
    "failing-again": "a statement that fails sent again as it was",
    "hot-row": "one key that most changes of a table go to, with waits for locks",
    "idle-in-transaction": "transactions that are left open while nothing is asked",
    "lists-of-many-lengths": "one query with lists of many lengths",
    "literals-in-text": "one query sent as many different texts",
    "long-transaction": "transactions that stay open for long",
    "offset-walk": "pages fetched one after the other with a growing OFFSET",
    "pings": "statements that ask no table",
    "prepared-each-time": "statements parsed anew for each execution",
    "read-in-loop": "single rows read by key, many in a row, after another query",
    "read-then-update": "a row read by its key and then changed by the same key",
    "same-again": "the same statement with the same values soon again",
    "single-read-transactions": "transactions around one statement that only reads",
    "transaction-of-many": "transactions of very many different statements",
    "writes-in-loop": "single-row writes, many in a row",
    "temporary-files": "a query that writes temporary files",
}

/// Figures of one habit. What a figure does not apply to is 0.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Habit {
    /// Name of its [`HabitKind`].
    pub kind: String,
    /// Query concerned, by its name in the workload; nothing where it is about sessions as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Other queries it is about: the one before, those that do the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<String>,
    /// Its statement without values, shortened.
    pub statement: String,
    pub other_statement: String,
    /// First table of the query, as far as its text tells.
    pub table: String,
    /// How often it was seen: series, transactions, pairs.
    pub occurrences: u64,
    /// Of so many: all transactions, all executions of the query.
    pub of_occurrences: u64,
    /// Executions that belong to it, of all executions of its query (of the capture, where there is no query).
    pub calls: u64,
    pub of_calls: u64,
    /// Executions of the longest occurrence.
    pub longest: u64,
    /// Sessions that have it, of all that ran a statement.
    pub sessions: u64,
    pub of_sessions: u64,
    /// Milliseconds of the server that the executions took.
    pub total_ms: f64,
    /// Milliseconds in which nothing was asked meanwhile, or that were spent on what the habit adds.
    pub waited_ms: f64,
    /// Milliseconds of the longest occurrence.
    pub longest_ms: f64,
    /// Milliseconds of the server for the whole capture, and seconds from its first statement to its end.
    pub capture_ms: f64,
    pub span_s: f64,
    /// Different values, texts or lengths.
    pub distinct: u64,
    pub bytes: u64,
    /// The log seems to hold every statement, not only slow ones.
    pub log_is_whole: bool,
    /// Where the longest occurrence begins: the log, and the line there.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub file: String,
    pub line: u64,
}
