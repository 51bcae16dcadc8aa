//! Run records from disk: of this version, of an older one, and the refusal of what cannot be read.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::thread;

use flate2::read::GzDecoder;
use serde::Deserialize;
use thiserror::Error;

use super::{RUN_FORMAT, Run};
use crate::bounded;

/// Why a record cannot be used. Each message names the file and the remedy.
#[derive(Debug, Error)]
pub enum RecordError {
    #[error("cannot read {}: {cause}", path.display())]
    Unreadable { path: PathBuf, cause: io::Error },

    #[error(
        "{} was written by planwise {planwise} in format {format}, and this is planwise {}, which \
         reads formats up to {RUN_FORMAT}: update planwise",
        path.display(), env!("CARGO_PKG_VERSION")
    )]
    Newer { path: PathBuf, format: u64, planwise: String },

    #[error("{} is no run record: {message}; `planwise run --out DIR` writes one as DIR/run.json", path.display())]
    NoRecord { path: PathBuf, message: String },
}

/// Unpacked, above this a record is taken for damage or malice.
const MOST_BYTES: u64 = 512 << 20;
/// Records hold the same words over and over; what unpacks to more than this many times its size
/// was made to fill memory.
const MOST_UNPACKED: u64 = 60;
/// Plans nest; nothing a server makes comes near this.
const DEEPEST: usize = 4_000;
/// Address space only: pages are taken as the recursion reaches them.
const DEEP_STACK: usize = 512 << 20;

/// What every format of the record begins with.
#[derive(Deserialize)]
struct Head {
    format: u64,
    planwise: String,
}

/// Reads a record, packed (.gz) or not. Fields that a record of an older format lacks get their defaults.
pub fn read_record(path: &Path) -> Result<Run, RecordError> {
    let unreadable = |cause| RecordError::Unreadable { path: path.to_owned(), cause };
    let bytes = bounded::read(path, MOST_BYTES).map_err(unreadable)?;
    parse_record(&bytes, path)
}

/// The same from bytes; `path` is only for messages.
pub fn parse_record(bytes: &[u8], path: &Path) -> Result<Run, RecordError> {
    let refused = |message: String| RecordError::NoRecord { path: path.to_owned(), message };
    let unpacked;
    let text = match bytes.starts_with(&[0x1f, 0x8b]) {
        true => {
            unpacked = unpack(bytes).map_err(|error| refused(format!("damaged: {error}")))?;
            unpacked.as_slice()
        }
        false => bytes,
    };
    if nesting(text) > DEEPEST {
        return Err(refused(format!("it nests deeper than {DEEPEST} levels")));
    }
    let head: Head = on_deep_stack(text).map_err(|error| refused(error.to_string()))?;
    if head.format > u64::from(RUN_FORMAT) {
        let (format, planwise) = (head.format, head.planwise);
        return Err(RecordError::Newer { path: path.to_owned(), format, planwise });
    }
    on_deep_stack(text).map_err(|error| refused(error.to_string()))
}

/// The content of a packed record, refused when it grows beyond reason.
pub fn unpack(packed: &[u8]) -> io::Result<Vec<u8>> {
    let most = MOST_BYTES.min(bounded::SMALL + packed.len() as u64 * MOST_UNPACKED);
    let mut bytes = Vec::new();
    GzDecoder::new(packed).take(most + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > most {
        true => Err(io::Error::other(format!(
            "it unpacks to more than {} MB, which no record of its size does",
            most >> 20
        ))),
        false => Ok(bytes),
    }
}

/// Deep plans are legitimate, so the parser's own limit is lifted and its stack made large.
fn on_deep_stack<T: for<'de> Deserialize<'de> + Send>(text: &[u8]) -> serde_json::Result<T> {
    let parse = || {
        let mut deserializer = serde_json::Deserializer::from_slice(text);
        deserializer.disable_recursion_limit();
        let value = T::deserialize(&mut deserializer)?;
        deserializer.end()?;
        Ok(value)
    };
    thread::scope(|scope| {
        let spawned = thread::Builder::new().stack_size(DEEP_STACK).spawn_scoped(scope, parse);
        let joined = spawned.map_err(serde_json::Error::io)?.join();
        joined.unwrap_or_else(|_| Err(serde_json::Error::io(io::Error::other("reading failed"))))
    })
}

/// Deepest nesting of brackets outside strings.
fn nesting(text: &[u8]) -> usize {
    let (mut depth, mut deepest, mut quoted, mut escaped) = (0usize, 0, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Run, RecordError> {
        parse_record(text.as_bytes(), Path::new("old.json"))
    }

    #[test]
    fn a_newer_format_is_refused_with_a_sentence() {
        let text = r#"{"format": 99, "planwise": "9.1.0", "quite": "different"}"#;
        let message = read(text).unwrap_err().to_string();
        assert!(message.starts_with("old.json was written by planwise 9.1.0 in format 99"));
        assert!(message.ends_with("update planwise"), "{message}");
    }

    #[test]
    fn what_is_no_record_says_so() {
        for text in ["", "{}", "[1,2", "{\"format\": 1, \"planwise\": \"0.1.0\"}", "\u{1f}\u{8b}x"]
        {
            let message = read(text).unwrap_err().to_string();
            assert!(message.starts_with("old.json is no run record: "), "{message}");
        }
    }

    #[test]
    fn nesting_is_counted_outside_of_strings() {
        assert_eq!(nesting(br#"{"a[[\"[": [1, {"b": []}]}"#), 4);
        let message = read(&"[".repeat(DEEPEST + 1)).unwrap_err().to_string();
        assert!(message.contains("nests deeper"), "{message}");
    }
}
