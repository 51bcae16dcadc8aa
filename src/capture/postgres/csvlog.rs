//! `csvlog`: one record a message, values quoted where they need it, line breaks inside.

use super::detail;
use super::message::Messages;
use crate::capture::batch::{Batch, Entry, Level, Span};
use crate::capture::block_format::BlockFormat;
use crate::capture::prefix::timestamp;
use crate::sql::Lexis;

/// Columns of the oldest server that is read (9.0) and of the newest.
const FEWEST: usize = 22;
const MOST: usize = 30;

const TIME: usize = 0;
const USER: usize = 1;
const DATABASE: usize = 2;
const HOST: usize = 4;
const SESSION: usize = 5;
const SEVERITY: usize = 11;
const CODE: usize = 12;
const MESSAGE: usize = 13;
const DETAIL: usize = 14;
const CONTEXT: usize = 18;
const QUERY: usize = 19;
const APPLICATION: usize = 22;

#[derive(Debug)]
pub struct Csvlog {
    pub lexis: Lexis,
}

impl BlockFormat for Csvlog {
    /// Up to the last line break that is in no quotes and that a time follows. A log that was cut off may begin within
    /// quotes: then the time alone has to tell.
    fn complete(&self, bytes: &[u8]) -> usize {
        let mut quotes = bytes.iter().filter(|byte| **byte == b'"').count();
        let (mut end, mut likely) = (bytes.len(), 0);
        while let Some(found) = memchr::memrchr2(b'\n', b'"', &bytes[..end]) {
            if bytes[found] == b'"' {
                quotes -= 1;
            } else if timestamp(&bytes[found + 1..]).is_some() {
                if quotes % 2 == 0 {
                    return found + 1;
                }
                likely = likely.max(found + 1);
            }
            end = found;
        }
        likely
    }

    fn begins_entry(&self, line: &[u8]) -> bool {
        timestamp(line).is_some()
    }

    fn parse(&self, bytes: Vec<u8>) -> Batch {
        let mut batch = Batch { bytes, ..Batch::default() };
        let mut messages = Messages { lexis: &self.lexis, scratch: Vec::with_capacity(512) };
        let (mut at, mut line) = (0, 0u64);
        while at < batch.bytes.len() {
            let Record { fields, count, end, lines, whole } = record(&mut batch, at);
            let time = timestamp(batch.get(fields[TIME])).map(|(time, _)| time);
            if !whole {
                // Probably one quotation mark too few: the next line that begins with a time is tried.
                batch.reject(
                    line,
                    "a record that does not end: a quotation mark is open",
                    Span::new(at, end),
                );
                let next = resume(&batch.bytes, at);
                line += lines_in(&batch.bytes[at..next]);
                at = next;
                continue;
            }
            match (count, time) {
                (FEWEST..=MOST, Some(time)) => {
                    entry(&mut batch, &mut messages, &fields, time, line)
                }
                (1, _) if at + 1 >= end => {}
                _ => batch.reject(
                    line,
                    "a record that has not the columns of a csvlog",
                    Span::new(at, end),
                ),
            }
            line += lines;
            at = end;
        }
        batch.lines = line;
        batch
    }
}

fn lines_in(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// The next line behind `at` that begins with a time.
fn resume(bytes: &[u8], at: usize) -> usize {
    let mut from = at;
    while let Some(found) = memchr::memchr(b'\n', &bytes[from..]) {
        from += found + 1;
        if timestamp(&bytes[from..]).is_some() {
            return from;
        }
    }
    bytes.len()
}

struct Record {
    fields: [Span; MOST],
    count: usize,
    /// Behind its line break.
    end: usize,
    lines: u64,
    /// Its quotes are closed.
    whole: bool,
}

fn record(batch: &mut Batch, start: usize) -> Record {
    let mut record =
        Record { fields: [Span::default(); MOST], count: 0, end: start, lines: 0, whole: true };
    let mut at = start;
    loop {
        let (span, next) = match batch.bytes.get(at) {
            Some(b'"') => match quoted(batch, at, &mut record.lines) {
                Some(found) => found,
                None => {
                    record.whole = false;
                    record.end = batch.bytes.len();
                    return record;
                }
            },
            _ => {
                let rest = &batch.bytes[at..];
                let length = memchr::memchr2(b',', b'\n', rest).unwrap_or(rest.len());
                (Span::new(at, at + length), at + length)
            }
        };
        if let Some(field) = record.fields.get_mut(record.count) {
            *field = span;
        }
        record.count += 1;
        match batch.bytes.get(next) {
            Some(b',') => at = next + 1,
            Some(b'\r') if batch.bytes.get(next + 1) == Some(&b'\n') => {
                record.lines += 1;
                record.end = next + 2;
                return record;
            }
            Some(b'\n') => {
                record.lines += 1;
                record.end = next + 1;
                return record;
            }
            None => {
                record.lines += 1;
                record.end = next;
                return record;
            }
            // Something behind a closing quote: no csv that a server writes.
            Some(_) => {
                let rest = &batch.bytes[next..];
                let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |found| found + 1);
                record.count = usize::MAX;
                record.lines += 1;
                record.end = next + length;
                return record;
            }
        }
    }
}

/// The content of the quotes that open at `open`, and what is behind them. `None`: they do not close.
fn quoted(batch: &mut Batch, open: usize, lines: &mut u64) -> Option<(Span, usize)> {
    let start = open + 1;
    let (mut at, mut doubled) = (start, false);
    loop {
        at += memchr::memchr(b'"', &batch.bytes[at..])?;
        if batch.bytes.get(at + 1) != Some(&b'"') {
            break;
        }
        doubled = true;
        at += 2;
    }
    *lines += lines_in(&batch.bytes[start..at]);
    if !doubled {
        return Some((Span::new(start, at), at + 1));
    }
    let mut plain = Vec::with_capacity(at - start);
    let mut from = start;
    while let Some(found) = memchr::memchr(b'"', &batch.bytes[from..at]) {
        plain.extend_from_slice(&batch.bytes[from..=from + found]);
        from += found + 2;
    }
    plain.extend_from_slice(&batch.bytes[from..at]);
    Some((batch.keep(&plain), at + 1))
}

fn entry(
    batch: &mut Batch,
    messages: &mut Messages<'_>,
    fields: &[Span; MOST],
    time: i64,
    line: u64,
) {
    let level = level(batch.get(fields[SEVERITY]));
    let mut entry = Entry {
        time_us: Some(time),
        session: fields[SESSION],
        user: fields[USER],
        database: fields[DATABASE],
        application: fields[APPLICATION],
        host: fields[HOST],
        code: fields[CODE],
        level,
        text: fields[MESSAGE],
        line: line as u32,
        ..Entry::default()
    };
    entry.message = messages.read(batch, level, fields[MESSAGE]);
    if !fields[DETAIL].is_empty() {
        detail::read(batch, &mut entry, fields[DETAIL], messages);
    }
    if !fields[CONTEXT].is_empty() {
        detail::context(batch, &mut entry, fields[CONTEXT]);
    }
    if !fields[QUERY].is_empty() {
        entry.statement = batch.sql(fields[QUERY], messages.lexis, &mut messages.scratch);
    }
    batch.entries.push(entry);
}

/// The severity of csvlog and jsonlog is translated too.
pub fn level(word: &[u8]) -> Level {
    match word {
        b"LOG" => Level::Log,
        b"ERROR" | b"FATAL" | b"PANIC" => Level::Error,
        word => {
            let known = super::LEVELS
                .iter()
                .find(|(words, _)| words.trim_end_matches([' ', ':']).as_bytes() == word);
            known.map_or(Level::Remark, |(_, level)| *level)
        }
    }
}
