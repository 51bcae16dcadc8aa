//! `jsonlog`: one JSON document a line. Also the records that a Kubernetes operator wraps up in its own.

use std::borrow::Cow;

use serde::Deserialize;

use super::csvlog::level;
use super::detail;
use super::message::Messages;
use crate::capture::batch::{Batch, Entry, Span};
use crate::capture::block_format::{BlockFormat, complete_lines};
use crate::capture::prefix::timestamp;
use crate::sql::Lexis;

#[derive(Debug)]
pub struct Jsonlog {
    pub lexis: Lexis,
}

/// The keys that are looked at. A shipper's document holds them in `record`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Document<'d> {
    #[serde(borrow, alias = "log_time")]
    timestamp: Cow<'d, str>,
    #[serde(borrow, alias = "user_name")]
    user: Cow<'d, str>,
    #[serde(borrow, alias = "database_name")]
    dbname: Cow<'d, str>,
    #[serde(borrow, alias = "connection_from")]
    remote_host: Cow<'d, str>,
    #[serde(borrow)]
    session_id: Cow<'d, str>,
    #[serde(borrow)]
    application_name: Cow<'d, str>,
    #[serde(borrow)]
    error_severity: Cow<'d, str>,
    #[serde(borrow, alias = "sql_state_code")]
    state_code: Cow<'d, str>,
    #[serde(borrow)]
    message: Cow<'d, str>,
    #[serde(borrow)]
    detail: Cow<'d, str>,
    #[serde(borrow)]
    context: Cow<'d, str>,
    #[serde(borrow, alias = "query")]
    statement: Cow<'d, str>,
    #[serde(borrow)]
    record: Option<Box<Document<'d>>>,
}

impl BlockFormat for Jsonlog {
    fn complete(&self, bytes: &[u8]) -> usize {
        complete_lines(bytes)
    }

    fn begins_entry(&self, line: &[u8]) -> bool {
        line.first() == Some(&b'{')
    }

    fn parse(&self, bytes: Vec<u8>) -> Batch {
        let mut messages = Messages { lexis: &self.lexis, scratch: Vec::with_capacity(512) };
        let mut batch = Batch::default();
        let mut start = 0;
        let mut line = 0;
        while start < bytes.len() {
            let end = memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |at| start + at);
            let text = bytes[start..end].trim_ascii();
            if !text.is_empty() {
                document(&mut batch, &mut messages, text, line);
            }
            line += 1;
            start = end + 1;
        }
        batch.lines = line;
        batch
    }
}

fn document(batch: &mut Batch, messages: &mut Messages<'_>, text: &[u8], line: u64) {
    let lossy;
    let text = match std::str::from_utf8(text) {
        Ok(text) => text,
        Err(_) => {
            lossy = String::from_utf8_lossy(text).into_owned();
            &lossy
        }
    };
    let parsed: Result<Document<'_>, _> = serde_json::from_str(text);
    let begins = |batch: &mut Batch| {
        let begins: String = text.chars().take(80).collect();
        batch.keep(begins.as_bytes())
    };
    match parsed {
        Ok(document) => match document.record {
            Some(record) => entry(batch, messages, &record, line),
            None if document.error_severity.is_empty() && document.message.is_empty() => {
                let begins = begins(batch);
                batch.reject(line, "a JSON document that is no log entry", begins);
            }
            None => entry(batch, messages, &document, line),
        },
        Err(_) => {
            let begins = begins(batch);
            batch.reject(line, "a line that is not JSON, or was cut off", begins);
        }
    }
}

fn entry(batch: &mut Batch, messages: &mut Messages<'_>, document: &Document<'_>, line: u64) {
    let mut keep = |text: &str| match text.is_empty() {
        true => Span::default(),
        false => batch.keep(text.as_bytes()),
    };
    let (session, user) = (keep(&document.session_id), keep(&document.user));
    let (database, host) = (keep(&document.dbname), keep(&document.remote_host));
    let (application, code) = (keep(&document.application_name), keep(&document.state_code));
    let (message, details) = (keep(&document.message), keep(&document.detail));
    let (context, statement) = (keep(&document.context), keep(&document.statement));
    let level = level(document.error_severity.as_bytes());
    let mut entry = Entry {
        time_us: timestamp(document.timestamp.as_bytes()).map(|(time, _)| time),
        session,
        user,
        database,
        application,
        host,
        code,
        level,
        text: message,
        line: line as u32,
        ..Entry::default()
    };
    entry.message = messages.read(batch, level, message);
    if !details.is_empty() {
        detail::read(batch, &mut entry, details, messages);
    }
    if !context.is_empty() {
        detail::context(batch, &mut entry, context);
    }
    if !statement.is_empty() {
        entry.statement = batch.sql(statement, messages.lexis, &mut messages.scratch);
    }
    batch.entries.push(entry);
}
