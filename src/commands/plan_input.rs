//! Reading a pasted plan, with bounds, and finding out whose it is.

use std::fs::OpenOptions;
use std::io::{self, IsTerminal, Read, Write};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

use anyhow::Result;
use nix::fcntl::{FcntlArg, OFlag, fcntl};

use crate::bounded::two_byte_text;
use crate::cli::{FileError, InputError};
use crate::engine::{self, Engine};
use crate::plan::{Plan, PlanError};
use crate::report::text::one_line;

/// Larger inputs are no plans; they are not even read to their end.
const MAX_BYTES: u64 = 100 * 1024 * 1024;

/// The whole text of a file, or of standard input for `-`.
pub fn read(path: &Path) -> Result<String> {
    let standard_input = path == Path::new("-");
    if standard_input && io::stdin().is_terminal() {
        // Only a hint for somebody who waits: that it cannot be written is no reason to stop.
        let _ = writeln!(io::stderr(), "Paste the output of EXPLAIN, then press Ctrl-D.");
    }
    let bytes = match standard_input {
        true => bounded(io::stdin().lock(), path)?,
        false => bounded(open(path).map_err(|error| unreadable(path, error))?, path)?,
    };
    if let Some(text) = two_byte_text(&bytes) {
        return Ok(text);
    }
    let text = String::from_utf8(bytes).map_err(|_| {
        InputError::new(format!(
            "{}: it is not UTF-8 text; give EXPLAIN's output as text, or as JSON",
            shown(path)
        ))
    });
    Ok(text?)
}

/// A file, or a pipe that somebody writes to, as a shell's `<(…)` is. One that nobody has opened for writing is refused:
/// to wait for a writer could take for ever.
fn open(path: &Path) -> io::Result<Box<dyn Read>> {
    let no_waiting = OFlag::O_NONBLOCK.bits();
    let mut file = OpenOptions::new().read(true).custom_flags(no_waiting).open(path)?;
    if !file.metadata()?.file_type().is_fifo() {
        return Ok(Box::new(file));
    }
    let mut first = vec![0; 4096];
    let length = match file.read(&mut first) {
        Ok(0) => {
            let why = "nothing comes from this pipe; save the plan as a file first, or give it on standard input";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        }
        Ok(length) => length,
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
        Err(error) => return Err(error),
    };
    fcntl(&file, FcntlArg::F_SETFL(OFlag::empty()))?;
    first.truncate(length);
    Ok(Box::new(io::Cursor::new(first).chain(file)))
}

fn bounded(reader: impl Read, path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = reader.take(MAX_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|error| unreadable(path, error))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(InputError::new(format!(
            "{}: it is larger than {} MB, which no single plan is; give the EXPLAIN output of one statement",
            shown(path),
            MAX_BYTES / (1024 * 1024)
        ))
        .into());
    }
    Ok(bytes)
}

fn unreadable(path: &Path, cause: io::Error) -> FileError {
    let remedy = match cause.kind() {
        io::ErrorKind::NotFound => "; name a file with EXPLAIN's output, or - for standard input",
        _ => "",
    };
    FileError { message: format!("{}: cannot be read{remedy}", shown(path)), cause }
}

pub fn shown(path: &Path) -> String {
    match path == Path::new("-") {
        true => "standard input".to_owned(),
        // A name may hold what a terminal would obey.
        false => one_line(&path.display().to_string()),
    }
}

/// The plan and its engine: the one named, or the first that can read it.
pub fn parse(
    text: &str,
    path: &Path,
    engine: Option<&str>,
) -> std::result::Result<(Plan, &'static dyn Engine), InputError> {
    let mut refusals = Vec::new();
    for candidate in candidates(engine)? {
        match candidate.parse_plan(text) {
            Ok(plan) => return Ok((plan, candidate)),
            Err(error) => refusals.push((candidate.name(), error)),
        }
    }
    Err(InputError::new(format!("{}: {}", shown(path), why(&refusals))))
}

fn candidates(name: Option<&str>) -> std::result::Result<Vec<&'static dyn Engine>, InputError> {
    let Some(name) = name else { return Ok(engine::all().to_vec()) };
    let found = engine::by_name(name).ok_or_else(|| {
        InputError::new(format!("--engine {name}: not known; choose among {}", engine::names()))
    })?;
    Ok(vec![found])
}

/// What every engine says of it, once if all say the same. An engine that got as far as a line of the plan knows
/// best.
fn why(refusals: &[(&str, PlanError)]) -> String {
    let nearness = |error: &PlanError| match error {
        PlanError::NotAPlan(_) => 0,
        PlanError::Empty | PlanError::TooLarge(_) | PlanError::Malformed { .. } => 1,
    };
    let nearest = refusals.iter().map(|(_, error)| nearness(error)).max();
    let best: Vec<_> =
        refusals.iter().filter(|(_, error)| Some(nearness(error)) == nearest).collect();
    let mut said: Vec<String> = Vec::new();
    for (name, error) in &best {
        let same = best.iter().all(|(_, other)| other == error);
        let line =
            if same || best.len() == 1 { error.to_string() } else { format!("{name}: {error}") };
        if !said.contains(&line) {
            said.push(line);
        }
    }
    said.join("; ")
}
