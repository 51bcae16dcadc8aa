//! What the message of an entry says.

use super::words::{DurationWords, ENGLISH, FOREIGN};
use crate::capture::batch::{Batch, Level, Message, Span, Sql, Timed};
use crate::sql::Lexis;

/// Reads messages of one batch.
pub struct Messages<'l> {
    pub lexis: &'l Lexis,
    pub scratch: Vec<u8>,
}

impl Messages<'_> {
    /// The message that stands at `span`.
    pub fn read(&mut self, batch: &mut Batch, level: Level, span: Span) -> Message {
        let text = batch.get(span);
        let Some(first) = text.first() else { return Message::Other };
        if level == Level::Error {
            return match text.starts_with(b"deadlock detected") {
                true => Message::Deadlock,
                false => Message::Failure,
            };
        }
        if level != Level::Log {
            return Message::Other;
        }
        match first {
            b'd' if text.starts_with(b"duration: ") => self.duration(batch, span, &ENGLISH),
            b's' if text.starts_with(b"statement: ") => {
                let sql = self.sql(batch, span, 11);
                Message::Statement { name: Span::default(), sql, extended: false }
            }
            b'e' if text.starts_with(b"execute ") => self.execute(batch, span, &ENGLISH),
            b'f' if text.starts_with(b"fastpath function call: ") => {
                let sql = self.sql(batch, span, 0);
                Message::Statement { name: Span::default(), sql, extended: false }
            }
            b't' if text.starts_with(b"temporary file: ") => temporary_file(text),
            b'p' if text.starts_with(b"process ") => lock_wait(text),
            b'c' if text.starts_with(b"connection authorized: ")
                || text.starts_with(b"connection received: ") =>
            {
                Message::Connected
            }
            b'd' if text.starts_with(b"disconnection: ") => Message::Disconnected,
            0..=0x7f if !text[..text.len().min(64)].contains(&b':') => Message::Other,
            _ => self.foreign(batch, span),
        }
    }

    fn sql(&mut self, batch: &mut Batch, span: Span, skip: usize) -> Sql {
        let text = Span { start: span.start + skip as u32, end: span.end };
        batch.sql(text, self.lexis, &mut self.scratch)
    }

    /// In another language.
    fn foreign(&mut self, batch: &mut Batch, span: Span) -> Message {
        let text = batch.get(span);
        for words in FOREIGN {
            if text.starts_with(words.before.as_bytes())
                && milliseconds(&text[words.before.len()..]).is_some()
            {
                return self.duration(batch, span, words);
            }
        }
        for words in FOREIGN {
            if text.starts_with(words.statement.as_bytes()) {
                let sql = self.sql(batch, span, words.statement.len());
                return Message::Statement { name: Span::default(), sql, extended: false };
            }
            if text.starts_with(words.fetch.as_bytes())
                || text.starts_with(words.execute.as_bytes())
            {
                return self.execute(batch, span, words);
            }
        }
        Message::Other
    }

    fn execute(&mut self, batch: &mut Batch, span: Span, words: &DurationWords) -> Message {
        let text = batch.get(span);
        let fetch = text.starts_with(words.fetch.as_bytes());
        let skip = if fetch { words.fetch.len() } else { words.execute.len() };
        let Some((name, sql)) = named(text, skip) else { return Message::Other };
        let name = part(span, name);
        let sql = self.sql(batch, span, sql);
        Message::Statement { name, sql, extended: true }
    }

    fn duration(&mut self, batch: &mut Batch, span: Span, words: &DurationWords) -> Message {
        let text = batch.get(span);
        let Some((ns, digits)) = milliseconds(&text[words.before.len()..]) else {
            return Message::Other;
        };
        let after = words.before.len() + digits;
        let Some(rest) = text[after..].strip_prefix(words.unit.as_bytes()) else {
            return Message::Other;
        };
        let rest_at = after
            + words.unit.len()
            + rest.iter().take_while(|byte| matches!(byte, b' ' | b',')).count();
        let rest = &text[rest_at..];
        let unsaid =
            Message::Duration { ns, of: Timed::Unsaid, name: Span::default(), sql: Sql::default() };
        if rest.is_empty() {
            return unsaid;
        }
        if rest.starts_with(words.statement.as_bytes()) {
            let sql = self.sql(batch, span, rest_at + words.statement.len());
            return Message::Duration { ns, of: Timed::Statement, name: Span::default(), sql };
        }
        for (word, of) in [
            (words.fetch, Timed::Execute),
            (words.execute, Timed::Execute),
            (words.parse, Timed::Parse),
            (words.bind, Timed::Bind),
        ] {
            if rest.starts_with(word.as_bytes()) {
                let Some((name, sql)) = named(text, rest_at + word.len()) else { return unsaid };
                let name = part(span, name);
                let sql = self.sql(batch, span, sql);
                return Message::Duration { ns, of, name, sql };
            }
        }
        if rest.starts_with(b"fastpath function call: ") {
            let sql = self.sql(batch, span, rest_at);
            return Message::Duration { ns, of: Timed::Statement, name: Span::default(), sql };
        }
        self.plan(batch, span, rest_at, ns).unwrap_or(unsaid)
    }

    /// What `auto_explain` writes, in any of its formats: `plan:` in whatever language, the query's text, the plan.
    fn plan(&mut self, batch: &mut Batch, span: Span, at: usize, ns: u64) -> Option<Message> {
        let text = batch.get(span);
        let line = memchr::memchr(b'\n', &text[at..])?;
        if text[..at + line].trim_ascii_end().last() != Some(&b':') {
            return None;
        }
        let plan_at = at + line + 1;
        let plan = Span { start: span.start + plan_at as u32, end: span.end };
        let sql = match super::detail::query_of_plan(batch.get(plan)) {
            super::detail::PlanQuery::At(start, end) => {
                let text = Span { start: plan.start + start as u32, end: plan.start + end as u32 };
                batch.sql(text, self.lexis, &mut self.scratch)
            }
            super::detail::PlanQuery::Unescaped(text) => {
                let text = batch.keep(&text);
                batch.sql(text, self.lexis, &mut self.scratch)
            }
            super::detail::PlanQuery::None => Sql::default(),
        };
        Some(Message::Plan { ns: Some(ns), sql, plan })
    }
}

fn part(span: Span, range: (usize, usize)) -> Span {
    Span { start: span.start + range.0 as u32, end: span.start + range.1 as u32 }
}

/// `name: SQL` or `name/portal: SQL`: the name's range and where the SQL begins.
fn named(text: &[u8], at: usize) -> Option<((usize, usize), usize)> {
    let colon = memchr::memmem::find(&text[at..], b": ")?;
    let name = text[at..at + colon].trim_ascii_end();
    Some(((at, at + name.len()), at + colon + 2))
}

/// `1234.567` milliseconds as nanoseconds, and how long the number is.
pub fn milliseconds(text: &[u8]) -> Option<(u64, usize)> {
    let (mut ns, mut at) = (0u64, 0);
    while let Some(digit) = text.get(at).filter(|byte| byte.is_ascii_digit()) {
        ns = ns.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
        at += 1;
    }
    if at == 0 {
        return None;
    }
    ns = ns.checked_mul(1_000_000)?;
    if text.get(at) == Some(&b'.') {
        at += 1;
        let mut unit = 100_000;
        while let Some(digit) = text.get(at).filter(|byte| byte.is_ascii_digit()) {
            ns += u64::from(digit - b'0') * unit;
            unit /= 10;
            at += 1;
        }
    }
    Some((ns, at))
}

/// `temporary file: path "base/pgsql_tmp/…", size 1234`.
fn temporary_file(text: &[u8]) -> Message {
    let size = memchr::memmem::rfind(text, b"size ").and_then(|at| number(&text[at + 5..]));
    size.map_or(Message::Other, |bytes| Message::TemporaryFile { bytes })
}

/// `process 71 still waiting for ShareLock on transaction 5 after 1000.1 ms`, `… acquired …`.
fn lock_wait(text: &[u8]) -> Message {
    let acquired = memchr::memmem::find(text, b" acquired ").is_some();
    let waits = acquired || memchr::memmem::find(text, b" still waiting for ").is_some();
    let after =
        memchr::memmem::rfind(text, b" after ").and_then(|at| milliseconds(&text[at + 7..]));
    match (waits, after) {
        (true, Some((ns, _))) => Message::LockWait { ns, acquired },
        _ => Message::Other,
    }
}

fn number(text: &[u8]) -> Option<u64> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(&text[..digits]).ok()?.parse().ok()
}
