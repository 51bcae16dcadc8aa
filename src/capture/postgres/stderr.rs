//! Lines with a prefix: what a server writes to standard error.

use super::detail;
use super::message::Messages;
use crate::capture::batch::{Batch, Entry, Level, Span};
use crate::capture::block_format::{BlockFormat, complete_lines, lines};
use crate::capture::prefix::{Head, Pattern};
use crate::sql::Lexis;

/// Entries that a detail may belong to, counted backwards: other sessions' lines may stand between.
const REACH: usize = 64;

const NO_ENTRY: &str =
    "a line that belongs to no entry: it neither begins as the log's lines do nor continues one";

#[derive(Debug)]
pub struct Stderr {
    /// Tried in turn.
    pub patterns: Vec<Pattern>,
    pub lexis: Lexis,
    /// Continued lines begin with a tab, as the server writes them; some shippers take it away.
    pub tabs: bool,
}

impl Stderr {
    fn head(&self, line: &[u8]) -> Option<Head> {
        if line.first() == Some(&b'\t') {
            return None;
        }
        self.patterns.iter().find_map(|pattern| pattern.read(line))
    }

    fn continues(&self, line: &[u8]) -> bool {
        !self.tabs || matches!(line.first(), Some(b'\t' | b' ') | None)
    }
}

impl BlockFormat for Stderr {
    /// Up to the last line that begins an entry.
    fn complete(&self, bytes: &[u8]) -> usize {
        let mut end = complete_lines(bytes);
        let own = |head: Head| matches!(head.level, Level::Log | Level::Error | Level::Remark);
        // A line without an end yet may show already that it begins an entry.
        if self.head(&bytes[end..]).is_some_and(own) {
            return end;
        }
        while end > 0 {
            let start = memchr::memrchr(b'\n', &bytes[..end - 1]).map_or(0, |at| at + 1);
            if self.head(&bytes[start..end]).is_some_and(own) {
                return start;
            }
            end = start;
        }
        0
    }

    fn begins_entry(&self, line: &[u8]) -> bool {
        self.head(line).is_some()
    }

    fn parse(&self, bytes: Vec<u8>) -> Batch {
        let mut reading = Reading {
            format: self,
            batch: Batch { bytes, ..Batch::default() },
            messages: Messages { lexis: &self.lexis, scratch: Vec::with_capacity(512) },
            open: None,
            folded: false,
        };
        reading.all();
        reading.batch
    }
}

/// A field whose last line has not been seen yet.
#[derive(Debug, Clone, Copy)]
struct Open {
    level: Level,
    /// Number of the entry it belongs to; `None`: its entry is not in reach.
    entry: usize,
    start: usize,
    end: usize,
}

struct Reading<'f> {
    format: &'f Stderr,
    batch: Batch,
    messages: Messages<'f>,
    open: Option<Open>,
    /// The open field has more than one line.
    folded: bool,
}

impl Reading<'_> {
    fn all(&mut self) {
        // Lines are found first, because entries are put into the batch beside them.
        let lines = lines(&self.batch.bytes);
        for (number, (start, end)) in lines.iter().enumerate() {
            self.line(*start, *end, number as u64);
        }
        self.close();
        self.batch.lines = lines.len() as u64;
    }

    fn line(&mut self, start: usize, end: usize, number: u64) {
        let head = self.format.head(&self.batch.bytes[start..end]);
        match head {
            Some(head) => {
                self.close();
                self.begin(head, start, end, number);
            }
            None => self.go_on(start, end, number),
        }
    }

    fn go_on(&mut self, start: usize, end: usize, number: u64) {
        let continues = self.format.continues(&self.batch.bytes[start..end]);
        match &mut self.open {
            Some(open) if continues => {
                open.end = end;
                self.folded = true;
            }
            _ if start == end => {}
            _ => self.batch.reject(number, NO_ENTRY, Span::new(start, end)),
        }
    }

    fn begin(&mut self, head: Head, start: usize, end: usize, number: u64) {
        let span = |(from, to): (usize, usize)| match from < to {
            true => Span::new(start + from, start + to),
            false => Span::default(),
        };
        let session = if head.session.0 < head.session.1 { head.session } else { head.process };
        let own = matches!(head.level, Level::Log | Level::Error | Level::Remark);
        let session = span(session);
        let entry = match own {
            true => None,
            false => self.entry_of(session),
        };
        let entry = entry.unwrap_or_else(|| {
            self.batch.entries.push(Entry {
                time_us: head.time_us,
                session,
                user: span(head.user),
                database: span(head.database),
                application: span(head.application),
                host: span(head.host),
                code: span(head.code),
                level: head.level,
                line: number as u32,
                ..Entry::default()
            });
            self.batch.entries.len() - 1
        });
        self.open = Some(Open { level: head.level, entry, start: start + head.message, end });
        self.folded = false;
    }

    /// The last entry of the same session that is near.
    fn entry_of(&self, session: Span) -> Option<usize> {
        let name = self.batch.get(session);
        let near = self.batch.entries.iter().enumerate().rev().take(REACH);
        near.filter(|(_, entry)| self.batch.get(entry.session) == name).map(|(at, _)| at).next()
    }

    fn close(&mut self) {
        let Some(open) = self.open.take() else { return };
        let span = match self.folded {
            false => Span::new(open.start, open.end.max(open.start)),
            true => {
                let plain = without_tabs(&self.batch.bytes[open.start..open.end], self.format.tabs);
                self.batch.keep(&plain)
            }
        };
        let mut entry = self.batch.entries[open.entry];
        match open.level {
            Level::Log | Level::Error | Level::Remark => {
                entry.message = self.messages.read(&mut self.batch, open.level, span);
                entry.text = span;
            }
            Level::Detail => detail::read(&mut self.batch, &mut entry, span, &mut self.messages),
            Level::Context => detail::context(&mut self.batch, &mut entry, span),
            Level::Statement => {
                entry.statement =
                    self.batch.sql(span, &self.format.lexis, &mut self.messages.scratch);
            }
            Level::Hint => {}
        }
        self.batch.entries[open.entry] = entry;
    }
}

/// The server puts a tab behind each line break of what it prints.
fn without_tabs(text: &[u8], tabs: bool) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    for (number, line) in text.split(|byte| *byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if number > 0 {
            plain.push(b'\n');
        }
        plain.extend_from_slice(match line {
            [b'\t', rest @ ..] if number > 0 && tabs => rest,
            line => line,
        });
    }
    plain
}
