//! One statement as other tools are told of it.

use std::io;

use serde::Serialize;

use crate::trace::overview::time;
use crate::trace::{Event, Reader, TraceError};

#[derive(Serialize)]
pub struct Row<'r> {
    pub start: Option<String>,
    pub duration_ms: Option<f64>,
    pub parse_ms: f64,
    pub bind_ms: f64,
    pub call: bool,
    pub fingerprint: &'r str,
    pub session: &'r str,
    pub database: &'r str,
    pub user: &'r str,
    pub application: &'r str,
    pub host: &'r str,
    pub text: String,
    pub values: Option<Vec<Option<String>>>,
    pub rows: Option<u64>,
    pub error: Option<&'r str>,
    pub message: Option<&'r str>,
    pub file: &'r str,
    pub line: u64,
}

/// Why it stopped: the file that is read, or the one that is written.
#[derive(Debug)]
pub enum Stopped {
    Read(TraceError),
    Write(io::Error),
}

pub fn row<'r>(reader: &'r Reader, event: &'r Event) -> Row<'r> {
    let session = reader.sessions.get(event.session as usize);
    let of = |get: fn(&crate::trace::Session) -> &String| {
        session.map_or("", |session| get(session).as_str())
    };
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let query = reader.summary.queries.get(event.query as usize);
    Row {
        start: event.start_us.and_then(time),
        duration_ms: event.took_ns.map(|ns| ns as f64 / 1e6),
        parse_ms: event.parse_ns as f64 / 1e6,
        bind_ms: event.bind_ns as f64 / 1e6,
        call: event.is_call,
        fingerprint: query.map_or("", |query| query.fingerprint.as_str()),
        session: of(|session| &session.key),
        database: of(|session| &session.database),
        user: of(|session| &session.user),
        application: of(|session| &session.application),
        host: of(|session| &session.host),
        text: text(reader.text(event).unwrap_or_default()),
        values: event
            .bound()
            .map(|values| values.into_iter().map(|value| value.map(text)).collect()),
        rows: event.rows,
        error: event.failure.as_ref().map(|failure| failure.class.as_str()),
        message: event.failure.as_ref().map(|failure| failure.message.as_str()),
        file: reader.files.get(event.file as usize).map_or("", String::as_str),
        line: event.line,
    }
}
