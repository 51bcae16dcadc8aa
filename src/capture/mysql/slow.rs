//! The slow log: header lines that begin with `#`, then the statement. MySQL, Percona Server and MariaDB add fields of
//! their own, in any order.

use super::clock::{seconds, time};
use crate::capture::batch::{Batch, Entry, Message, Slow, Span, Sql, Timed};
use crate::capture::block_format::{BlockFormat, complete_lines, lines};
use crate::sql::Lexis;

#[derive(Debug)]
pub struct SlowLog {
    pub lexis: Lexis,
}

const NO_ENTRY: &str = "a line that belongs to no entry of the slow log";
const NO_TIME: &str = "an entry of the slow log without Query_time";

/// Whether `line` begins an entry's header.
fn begins(line: &[u8]) -> bool {
    line.starts_with(b"# Time: ") || line.starts_with(b"# User@Host: ")
}

/// What a server writes when it opens the log.
fn is_preamble(line: &[u8]) -> bool {
    line.starts_with(b"Tcp port: ")
        || (line.starts_with(b"Time  ") || line.starts_with(b"Time\t"))
            && memchr::memmem::find(line, b"Command").is_some()
        || line.ends_with(b"started with:") && memchr::memmem::find(line, b", Version: ").is_some()
}

impl BlockFormat for SlowLog {
    fn complete(&self, bytes: &[u8]) -> usize {
        let mut end = complete_lines(bytes);
        let mut last = 0;
        while end > 0 {
            let start = memchr::memrchr(b'\n', &bytes[..end - 1]).map_or(0, |at| at + 1);
            let line = &bytes[start..end];
            if line.starts_with(b"# Time: ") {
                return start;
            }
            // The time may stand before it.
            if last > 0 {
                return last;
            }
            if line.starts_with(b"# User@Host: ") {
                last = start;
            }
            end = start;
        }
        last
    }

    fn begins_entry(&self, line: &[u8]) -> bool {
        begins(line)
    }

    fn parse(&self, bytes: Vec<u8>) -> Batch {
        let batch = Batch { bytes, ..Batch::default() };
        let mut reading = Reading { lexis: &self.lexis, batch, scratch: Vec::new(), open: None };
        let lines = lines(&reading.batch.bytes);
        for (number, (start, end)) in lines.iter().enumerate() {
            reading.line(*start, *end, number as u64);
        }
        reading.close();
        reading.batch.lines = lines.len() as u64;
        reading.batch
    }
}

#[derive(Debug, Default)]
struct Open {
    entry: Entry,
    slow: Slow,
    took_ns: Option<u64>,
    /// Only its time was seen.
    timed_only: bool,
    statement: Option<(usize, usize)>,
    plan: Option<(usize, usize)>,
    line: u64,
}

impl Open {
    /// Its user was told beside the time, and nothing else yet.
    fn is_named_only(&self) -> bool {
        !self.timed_only
            && self.took_ns.is_none()
            && self.statement.is_none()
            && self.entry.session.is_empty()
    }
}

struct Reading<'l> {
    lexis: &'l Lexis,
    batch: Batch,
    scratch: Vec<u8>,
    open: Option<Open>,
}

impl Reading<'_> {
    fn line(&mut self, start: usize, end: usize, number: u64) {
        let line = &self.batch.bytes[start..end];
        if line.starts_with(b"# Time: ") {
            let read = time(line[8..].trim_ascii_start());
            self.close();
            let mut open = Open { timed_only: true, line: number, ..Open::default() };
            open.entry.time_us = read.map(|(time, _, _)| time);
            open.slow.exact_end = read.is_some_and(|(_, exact, _)| exact);
            self.open = Some(open);
            // Old servers put both into one line.
            let line = &self.batch.bytes[start..end];
            if let Some(at) = memchr::memmem::find(line, b" # User@Host: ") {
                self.user(start + at + 1, end);
            }
        } else if line.starts_with(b"# User@Host: ")
            && self.open.as_ref().is_some_and(Open::is_named_only)
        {
            self.user(start, end);
        } else if line.starts_with(b"# User@Host: ") {
            if !self.open.as_ref().is_some_and(|open| open.timed_only) {
                self.close();
                self.open = Some(Open { line: number, ..Open::default() });
            }
            self.user(start, end);
        } else {
            self.body(start, end, number);
        }
    }

    fn body(&mut self, start: usize, end: usize, number: u64) {
        let line = &self.batch.bytes[start..end];
        if is_preamble(line) {
            return self.close();
        }
        let Some(open) = &mut self.open else {
            if start < end {
                self.batch.reject(number, NO_ENTRY, Span::new(start, end));
            }
            return;
        };
        if open.statement.is_none() && line.starts_with(b"# administrator command: ") {
            open.statement = Some((start + 2, end));
        } else if open.statement.is_none() && line.starts_with(b"# explain: ") {
            let first = open.plan.map_or(start, |(first, _)| first);
            open.plan = Some((first, end));
        } else if open.statement.is_none() && line.starts_with(b"#") {
            fields(open, &self.batch.bytes, start, end);
        } else if open.statement.is_none() && steers(open, line, start) {
            // `use` and `SET timestamp` are the log's, not the client's.
        } else {
            let first = open.statement.map_or(start, |(first, _)| first);
            open.statement = Some((first, end));
        }
    }

    /// `# User@Host: ann[ann] @ web1 [10.0.0.1]  Id:     8`.
    fn user(&mut self, start: usize, end: usize) {
        let Some(open) = &mut self.open else { return };
        open.timed_only = false;
        let line = &self.batch.bytes[start..end];
        let from = 13;
        let bracket = memchr::memchr(b'[', line);
        let name = bracket.map_or(from..from, |at| from.min(at)..at);
        open.entry.user = Span::new(start + name.start, start + name.end);
        if let Some(at) = memchr::memmem::find(line, b"] @ ") {
            let rest = &line[at + 4..];
            let length = rest.iter().take_while(|byte| !matches!(byte, b' ' | b'[')).count();
            let host = match length {
                0 => {
                    let close = memchr::memchr(b']', rest).unwrap_or(rest.len());
                    (
                        at + 4 + rest.iter().take_while(|byte| matches!(byte, b' ' | b'[')).count(),
                        at + 4 + close,
                    )
                }
                _ => (at + 4, at + 4 + length),
            };
            open.entry.host = Span::new(start + host.0, start + host.1.max(host.0));
        }
        fields(open, &self.batch.bytes, start, end);
    }

    fn close(&mut self) {
        let Some(open) = self.open.take() else { return };
        let (mut entry, mut slow) = (open.entry, open.slow);
        entry.line = open.line as u32;
        let Some(ns) = open.took_ns else {
            if !open.timed_only || open.statement.is_some() {
                let begins =
                    open.statement.map_or(Span::default(), |(start, end)| Span::new(start, end));
                self.batch.reject(open.line, NO_TIME, begins);
            } else {
                // A time of its own: the entries after it are of the same second.
                self.batch.push_slow(entry, slow);
            }
            return;
        };
        let sql = match open.statement {
            Some((start, end)) => {
                let text = self.batch.bytes[start..end].trim_ascii_end();
                let text = text.strip_suffix(b";").unwrap_or(text);
                let span = Span::new(start, start + text.len());
                self.batch.sql(span, self.lexis, &mut self.scratch)
            }
            None => Sql::default(),
        };
        if let Some((start, end)) = open.plan {
            slow.plan = Span::new(start, end);
        }
        entry.message = Message::Duration { ns, of: Timed::Statement, name: Span::default(), sql };
        self.batch.push_slow(entry, slow);
    }
}

/// `use shop;`, `SET timestamp=1709547072;`, `SET last_insert_id=1,insert_id=2,timestamp=…;`.
fn steers(open: &mut Open, line: &[u8], start: usize) -> bool {
    let lower = line.get(..4).map(<[u8]>::to_ascii_lowercase);
    match lower.as_deref() {
        Some(b"use ") if open.slow.start_us.is_none() => {
            let name = line[4..].trim_ascii();
            let name = name.strip_suffix(b";").unwrap_or(name);
            let name =
                name.strip_prefix(b"`").and_then(|name| name.strip_suffix(b"`")).unwrap_or(name);
            let at = name.as_ptr() as usize - line.as_ptr() as usize;
            open.entry.database = Span::new(start + at, start + at + name.len());
            true
        }
        Some(b"set ") if open.slow.start_us.is_none() => {
            let own = [&b"timestamp="[..], b"insert_id=", b"last_insert_id="];
            if !own.iter().any(|word| line[4..].starts_with(word)) {
                return false;
            }
            if let Some(at) = memchr::memmem::find(line, b"timestamp=") {
                open.slow.start_us = seconds(&line[at + 10..]).map(|ns| (ns / 1000) as i64);
            }
            true
        }
        _ => false,
    }
}

/// `Key: value  Key: value`: what is known of them.
fn fields(open: &mut Open, bytes: &[u8], start: usize, end: usize) {
    let mut at = start;
    let mut key: &[u8] = b"";
    while at < end {
        let blanks = bytes[at..end]
            .iter()
            .take_while(|byte| byte.is_ascii_whitespace() || **byte == b'#')
            .count();
        at += blanks;
        let length = bytes[at..end].iter().take_while(|byte| !byte.is_ascii_whitespace()).count();
        let word = &bytes[at..at + length];
        match word.strip_suffix(b":") {
            Some(name) => key = name,
            None if !word.is_empty() => {
                field(open, key, word, Span::new(at, at + length));
                key = b"";
            }
            None => {}
        }
        at += length.max(1);
    }
}

fn field(open: &mut Open, key: &[u8], value: &[u8], span: Span) {
    let number = || std::str::from_utf8(value).ok()?.parse::<u64>().ok();
    let slow = &mut open.slow;
    match key {
        b"Query_time" => open.took_ns = seconds(value),
        b"Lock_time" => slow.lock_ns = seconds(value).unwrap_or(0),
        b"Rows_sent" => open.entry.rows = number(),
        b"Rows_affected" => open.entry.rows = number().filter(|rows| *rows > 0).or(open.entry.rows),
        b"Rows_examined" => slow.rows_examined = number(),
        b"Id" | b"Thread_id" => open.entry.session = span,
        b"Schema" => open.entry.database = span,
        b"Errno" | b"Last_errno" if value != b"0" => open.entry.code = span,
        b"Tmp_disk_tables" => slow.temporary_tables = number().unwrap_or(0),
        b"Tmp_table_sizes" => slow.temporary_bytes = number().unwrap_or(0),
        _ => {}
    }
}
