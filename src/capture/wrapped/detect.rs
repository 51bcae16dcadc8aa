//! Whether a log is wrapped up in another one.

use super::Unwrap;
use super::container::{Compose, Container, compose_inner, inner};
use super::json::{Documents, text_of};
use super::syslog::{Syslog, parse};
use crate::capture::prefix::{has_level, timestamp};

/// What a log is wrapped in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrapping {
    Syslog {
        with_time: bool,
        year: i64,
    },
    Container,
    Compose,
    /// Documents that hold the server's text.
    JsonText,
    /// The server's own documents, cut or in an array.
    Documents,
}

impl Wrapping {
    pub fn name(self) -> &'static str {
        match self {
            Wrapping::Syslog { .. } => "syslog",
            Wrapping::Container => "container log",
            Wrapping::Compose => "compose log",
            Wrapping::JsonText => "JSON of a log service",
            Wrapping::Documents => "JSON documents",
        }
    }

    pub fn unwrap(self) -> Box<dyn Unwrap> {
        match self {
            Wrapping::Syslog { with_time, year } => Box::new(Syslog::new(with_time, year)),
            Wrapping::Container => Box::new(Container::default()),
            Wrapping::Compose => Box::new(Compose),
            Wrapping::JsonText => Box::new(Documents::of_texts()),
            Wrapping::Documents => Box::new(Documents::default()),
        }
    }
}

/// Lines that are looked at.
const LOOKED_AT: usize = 100;

/// `None` for a log as its server wrote it.
pub fn wrapping_of(sample: &[u8]) -> Option<Wrapping> {
    let lines: Vec<&[u8]> = sample
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii_end)
        .filter(|line| !line.is_empty())
        .take(LOOKED_AT)
        .collect();
    let first = lines.first()?;
    if first.starts_with(b"{")
        || first.starts_with(b"[")
            && (first.len() == 1 || first.starts_with(b"[{") || first.starts_with(b"[ "))
    {
        return json(&lines, sample);
    }
    let most = |matching: usize| matching * 10 >= lines.len() * 8 && matching > 0;
    let year = jiff::Zoned::now().year().into();
    let parsed: Vec<_> = lines.iter().filter_map(|line| parse(line, year)).collect();
    if most(parsed.len()) {
        let with_time = !parsed.iter().any(|line| {
            let text = memchr::memmem::find(line.message, b"] ")
                .map_or(line.message, |at| &line.message[at + 2..]);
            timestamp(text.trim_ascii_start()).is_some() || timestamp(line.message).is_some()
        });
        // A log of this year's end that is read in the next one.
        let now = jiff::Timestamp::now().as_microsecond();
        let future =
            parsed.iter().any(|line| line.time_us.is_some_and(|time| time > now + 86_400_000_000));
        return Some(Wrapping::Syslog { with_time, year: if future { year - 1 } else { year } });
    }
    let contained = lines.iter().filter(|line| inner(line).is_some()).count();
    if most(contained) && lines.iter().filter_map(|line| inner(line)).any(|(text, _)| speaks(text))
    {
        return Some(Wrapping::Container);
    }
    let composed = lines.iter().filter(|line| compose_inner(line).is_some()).count();
    (most(composed) && lines.iter().filter_map(|line| compose_inner(line)).any(speaks))
        .then_some(Wrapping::Compose)
}

/// The text is of a server: a level, or a document.
fn speaks(text: &[u8]) -> bool {
    has_level(text) || text.starts_with(b"{\"")
}

fn json(lines: &[&[u8]], sample: &[u8]) -> Option<Wrapping> {
    let own = |text: &[u8]| {
        let has = |word: &[u8]| memchr::memmem::find(text, word).is_some();
        has(b"\"error_severity\"") || has(b"\"record\"")
    };
    let whole = lines.iter().all(|line| line.starts_with(b"{") && line.ends_with(b"}"));
    if own(sample) {
        // Lines of 16 kB that do not end were cut by a container's runtime.
        return (!whole).then_some(Wrapping::Documents);
    }
    let mut documents = Documents::default();
    let mut out = Vec::new();
    lines.iter().for_each(|line| {
        documents.line(line, &mut out);
    });
    let texts = out.split(|byte| *byte == b'\n').filter_map(text_of);
    texts
        .into_iter()
        .any(|text| has_level(text.lines().next().unwrap_or_default().as_bytes()))
        .then_some(Wrapping::JsonText)
}
