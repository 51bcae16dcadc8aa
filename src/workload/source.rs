//! Getting a file's text, or saying what is wrong with it.

use std::fs;
use std::io;
use std::path::Path;

use super::WorkloadError;
use crate::bounded;

/// A longer query file is a mistake (a dump), and would be held in memory whole.
pub const MAX_FILE_BYTES: u64 = bounded::LARGE;

pub fn read_text(path: &Path) -> Result<String, WorkloadError> {
    let bytes = metadata(path)?.len();
    if bytes > MAX_FILE_BYTES {
        return Err(WorkloadError::TooLarge { path: path.to_owned(), bytes });
    }
    let content = bounded::read(path, MAX_FILE_BYTES).map_err(|error| unreadable(path, error))?;
    text(path, content)
}

pub fn metadata(path: &Path) -> Result<fs::Metadata, WorkloadError> {
    fs::metadata(path).map_err(|error| unreadable(path, error))
}

fn unreadable(path: &Path, cause: io::Error) -> WorkloadError {
    let path = path.to_owned();
    match cause.kind() {
        io::ErrorKind::NotFound => WorkloadError::Missing { path },
        _ => WorkloadError::Unreadable { path, cause },
    }
}

fn text(path: &Path, content: Vec<u8>) -> Result<String, WorkloadError> {
    if let Some(text) = bounded::two_byte_text(&content) {
        return Ok(text);
    }
    let utf16 = content.starts_with(&[0xff, 0xfe]) || content.starts_with(&[0xfe, 0xff]);
    let remedy = if utf16 {
        "convert it: iconv -f UTF-16 -t UTF-8 FILE > NEW"
    } else {
        "if it is text in another encoding, convert it: iconv -f LATIN1 -t UTF-8 FILE > NEW"
    };
    let nul = content.iter().position(|byte| *byte == 0);
    match (String::from_utf8(content), nul) {
        (Ok(text), None) => Ok(text),
        (Ok(text), Some(offset)) => Err(not_text(path, text.as_bytes(), offset, remedy)),
        (Err(error), _) => {
            let offset = error.utf8_error().valid_up_to();
            Err(not_text(path, error.as_bytes(), offset, remedy))
        }
    }
}

fn not_text(path: &Path, content: &[u8], offset: usize, remedy: &'static str) -> WorkloadError {
    let before = content.get(..offset).unwrap_or_default();
    WorkloadError::NotText {
        path: path.to_owned(),
        line: 1 + before.iter().filter(|byte| **byte == b'\n').count(),
        offset,
        byte: content.get(offset).copied().unwrap_or_default(),
        remedy,
    }
}
