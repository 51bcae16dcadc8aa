//! How a command ends.

use thiserror::Error;

use crate::engine::{DbError, DbErrorKind};
use crate::sandbox::SandboxError;

/// Exit status of the process. Stable: scripts depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Fine = 0,
    /// Findings or regressions, where the caller asked to fail on them.
    Found = 1,
    /// Wrong usage or input.
    Usage = 2,
    /// The database could not be reached, or failed.
    Database = 3,
    /// No verdict, where the caller asked for certainty.
    Inconclusive = 4,
    Interrupted = 130,
}

/// The user gave us something that cannot be used. Names the thing, the place and the remedy.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct InputError(pub String);

impl InputError {
    pub fn new(message: impl Into<String>) -> Self {
        InputError(message.into())
    }
}

/// The status for an error that reached `main`: failing databases are told apart from wrong input.
pub fn exit_of(error: &anyhow::Error) -> Exit {
    let from_database = match cause::<SandboxError>(error) {
        Some(sandbox) => sandbox.is_database(),
        None => cause::<DbError>(error).is_some_and(|e| e.kind != DbErrorKind::BadTarget),
    };
    if from_database { Exit::Database } else { Exit::Usage }
}

fn cause<E: std::error::Error + 'static>(error: &anyhow::Error) -> Option<&E> {
    error.chain().find_map(|cause| cause.downcast_ref::<E>())
}

/// Somebody downstream has read enough (`| head`): not an error.
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<std::io::Error>();
        io.is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
    })
}
