//! A `log_line_prefix`, taken apart for reading lines that begin with it.

use super::clock::timestamp;
use super::head::{Head, severity};

/// No prefix is longer; a longer line is not searched for one.
const LONGEST: usize = 1024;
/// Ways that are tried for one line: hostile lines cost no more.
const MOST_TRIES: u32 = 2000;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(Vec<u8>),
    /// `%m`, padded or not. `w` is ours: something that is not looked at.
    Field(u8),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// As the setting spells it.
    pub setting: String,
    parts: Vec<Part>,
    /// Where `%q` stands: processes without a session print nothing of what follows.
    short: Option<usize>,
}

impl Pattern {
    /// # Errors
    /// An escape that no server knows.
    pub fn parse(setting: &str) -> Result<Pattern, String> {
        let (mut parts, mut short) = (Vec::new(), None);
        let mut text = Vec::new();
        let mut bytes = setting.bytes().peekable();
        while let Some(byte) = bytes.next() {
            if byte != b'%' {
                text.push(byte);
                continue;
            }
            while bytes.peek().is_some_and(|next| next.is_ascii_digit() || *next == b'-') {
                bytes.next();
            }
            match bytes.next() {
                Some(b'%') => text.push(b'%'),
                Some(b'q') => {
                    push_text(&mut parts, &mut text);
                    short = Some(parts.len());
                }
                Some(
                    field @ (b'a'..=b'e'
                    | b'h'
                    | b'i'
                    | b'l'..=b'n'
                    | b'p'
                    | b'r'..=b'x'
                    | b'L'
                    | b'P'
                    | b'Q'),
                ) => {
                    push_text(&mut parts, &mut text);
                    parts.push(Part::Field(field));
                }
                other => {
                    let shown = other.map_or(String::new(), |byte| char::from(byte).to_string());
                    return Err(format!(
                        "`%{shown}` in the line prefix `{setting}` means nothing to a server; \
                         give it as SHOW log_line_prefix prints it"
                    ));
                }
            }
        }
        push_text(&mut parts, &mut text);
        Ok(Pattern { setting: setting.to_owned(), parts, short })
    }

    /// How many different things it tells.
    pub fn fields(&self) -> usize {
        self.parts
            .iter()
            .filter(|part| matches!(part, Part::Field(field) if *field != b'w'))
            .count()
    }

    /// The head of `line`, where it begins as the setting says and a level follows.
    pub fn read(&self, line: &[u8]) -> Option<Head> {
        let line = &line[..line.len().min(LONGEST)];
        let mut tries = MOST_TRIES;
        let mut head = Head::default();
        let found = follow(&self.parts, line, 0, &mut head, &mut tries);
        let found = found.or_else(|| {
            head = Head::default();
            follow(&self.parts[..self.short?], line, 0, &mut head, &mut tries)
        });
        found.map(|()| head)
    }
}

fn push_text(parts: &mut Vec<Part>, text: &mut Vec<u8>) {
    if !text.is_empty() {
        parts.push(Part::Text(std::mem::take(text)));
    }
}

fn follow(parts: &[Part], line: &[u8], at: usize, head: &mut Head, tries: &mut u32) -> Option<()> {
    *tries = tries.checked_sub(1)?;
    let Some((part, rest)) = parts.split_first() else {
        let (level, length) = severity(line.get(at..)?)?;
        (head.level, head.message) = (level, at + length);
        return Some(());
    };
    let field = match part {
        Part::Text(text) => {
            return match line.get(at..)?.starts_with(text) {
                true => follow(rest, line, at + text.len(), head, tries),
                false => None,
            };
        }
        Part::Field(field) => *field,
    };
    let here = line.get(at..)?;
    if let Some(length) = exact(field, here) {
        let blanks = here.iter().take_while(|byte| **byte == b' ').count();
        keep(field, (at + blanks, at + length), line, head);
        let found = follow(rest, line, at + length, head, tries);
        // Padded on the right.
        return found.or_else(|| {
            let after = line.get(at + length..)?;
            let padding = after.iter().take_while(|byte| **byte == b' ').count();
            (padding > 0).then(|| follow(rest, line, at + length + padding, head, tries))?
        });
    }
    if !is_free(field) {
        return None;
    }
    free(field, rest, line, at, head, tries)
}

/// Text of any length: it ends where the next part fits, the shortest first.
fn free(
    field: u8,
    rest: &[Part],
    line: &[u8],
    at: usize,
    head: &mut Head,
    tries: &mut u32,
) -> Option<()> {
    let here = line.get(at..)?;
    let mut ends_at = |end: usize| {
        let trimmed = here[..end].trim_ascii();
        let start = at + (trimmed.as_ptr() as usize - here.as_ptr() as usize);
        keep(field, (start, start + trimmed.len()), line, head);
        follow(rest, line, at + end, head, tries)
    };
    let Some((Part::Text(text), first)) = rest.first().and_then(|part| match part {
        Part::Text(text) => Some((part, *text.first()?)),
        Part::Field(_) => None,
    }) else {
        return (0..=here.len()).find_map(&mut ends_at);
    };
    let mut starts = memchr::memchr_iter(first, here).filter(|end| here[*end..].starts_with(text));
    starts.find_map(&mut ends_at)
}

fn is_free(field: u8) -> bool {
    matches!(field, b'a' | b'u' | b'd' | b'h' | b'r' | b'b' | b'i' | b'L' | b'w')
}

/// The length of a field that has a form of its own.
fn exact(field: u8, text: &[u8]) -> Option<usize> {
    let blanks = text.iter().take_while(|byte| **byte == b' ').count();
    let word = &text[blanks..];
    let while_ = |wanted: fn(&u8) -> bool| word.iter().take_while(|byte| wanted(byte)).count();
    let some = |length: usize| (length > 0).then_some(blanks + length);
    match field {
        b't' | b'm' | b's' => timestamp(word).map(|(_, length)| blanks + length),
        b'n' => some(while_(|byte| byte.is_ascii_digit() || *byte == b'.')),
        b'p' | b'l' | b'x' => some(while_(u8::is_ascii_digit)),
        b'c' => some(while_(|byte| byte.is_ascii_hexdigit() || *byte == b'.')),
        b'e' => {
            let length = while_(u8::is_ascii_alphanumeric);
            (length == 5).then_some(blanks + length)
        }
        // Empty where there is none.
        b'v' => Some(while_(|byte| byte.is_ascii_digit() || *byte == b'/')),
        b'P' => Some(while_(u8::is_ascii_digit)),
        b'Q' => Some(while_(|byte| byte.is_ascii_digit() || *byte == b'-')),
        _ => None,
    }
}

fn keep(field: u8, span: (usize, usize), line: &[u8], head: &mut Head) {
    let text = &line[span.0.min(span.1)..span.1];
    match field {
        b't' | b'm' => head.time_us = timestamp(text).map(|(time, _)| time),
        b'n' => head.time_us = epoch(text),
        b'p' => head.process = span,
        b'c' => head.session = span,
        b'u' => head.user = span,
        b'd' => head.database = span,
        b'a' => head.application = span,
        b'h' | b'r' => head.host = span,
        b'e' => head.code = span,
        _ => {}
    }
}

/// `1709543472.345`.
fn epoch(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?;
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    let micros = format!("{fraction:0<6}");
    seconds.parse::<i64>().ok()?.checked_mul(1_000_000)?.checked_add(micros.get(..6)?.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::batch::Level;

    fn read<'l>(setting: &str, line: &'l str) -> Option<(Head, [&'l str; 6])> {
        let head = Pattern::parse(setting).unwrap().read(line.as_bytes())?;
        let of = |span: (usize, usize)| &line[span.0..span.1];
        let fields =
            [head.process, head.session, head.user, head.database, head.application, head.host];
        Some((head, fields.map(of)))
    }

    #[test]
    fn prefixes_of_many_makes_are_read() {
        let cases = [
            ("%m [%p] ", "2024-03-04 10:11:12.345 CET [71] LOG:  x", ["71", "", "", "", "", ""]),
            (
                "%t:%r:%u@%d:[%p]:",
                "2024-03-04 10:11:12 UTC:10.0.0.1(5432):ann@shop:[71]:LOG:  x",
                ["71", "", "ann", "shop", "", "10.0.0.1(5432)"],
            ),
            (
                "%m [%p] %q%u@%d/%a ",
                "2024-03-04 10:11:12.345 UTC [71] ann@shop/my app 2 LOG:  x",
                ["71", "", "ann", "shop", "my app 2", ""],
            ),
            (
                "%m [%p] %q%u@%d/%a ",
                "2024-03-04 10:11:12.345 UTC [71] LOG:  x",
                ["71", "", "", "", "", ""],
            ),
            (
                "%n %c %l user=%u,db=%d,app=%a,client=%h %e ",
                "1709543472.345 65e59e30.1f 12 user=,db=,app=,client= 00000 LOG:  x",
                ["", "65e59e30.1f", "", "", "", ""],
            ),
            ("%-8p|%10u|%v ", "71      |       ann|3/42 LOG:  x", ["71", "", "ann", "", "", ""]),
            ("", "LOG:  x", ["", "", "", "", "", ""]),
            ("%m [%p] ", "2024-03-04 10:11:12.345 CET [71] FEHLER:  x", ["71", "", "", "", "", ""]),
        ];
        for (setting, line, fields) in cases {
            let (head, read) =
                read(setting, line).unwrap_or_else(|| panic!("{setting:?} on {line:?}"));
            assert_eq!(read, fields, "{setting}");
            assert_eq!(&line[head.message..], "x", "{setting}");
        }
        assert_eq!(
            read("%m [%p] ", "2024-03-04 10:11:12.345 CET [71] ERROR:  x").unwrap().0.level,
            Level::Error
        );
        assert!(read("%m [%p] ", "2024-03-04 10:11:12.345 CET [71] x").is_none());
        assert!(Pattern::parse("%z").unwrap_err().contains("%z"));
    }

    #[test]
    fn hostile_lines_cost_little() {
        let pattern = Pattern::parse("%a %u %d %h %b %i ").unwrap();
        assert_eq!(pattern.read(" ".repeat(100_000).as_bytes()), None);
    }
}
