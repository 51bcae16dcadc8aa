//! What is wrong with a rule, and where.

use std::fmt;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// One mistake in one rule file or folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub file: PathBuf,
    /// 1-based; `None` where the mistake is that of the whole.
    pub line: Option<usize>,
    pub message: String,
}

impl Problem {
    pub fn new(file: &Path, line: usize, message: impl Into<String>) -> Self {
        Problem { file: file.to_path_buf(), line: Some(line), message: message.into() }
    }

    /// Of a file or folder that cannot be read at all.
    pub fn of_whole(file: &Path, message: impl Into<String>) -> Self {
        Problem { file: file.to_path_buf(), line: None, message: message.into() }
    }

    /// A mistake in the value of `key`: points at the first line that sets it.
    pub fn at_key(file: &Path, text: &str, key: &str, message: impl Into<String>) -> Self {
        Problem::new(file, line_of_key(text, key), message)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file.display(), self.message),
            None => write!(f, "{}: {}", self.file.display(), self.message),
        }
    }
}

/// Every mistake found, so that a rule's author mends them in one go.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}", .0.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n"))]
pub struct Problems(pub Vec<Problem>);

/// Line on which `key` is set, 1 when it is not: missing keys are a matter of the whole file.
fn line_of_key(text: &str, key: &str) -> usize {
    let sets = |line: &str| {
        line.trim_start().strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    text.lines().position(sets).map_or(1, |index| index + 1)
}

/// 1-based line of a byte offset.
pub fn line_of_offset(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|b| *b == b'\n').count() + 1
}
