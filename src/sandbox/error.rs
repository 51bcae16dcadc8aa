//! What can go wrong with a throwaway server.

use std::path::PathBuf;

use thiserror::Error;

use crate::engine::{DbError, LoadError};

#[derive(Debug, Error)]
pub enum SandboxError {
    #[error(
        "found no installed {engine} server{place}: install the Debian package {package}, \
         or name the folder of its programs with --pg-bin"
    )]
    NotInstalled { engine: &'static str, place: String, package: &'static str },

    #[error("cannot use {} for a throwaway server: {cause}", path.display())]
    Directory { path: PathBuf, cause: std::io::Error },

    #[error(
        "there is no account to run the server as: it refuses to run as root, and neither {0} nor nobody exists"
    )]
    NoAccount(&'static str),

    #[error(
        "this shell allows {allowed} open files, too few for a throwaway server and those who ask it; \
         raise the limit to {needed} or more (ulimit -n 1024)"
    )]
    OpenFiles { allowed: u64, needed: u64 },

    #[error("failed to run {program}: {cause}")]
    Program { program: String, cause: std::io::Error },

    /// The server's programs ran and gave up. `log` is the end of what they said.
    #[error("the throwaway {engine} server did not start: {reason}{}", indented(log))]
    Start { engine: &'static str, reason: String, log: String },

    #[error("the throwaway server refused a statement")]
    Database(#[from] DbError),

    #[error("cannot load {}: {reason}", path.display())]
    Unreadable { path: PathBuf, reason: String },

    /// A file to load that the system refused.
    #[error("cannot load {}: {cause}", path.display())]
    File { path: PathBuf, cause: std::io::Error },

    #[error("failed to load")]
    Script(#[from] LoadError),

    #[error("failed to load {}", path.display())]
    Rows { path: PathBuf, source: DbError },
}

impl SandboxError {
    /// The server failed, as opposed to what the user asked for.
    pub fn is_database(&self) -> bool {
        matches!(self, SandboxError::Start { .. } | SandboxError::Database(_))
    }
}

fn indented(log: &str) -> String {
    log.lines().map(|line| format!("\n  {line}")).collect()
}
