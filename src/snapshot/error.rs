//! What can be wrong with a snapshot.

use std::path::PathBuf;

use thiserror::Error;

#[derive(Debug, Error)]
pub enum SnapshotError {
    /// The content of the file.
    #[error("{}: {reason}", path.display())]
    Unusable { path: PathBuf, reason: String },

    #[error("snapshots of {engine} are not supported")]
    Unsupported { engine: String },
}
