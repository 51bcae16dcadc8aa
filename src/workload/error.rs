//! Why a workload cannot be read. Each message names the place and the remedy.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::source::MAX_FILE_BYTES;

#[derive(Debug, Error)]
pub enum WorkloadError {
    #[error("cannot read {}: {cause}", path.display())]
    Unreadable { path: PathBuf, cause: io::Error },

    #[error("{} does not exist; give a .sql file, or a folder with a workload.toml", path.display())]
    Missing { path: PathBuf },

    #[error("{} is a folder without a workload.toml; give one of its .sql files instead", path.display())]
    NoManifest { path: PathBuf },

    #[error(
        "{} has {bytes} bytes, and a query file may have {} at most; is it a dump? \
         `--load FILE` loads one into a sandbox",
        path.display(),
        MAX_FILE_BYTES
    )]
    TooLarge { path: PathBuf, bytes: u64 },

    #[error("{}, line {line}: byte 0x{byte:02x} at offset {offset} is not UTF-8 text; {remedy}", path.display())]
    NotText { path: PathBuf, line: usize, offset: usize, byte: u8, remedy: &'static str },

    #[error("no statements: {} is empty, or holds nothing but comments and settings", path.display())]
    Empty { path: PathBuf },

    #[error("{} does not look like SQL: none of its {count} statements can be parsed; the first, on line {line}: {message}", path.display())]
    NotSql { path: PathBuf, count: usize, line: usize, message: String },

    #[error(transparent)]
    Captured(#[from] crate::trace::TraceError),

    #[error("{}, line {line}: {message}", path.display())]
    Annotation { path: PathBuf, line: usize, message: String },

    #[error("{}, line {line}: the name `{name}` is taken already, on line {first_line}", path.display())]
    DuplicateName { path: PathBuf, line: usize, name: String, first_line: usize },

    #[error("{}, line {line}: {message}", path.display())]
    Manifest { path: PathBuf, line: usize, message: String },
}
