//! Which form a log has, by its first bytes.

use std::io::Read;

use super::block_format::BlockFormat;
use super::mysql::{GeneralLog, SlowLog, is_general_entry};
use super::postgres::{Csvlog, Jsonlog, Stderr};
use super::prefix::{Pattern, guess, timestamp};
use super::wrapped::{Unwrapped, Wrapping, wrapping_of};
use crate::engine::{self, Engine};

/// Bytes that are looked at.
pub const SAMPLE: usize = 512 << 10;

/// The forms that can be forced, by the name a user types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogForm {
    Stderr,
    Csvlog,
    Jsonlog,
    /// Of MySQL and MariaDB.
    SlowLog,
    GeneralLog,
}

impl LogForm {
    pub fn name(self) -> &'static str {
        match self {
            LogForm::Stderr => "stderr",
            LogForm::Csvlog => "csvlog",
            LogForm::Jsonlog => "jsonlog",
            LogForm::SlowLog => "slow log",
            LogForm::GeneralLog => "general log",
        }
    }

    /// Its servers' family, by the name of its engine.
    fn engine(self, sample: &[u8]) -> &'static dyn Engine {
        let name = match self {
            LogForm::Stderr | LogForm::Csvlog | LogForm::Jsonlog => "postgres",
            LogForm::SlowLog | LogForm::GeneralLog if is_mariadb(sample) => "mariadb",
            LogForm::SlowLog | LogForm::GeneralLog => "mysql",
        };
        engine::by_name(name).unwrap_or(engine::all()[0])
    }
}

/// By what the server says when it opens a log, else by a field that only it writes.
fn is_mariadb(sample: &[u8]) -> bool {
    let has = |word: &[u8]| memchr::memmem::find(sample, word).is_some();
    has(b"MariaDB") || has(b"QC_hit: ")
}

/// What a log turned out to be.
pub struct Detected {
    pub form: LogForm,
    pub engine: &'static dyn Engine,
    /// What the log is wrapped in.
    pub wrapping: Option<Wrapping>,
    pub format: Box<dyn BlockFormat>,
    /// How its lines begin and how that was learnt; empty where it does not matter.
    pub prefix: String,
    /// Of its first entry.
    pub first_us: Option<i64>,
}

/// What the user knows already.
#[derive(Debug, Clone, Default)]
pub struct Told {
    pub form: Option<LogForm>,
    /// `log_line_prefix`, and where it was learnt from.
    pub prefix: Option<(Pattern, &'static str)>,
}

/// # Errors
/// What was seen instead, for a message.
pub fn detect(sample: &[u8], told: &Told) -> Result<Detected, String> {
    if sample.trim_ascii().is_empty() {
        return Err("it is empty".to_owned());
    }
    let wrapping = wrapping_of(sample);
    let mut inside = Vec::new();
    if let Some(wrapping) = wrapping {
        // Reading from memory does not fail.
        let _ = Unwrapped::new(sample, wrapping.unwrap()).read_to_end(&mut inside);
    }
    let sample = if wrapping.is_some() { inside.as_slice() } else { sample };
    let form = match told.form {
        Some(form) => form,
        None => form_of(sample, told)?,
    };
    let engine = form.engine(sample);
    let lexis = engine.dialect().lexis();
    let (format, prefix): (Box<dyn BlockFormat>, String) = match form {
        LogForm::Csvlog => (Box::new(Csvlog { lexis }), String::new()),
        LogForm::Jsonlog => (Box::new(Jsonlog { lexis }), String::new()),
        LogForm::SlowLog => (Box::new(SlowLog { lexis }), String::new()),
        LogForm::GeneralLog => (Box::new(GeneralLog { lexis }), String::new()),
        LogForm::Stderr => {
            let (patterns, prefix) = patterns(sample, told)?;
            let tabs = has_tabs(sample, &patterns);
            (Box::new(Stderr { patterns, lexis, tabs }), prefix)
        }
    };
    let first_us = first_time(sample, format.as_ref());
    Ok(Detected { form, engine, wrapping, format, prefix, first_us })
}

fn form_of(sample: &[u8], told: &Told) -> Result<LogForm, String> {
    let lines = || {
        sample
            .split(|byte| *byte == b'\n')
            .map(<[u8]>::trim_ascii)
            .filter(|line| !line.is_empty())
            .take(200)
    };
    if lines().any(|line| line.starts_with(b"{") && is_json_entry(line)) {
        return Ok(LogForm::Jsonlog);
    }
    if lines().any(is_csv_entry) {
        return Ok(LogForm::Csvlog);
    }
    if lines().any(|line| line.starts_with(b"# Query_time: ") || line.starts_with(b"# User@Host: "))
    {
        return Ok(LogForm::SlowLog);
    }
    if lines_as_they_are(sample).any(is_general_entry) {
        return Ok(LogForm::GeneralLog);
    }
    let given = told.prefix.as_ref().map(|(pattern, _)| pattern);
    if given.is_some() || !guess(sample).is_empty() {
        return Ok(LogForm::Stderr);
    }
    let shown = String::from_utf8_lossy(lines().next().unwrap_or_default());
    let shown: String =
        shown.chars().take(100).map(|c| if c.is_control() { '·' } else { c }).collect();
    let binary = sample[..sample.len().min(4096)].iter().filter(|byte| **byte == 0).count() * 20
        > sample.len().min(4096);
    Err(match binary {
        true => "it is no text but binary data".to_owned(),
        false => {
            format!("none of its first lines begins an entry of a log; the first is `{shown}`")
        }
    })
}

fn lines_as_they_are(sample: &[u8]) -> impl Iterator<Item = &[u8]> {
    sample.split(|byte| *byte == b'\n').take(200)
}

fn is_json_entry(line: &[u8]) -> bool {
    let words = [&b"\"error_severity\""[..], b"\"record\"", b"\"message\""];
    words.iter().any(|word| memchr::memmem::find(line, word).is_some())
}

/// A time, then more commas than any prefix has, and a session's number in its column.
fn is_csv_entry(line: &[u8]) -> bool {
    let Some((_, length)) = timestamp(line) else { return false };
    let columns: Vec<&[u8]> = line.splitn(12, |byte| *byte == b',').collect();
    line.get(length) == Some(&b',')
        && columns.len() >= 6
        && columns.iter().take(8).any(|column| {
            let mut parts = column.splitn(2, |byte| *byte == b'.');
            let hex = |part: Option<&[u8]>| {
                part.is_some_and(|part| !part.is_empty() && part.iter().all(u8::is_ascii_hexdigit))
            };
            hex(parts.next()) && hex(parts.next())
        })
}

fn patterns(sample: &[u8], told: &Told) -> Result<(Vec<Pattern>, String), String> {
    if let Some((pattern, from)) = &told.prefix {
        let fits = sample.split(|byte| *byte == b'\n').any(|line| pattern.read(line).is_some());
        let guessed = guess(sample);
        return match (fits, guessed.first()) {
            (true, _) | (false, None) => {
                Ok((vec![pattern.clone()], format!("{} ({from})", pattern.setting)))
            }
            (false, Some(other)) => Err(format!(
                "no line begins as the prefix `{}` ({from}) says; they look like `{}`: give that, or none and it is guessed",
                pattern.setting, other.setting
            )),
        };
    }
    let patterns = guess(sample);
    let shown =
        patterns.first().map_or(String::new(), |first| format!("{} (guessed)", first.setting));
    Ok((patterns, shown))
}

/// The server puts a tab before continued lines; where most of them have none, something has taken it away.
fn has_tabs(sample: &[u8], patterns: &[Pattern]) -> bool {
    let begins = |line: &[u8]| patterns.iter().any(|pattern| pattern.read(line).is_some());
    let mut lines =
        sample.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).take(20_000);
    // What is before the first entry may be anything.
    let _ = lines.by_ref().find(|line| begins(line));
    let (mut tabbed, mut bare) = (0usize, 0usize);
    for line in lines {
        match line[0] {
            b'\t' => tabbed += 1,
            _ if begins(line) => {}
            _ => bare += 1,
        }
    }
    tabbed >= bare
}

fn first_time(sample: &[u8], format: &dyn BlockFormat) -> Option<i64> {
    let batch = format.parse(sample.to_vec());
    batch.entries.iter().find_map(|entry| entry.time_us)
}
