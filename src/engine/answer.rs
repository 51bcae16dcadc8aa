//! What a session is asked, and what it answers.

use std::time::Duration;

/// A query, with what a session has to know to plan it.
#[derive(Debug, Clone, Copy)]
pub struct AskedQuery<'a> {
    pub sql: &'a str,
    pub params: &'a [Option<String>],
    /// Of the session that it was written for: see [`super::Session::under`].
    pub settings: &'a [(String, String)],
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Execution {
    /// From sending to the last row read, seen from the client.
    pub elapsed: Duration,
    /// Rows returned, or rows changed by a write.
    pub rows: u64,
}

/// What a query returned.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answer {
    pub columns: Vec<AnswerColumn>,
    /// Values as the server prints them; `None` is NULL.
    pub rows: Vec<Vec<Option<String>>>,
    /// There were more rows than were asked for.
    pub cut: bool,
    /// Rows that a statement without columns changed, as the server counts them.
    pub changed: Option<u64>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct AnswerColumn {
    pub name: String,
    /// Floating point: two values are the same when they differ by less than this share. `None`: exact.
    pub tolerance: Option<f64>,
    pub kind: AnswerKind,
}

/// How a value is read that another engine prints otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AnswerKind {
    Number,
    Boolean,
    /// A date, with a time or without.
    Moment,
    Text,
    #[default]
    Other,
}
