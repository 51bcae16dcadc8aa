//! Where a `planwise.toml` is wrong.

use std::path::Path;

use crate::cli::InputError;

/// The line that the parser's complaint is about, and the complaint.
pub fn complaint(path: &Path, text: &str, error: &toml::de::Error) -> InputError {
    let offset = error.span().map_or(0, |span| span.start);
    let before = text.get(..offset).unwrap_or_default();
    let line = 1 + before.matches('\n').count();
    InputError::new(format!("{}, line {line}: {}", path.display(), error.message().trim()))
}

/// A value that parses and cannot be meant.
pub fn refused(path: &Path, text: &str, key: &str, why: &str) -> InputError {
    let is_key = |line: &str| {
        line.trim_start().strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    let place = match text.lines().position(is_key) {
        Some(line) => format!("{}, line {}", path.display(), line + 1),
        None => path.display().to_string(),
    };
    InputError::new(format!("{place}: `{key}` {why}"))
}
