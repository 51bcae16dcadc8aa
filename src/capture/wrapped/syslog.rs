//! Syslog (RFC 3164, RFC 5424, and what rsyslog and Heroku print): messages are cut into numbered chunks, control
//! characters are spelt out, and other processes' lines stand between.

use indexmap::IndexMap;

use super::Unwrap;
use crate::capture::prefix::{civil_microseconds, has_level, timestamp};

/// Messages that may be open at once, one a process.
const MOST_OPEN: usize = 2000;

/// The parts of one syslog line.
#[derive(Debug, PartialEq, Eq)]
pub struct Line<'l> {
    pub time_us: Option<i64>,
    pub process: &'l [u8],
    pub message: &'l [u8],
}

pub struct Syslog {
    /// The server's own lines have no time: the syslog's is put before them.
    pub with_time: bool,
    /// Of lines without a year.
    pub year: i64,
    open: IndexMap<Vec<u8>, Vec<u8>>,
}

impl Syslog {
    pub fn new(with_time: bool, year: i64) -> Self {
        Syslog { with_time, year, open: IndexMap::new() }
    }

    fn close(text: &mut Vec<u8>, out: &mut Vec<u8>) {
        out.append(text);
        out.push(b'\n');
    }
}

const MONTHS: [&[u8]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];

/// `Mar  4 10:11:12`: the time and its length.
fn old_time(text: &[u8], year: i64) -> Option<(i64, usize)> {
    let month = MONTHS.iter().position(|month| text.starts_with(month))? as i64 + 1;
    let number = |range: std::ops::Range<usize>| {
        std::str::from_utf8(text.get(range)?.trim_ascii()).ok()?.parse::<i64>().ok()
    };
    if text.get(3) != Some(&b' ') || text.get(9) != Some(&b':') || text.get(12) != Some(&b':') {
        return None;
    }
    let time = civil_microseconds(
        year,
        month,
        number(4..6)?,
        number(7..9)?,
        number(10..12)?,
        number(13..15)?,
    )?;
    Some((time, 15))
}

fn word(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| *byte == b' ').unwrap_or(text.len());
    (&text[..end], text.get(end + 1..).unwrap_or_default())
}

/// Takes one line apart; `None` where it is no line of a syslog.
pub fn parse(line: &[u8], year: i64) -> Option<Line<'_>> {
    let mut rest = line;
    let mut structured = false;
    if rest.first() == Some(&b'<') {
        let close = rest.iter().take(6).position(|byte| *byte == b'>')?;
        rest = &rest[close + 1..];
        structured = rest.starts_with(b"1 ");
        rest = rest.strip_prefix(b"1 ").unwrap_or(rest);
    }
    let (time_us, length) = match old_time(rest, year) {
        Some(found) => found,
        None => timestamp(rest).filter(|_| rest.get(10) == Some(&b'T'))?,
    };
    rest = rest.get(length..)?.strip_prefix(b" ")?;
    if structured {
        // Host, application, process, kind of message, structured data.
        let (_, after) = word(rest);
        let (_, after) = word(after);
        let (process, after) = word(after);
        let (_, after) = word(after);
        let message = match after.first()? {
            b'-' => after.get(2..).unwrap_or_default(),
            b'[' => after.get(memchr::memmem::find(after, b"] ")? + 2..)?,
            _ => return None,
        };
        let message = message.strip_prefix(b"\xef\xbb\xbf").unwrap_or(message);
        return Some(Line { time_us: Some(time_us), process, message });
    }
    // `host program[process]: message`; Heroku leaves the host out and calls the process `postgres.12`.
    let colon = memchr::memmem::find(rest, b": ")?;
    let head = &rest[..colon];
    let open = memchr::memchr(b'[', head)?;
    let process = head.get(open + 1..head.len() - 1).filter(|_| head.ends_with(b"]"))?;
    let message = &rest[colon + 2..];
    Some(Line { time_us: Some(time_us), process, message })
}

/// `[5-2] rest` or `[DATABASE] [5-2] rest`: the chunk's number and the rest.
fn chunk(message: &[u8]) -> Option<(u64, &[u8])> {
    let message = match message.strip_prefix(b"[") {
        Some(named) if named.first().is_some_and(|byte| byte.is_ascii_uppercase()) => {
            named.get(memchr::memmem::find(named, b"] ")? + 2..)?
        }
        _ => message,
    };
    let inner = message.strip_prefix(b"[")?;
    let close = inner.iter().take(24).position(|byte| *byte == b']')?;
    let number = std::str::from_utf8(&inner[..close]).ok()?;
    let (sequence, part) = number.split_once('-')?;
    sequence.parse::<u64>().ok()?;
    let rest = &inner[close + 1..];
    Some((part.parse().ok()?, rest.strip_prefix(b" ").unwrap_or(rest)))
}

/// `#011` is a tab, `#012` a line break.
fn plain(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'#', rest) {
        plain.extend_from_slice(&rest[..at]);
        let escape = rest.get(at..at + 4).unwrap_or_default();
        let byte = match escape {
            b"#011" => Some(&b"\t"[..]),
            // Continued lines begin with a tab in what a server writes.
            b"#012" => Some(&b"\n\t"[..]),
            b"#015" => Some(&b""[..]),
            _ => None,
        };
        match byte {
            Some(byte) => {
                plain.extend_from_slice(byte);
                rest = &rest[at + 4..];
            }
            None => {
                plain.push(b'#');
                rest = &rest[at + 1..];
            }
        }
    }
    plain.extend_from_slice(rest);
    let mut text = Vec::with_capacity(plain.len());
    // A tab behind `#012` was there already.
    for (at, byte) in plain.iter().enumerate() {
        let doubled = *byte == b'\t' && at >= 2 && plain[at - 1] == b'\t' && plain[at - 2] == b'\n';
        if !doubled {
            text.push(*byte);
        }
    }
    text
}

impl Unwrap for Syslog {
    fn line(&mut self, line: &[u8], out: &mut Vec<u8>) -> bool {
        let Some(parsed) = parse(line, self.year) else { return false };
        let key = parsed.process.to_vec();
        let (part, text) =
            chunk(parsed.message).map_or((None, parsed.message), |(part, rest)| (Some(part), rest));
        let text = plain(text);
        let continued = match part {
            Some(part) => part > 1,
            None => text.first() == Some(&b'\t'),
        };
        if continued && let Some(open) = self.open.get_mut(&key) {
            // A chunk is a line of its own, or the rest of one that was too long.
            if text.first() == Some(&b'\t') || has_level(text.trim_ascii_start()) {
                open.push(b'\n');
                if self.with_time && text.first() != Some(&b'\t') {
                    stamp(open, parsed.time_us, parsed.process);
                }
            }
            open.extend_from_slice(&text);
            return true;
        }
        if let Some(mut before) = self.open.swap_remove(&key) {
            Syslog::close(&mut before, out);
        }
        let mut open = Vec::with_capacity(text.len() + 40);
        if self.with_time {
            stamp(&mut open, parsed.time_us, parsed.process);
        }
        open.extend_from_slice(&text);
        if self.open.len() >= MOST_OPEN
            && let Some((_, mut oldest)) = self.open.shift_remove_index(0)
        {
            Syslog::close(&mut oldest, out);
        }
        self.open.insert(key, open);
        true
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        for (_, mut text) in self.open.drain(..) {
            Syslog::close(&mut text, out);
        }
    }
}

/// What a server's own prefix `%m [%p] ` would print.
fn stamp(out: &mut Vec<u8>, time_us: Option<i64>, process: &[u8]) {
    let time =
        time_us.and_then(|us| jiff::Timestamp::from_microsecond(us).ok()).unwrap_or_default();
    let digits: Vec<u8> = process.iter().copied().filter(u8::is_ascii_digit).collect();
    let text = time.strftime("%Y-%m-%d %H:%M:%S.%6f UTC").to_string();
    out.extend_from_slice(text.as_bytes());
    out.extend_from_slice(b" [");
    out.extend_from_slice(&digits);
    out.extend_from_slice(b"] ");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unwrapped(lines: &[&str], with_time: bool) -> String {
        let mut syslog = Syslog::new(with_time, 2024);
        let mut out = Vec::new();
        for line in lines {
            assert!(syslog.line(line.as_bytes(), &mut out), "{line}");
        }
        syslog.end(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn chunks_are_joined_whatever_stands_between() {
        let lines = [
            "Mar  4 10:11:12 db1 postgres[71]: [5-1] 2024-03-04 10:11:12 UTC [71] LOG:  duration: 1.5 ms  statement: SELECT *",
            "Mar  4 10:11:12 db1 postgres[72]: [9-1] 2024-03-04 10:11:12 UTC [72] LOG:  x",
            "Mar  4 10:11:12 db1 postgres[71]: [5-2] #011FROM a_table_with_a_long",
            "Mar  4 10:11:12 db1 postgres[71]: [5-3] _name",
            "Mar  4 10:11:12 db1 postgres[71]: [5-4] 2024-03-04 10:11:12 UTC [71] DETAIL:  y",
        ];
        let text = unwrapped(&lines, false);
        let whole = "2024-03-04 10:11:12 UTC [71] LOG:  duration: 1.5 ms  statement: SELECT *\n\tFROM a_table_with_a_long_name\n2024-03-04 10:11:12 UTC [71] DETAIL:  y\n";
        assert!(text.contains(whole), "{text}");
        assert!(text.contains("[72] LOG:  x\n"), "{text}");
    }

    #[test]
    fn every_kind_of_syslog_is_taken_apart() {
        for line in [
            "<134>Mar  4 10:11:12 db1 postgres[71]: [5-1] LOG:  x",
            "<134>1 2024-03-04T10:11:12.000Z db1 postgres 71 - - [5-1] LOG:  x",
            "2024-03-04T10:11:12.000000+00:00 db1 postgres[71]: [5-1] LOG:  x",
            "2024-03-04T10:11:12.000000+00:00 app[postgres.71]: [DATABASE] [5-1] LOG:  x",
        ] {
            assert_eq!(
                unwrapped(&[line], true),
                "2024-03-04 10:11:12.000000 UTC [71] LOG:  x\n",
                "{line}"
            );
        }
        assert_eq!(parse(b"2024-03-04 10:11:12 UTC [71] LOG:  x", 2024), None);
    }
}
