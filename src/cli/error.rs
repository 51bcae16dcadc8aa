//! What is wrong with what the user gave, as errors that the exit status is read from.

use std::io;
use std::path::Path;

use thiserror::Error;

/// The user gave us something that cannot be used. Names the thing, the place and the remedy.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct InputError(pub String);

impl InputError {
    pub fn new(message: impl Into<String>) -> Self {
        InputError(message.into())
    }
}

/// A file or folder that the system refused. `cause` decides whether its name or the machine is at fault.
#[derive(Debug, Error)]
#[error("{message}")]
pub struct FileError {
    pub message: String,
    #[source]
    pub cause: io::Error,
}

impl FileError {
    /// `what` is the option that named the file, or what it was taken for.
    pub fn unreadable(what: &str, path: &Path, cause: io::Error) -> Self {
        FileError { message: format!("{what}: {} cannot be read", path.display()), cause }
    }
}

/// The user ended the command before anything was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("nothing had been measured yet")]
pub struct NothingYet;
