//! The general log: every statement with its time, and no duration.

use super::clock::time;
use crate::capture::batch::{Batch, Entry, Message, Slow, Span};
use crate::capture::block_format::{BlockFormat, complete_lines, lines};
use crate::sql::Lexis;

#[derive(Debug)]
pub struct GeneralLog {
    pub lexis: Lexis,
}

/// The beginning of an entry: `time<TAB>   id Command<TAB>`; MariaDB leaves out a time that is the one before.
#[derive(Debug, Clone, Copy)]
struct Head {
    time: Option<(i64, bool)>,
    /// Ranges of the line.
    session: (usize, usize),
    command: (usize, usize),
    argument: usize,
}

const COMMANDS: [&[u8]; 22] = [
    b"Query",
    b"Execute",
    b"Prepare",
    b"Connect",
    b"Quit",
    b"Init DB",
    b"Close stmt",
    b"Reset stmt",
    b"Field List",
    b"Statistics",
    b"Ping",
    b"Change user",
    b"Shutdown",
    b"Refresh",
    b"Binlog Dump",
    b"Binlog Dump GTID",
    b"Long Data",
    b"Set option",
    b"Fetch",
    b"Daemon",
    b"Register Slave",
    b"Reset Connection",
];

fn head(line: &[u8]) -> Option<Head> {
    let (read, mut at) = match time(line) {
        Some((time, exact, length)) => (Some((time, exact)), length),
        None if line.starts_with(b"\t\t") => (None, 0),
        None => return None,
    };
    let blanks =
        |from: usize| line[from..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    at += blanks(at);
    let digits = line[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let session = (at, at + digits);
    at += digits;
    if digits == 0 || line.get(at) != Some(&b' ') {
        return None;
    }
    at += 1;
    let command = memchr::memchr(b'\t', &line[at..]).unwrap_or(line.len() - at);
    let name = line[at..at + command].trim_ascii();
    COMMANDS.contains(&name).then(|| Head {
        time: read,
        session,
        command: (at, at + name.len()),
        argument: (at + command + 1).min(line.len()),
    })
}

pub fn is_general_entry(line: &[u8]) -> bool {
    head(line).is_some_and(|head| head.time.is_some())
}

impl BlockFormat for GeneralLog {
    fn complete(&self, bytes: &[u8]) -> usize {
        let mut end = complete_lines(bytes);
        if head(&bytes[end..]).is_some() {
            return end;
        }
        while end > 0 {
            let start = memchr::memrchr(b'\n', &bytes[..end - 1]).map_or(0, |at| at + 1);
            if head(&bytes[start..end - 1]).is_some() {
                return start;
            }
            end = start;
        }
        0
    }

    fn begins_entry(&self, line: &[u8]) -> bool {
        head(line).is_some()
    }

    fn parse(&self, bytes: Vec<u8>) -> Batch {
        let mut batch = Batch { bytes, ..Batch::default() };
        let lines = lines(&batch.bytes);
        let mut open: Option<(Head, usize, usize, u64)> = None;
        let mut scratch = Vec::new();
        for (number, (start, end)) in lines.iter().copied().enumerate() {
            match head(&batch.bytes[start..end]) {
                Some(found) => {
                    if let Some(open) = open.take() {
                        entry(&mut batch, &self.lexis, open, &mut scratch);
                    }
                    open = Some((found, start, end, number as u64));
                }
                None => match &mut open {
                    Some(open) => open.2 = end,
                    None if is_preamble(&batch.bytes[start..end]) => {}
                    None => batch.reject(
                        number as u64,
                        "a line that belongs to no entry of the general log",
                        Span::new(start, end),
                    ),
                },
            }
        }
        if let Some(open) = open {
            entry(&mut batch, &self.lexis, open, &mut scratch);
        }
        batch.lines = lines.len() as u64;
        batch
    }
}

fn is_preamble(line: &[u8]) -> bool {
    line.is_empty()
        || line.starts_with(b"Tcp port: ")
        || line.starts_with(b"Time  ")
        || line.starts_with(b"Time\t")
        || line.ends_with(b"started with:")
}

fn entry(
    batch: &mut Batch,
    lexis: &Lexis,
    (head, start, end, line): (Head, usize, usize, u64),
    scratch: &mut Vec<u8>,
) {
    let span = |(from, to): (usize, usize)| Span::new(start + from, start + to);
    let mut entry = Entry {
        time_us: head.time.map(|(time, _)| time),
        session: span(head.session),
        line: line as u32,
        ..Entry::default()
    };
    let exact_end = head.time.is_some_and(|(_, exact)| exact);
    let argument = Span::new(start + head.argument, end.max(start + head.argument));
    let text = batch.get(argument);
    match batch.get(span(head.command)) {
        b"Query" | b"Execute" => {
            let bare = text.trim_ascii_end();
            let bare = bare.strip_suffix(b";").unwrap_or(bare);
            let bare = Span { start: argument.start, end: argument.start + bare.len() as u32 };
            let sql = batch.sql(bare, lexis, scratch);
            entry.message = Message::Statement { name: Span::default(), sql, extended: false };
        }
        b"Connect" | b"Change user" => {
            entry.message = Message::Connected;
            connect(&mut entry, text, argument.start);
        }
        b"Init DB" => entry.database = argument,
        b"Quit" => entry.message = Message::Disconnected,
        _ => {}
    }
    batch.push_slow(entry, Slow { exact_end, ..Slow::default() });
}

/// `ann@web1 on shop using TCP/IP`, `Access denied for user …`.
fn connect(entry: &mut Entry, text: &[u8], base: u32) {
    let part = |from: usize, to: usize| Span { start: base + from as u32, end: base + to as u32 };
    if text.starts_with(b"Access denied") {
        entry.message = Message::Failure;
        entry.text = part(0, text.len());
        return;
    }
    let Some(at) = memchr::memchr(b'@', text) else { return };
    entry.user = part(0, at);
    let host = text[at + 1..].iter().take_while(|byte| !byte.is_ascii_whitespace()).count();
    entry.host = part(at + 1, at + 1 + host);
    let rest = at + 1 + host;
    let Some(on) = memchr::memmem::find(&text[rest..], b" on ") else { return };
    let name = rest + on + 4;
    let length = memchr::memmem::find(&text[name..], b" using").unwrap_or(text.len() - name);
    entry.database = part(name, name + text[name..name + length].trim_ascii().len());
}
