//! Why a `.workload` file cannot be read or written. Each message names the place and the remedy.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

#[derive(Debug, Error)]
pub enum TraceError {
    #[error("cannot read {}: {cause}", path.display())]
    Unreadable { path: PathBuf, cause: io::Error },

    #[error("cannot write {}: {cause}", path.display())]
    Unwritable { path: PathBuf, cause: io::Error },

    #[error("{} is no .workload file: it does not begin like one; `planwise capture` makes them of logs", path.display())]
    NotOne { path: PathBuf },

    #[error("{} is a .workload file of version {version}; this planwise reads version {known}: use a newer planwise, or capture again", path.display())]
    Version { path: PathBuf, version: u32, known: u32 },

    #[error("{} is damaged at byte {offset}: {what}; capture again, or restore it from a backup", path.display())]
    Damaged { path: PathBuf, offset: u64, what: String },

    #[error("{} ends before its digest at byte {offset}: it was cut off, or its capture was killed; capture again", path.display())]
    CutOff { path: PathBuf, offset: u64 },

    #[error("{message}")]
    Mismatch { message: String },
}
