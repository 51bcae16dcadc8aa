//! How a command ends.

use thiserror::Error;

use crate::engine::DbError;

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

/// The status for an error that reached `main`: databases are told apart from everything else.
pub fn exit_of(error: &anyhow::Error) -> Exit {
    let from_database = error.chain().any(|cause| cause.downcast_ref::<DbError>().is_some());
    if from_database { Exit::Database } else { Exit::Usage }
}
