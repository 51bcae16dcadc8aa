//! Every statement of a capture as one JSON document a line, in the order of their starts: what other tools read.

use std::io::{self, Write};

use serde::Serialize;

use super::overview::time;
use super::{Event, Ordered, Reader, TraceError};

#[derive(Serialize)]
struct Line<'r> {
    start: Option<String>,
    duration_ms: Option<f64>,
    parse_ms: f64,
    bind_ms: f64,
    call: bool,
    fingerprint: &'r str,
    session: &'r str,
    database: &'r str,
    user: &'r str,
    application: &'r str,
    host: &'r str,
    text: String,
    values: Option<Vec<Option<String>>>,
    rows: Option<u64>,
    error: Option<&'r str>,
    message: Option<&'r str>,
    file: &'r str,
    line: u64,
}

/// Why it stopped: the file that is read, or the one that is written.
#[derive(Debug)]
pub enum Stopped {
    Read(TraceError),
    Write(io::Error),
}

/// Writes all events of `reader` to `out` and returns how many.
pub fn json_lines(reader: &mut Reader, out: &mut dyn Write) -> Result<u64, Stopped> {
    let mut ordered = Ordered::new(reader);
    let mut count = 0;
    while let Some(event) = ordered.next_event().map_err(Stopped::Read)? {
        let line = line(ordered.reader(), &event);
        serde_json::to_writer(&mut *out, &line).map_err(|error| Stopped::Write(error.into()))?;
        out.write_all(b"\n").map_err(Stopped::Write)?;
        count += 1;
    }
    Ok(count)
}

fn line<'r>(reader: &'r Reader, event: &'r Event) -> Line<'r> {
    let session = reader.sessions.get(event.session as usize);
    let of =
        |get: fn(&super::Session) -> &String| session.map_or("", |session| get(session).as_str());
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let query = reader.summary.queries.get(event.query as usize);
    Line {
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
