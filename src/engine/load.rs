//! Loading scripts and dumps: what came of it.

use std::io::BufRead;
use std::path::PathBuf;

use thiserror::Error;

use super::{DbError, DbErrorKind};

/// What a loaded script did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LoadReport {
    /// Statements the server carried out.
    pub statements: u64,
    /// Rows copied from data blocks in the script.
    pub rows: u64,
    /// Bytes of script read.
    pub bytes: u64,
    /// Statements that could not be carried out and do not matter here, one entry per reason.
    pub notes: Vec<LoadNote>,
    /// The database that the last statement ran in, when the script changed it.
    pub database: Option<String>,
}

/// One reason for passing over statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadNote {
    /// As a sentence without its full stop: `role "app" does not exist here: ownership left as it is`.
    pub reason: String,
    /// How many statements.
    pub count: u64,
    /// Line of the first of them, 1-based.
    pub line: u64,
}

impl LoadNote {
    /// Something of the script is not there: who measures on it wants to know.
    pub fn leaves_out(&self) -> bool {
        self.reason.contains("left out")
    }
}

impl LoadReport {
    /// Counts one passed-over statement.
    pub fn note(&mut self, reason: impl Into<String>, line: u64) {
        let reason = reason.into();
        match self.notes.iter_mut().find(|note| note.reason == reason) {
            Some(note) => note.count += 1,
            None => self.notes.push(LoadNote { reason, count: 1, line }),
        }
    }
}

/// Why a script could not be loaded. Everything before the named line has been carried out.
#[derive(Debug, Error)]
pub enum LoadError {
    #[error("{name}:{line}: cannot read on")]
    Read { name: String, line: u64, source: std::io::Error },
    #[error("{name}:{line}: {statement} … failed")]
    Statement {
        name: String,
        line: u64,
        /// The statement's first words.
        statement: String,
        #[source]
        error: DbError,
    },
    #[error("{name}:{line}: {command} is not supported in a script: {reason}")]
    Refused { name: String, line: u64, command: String, reason: String },
    #[error("{name}:{line}: {what} begins here and the file ends before it does")]
    Unfinished { name: String, line: u64, what: String },
}

/// What a copy has of the statistics of its source.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CarriedStatistics {
    /// Tables and histograms whose statistics are those of the source now, of how many.
    pub tables: usize,
    pub tables_of_source: usize,
    pub histograms: usize,
    pub histograms_of_source: usize,
    /// The server of the copy goes by them once it was restarted.
    pub needs_restart: bool,
    /// Sentences on what could not be taken over as it is.
    pub remarks: Vec<String>,
}

/// How a remote database is read for a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DumpOptions {
    /// A database larger than this is not copied. Bytes on disk, indexes included.
    pub max_bytes: u64,
    /// Where the dump program is; found among the installed ones when not given.
    pub bin_dir: Option<PathBuf>,
}

impl DumpOptions {
    /// An error where the database is larger than may be copied.
    pub fn check(&self, database: &str, bytes: u64) -> Result<(), DbError> {
        if bytes <= self.max_bytes {
            return Ok(());
        }
        let mega = |bytes: u64| bytes.div_ceil(1_000_000);
        let message = format!(
            "the database {database} is too large to copy: {} MB, and the limit is {} MB",
            mega(bytes),
            mega(self.max_bytes)
        );
        Err(DbError::new(DbErrorKind::Unsupported, message))
    }
}

/// A logical copy of a database on its way: feed `source` to [`super::Session::load_script`].
pub struct Dump {
    pub source: Box<dyn BufRead + Send>,
    /// For messages: the database's name and address, without credentials.
    pub name: String,
    /// Size of the database on disk. The script is usually smaller.
    pub database_bytes: u64,
}
