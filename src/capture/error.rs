//! Why a capture cannot be made. Each message names the place and the remedy.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

#[derive(Debug, Error)]
pub enum CaptureError {
    #[error("cannot read {name}: {cause}")]
    Unreadable { name: String, cause: io::Error },

    #[error(
        "{0}: no file matches; give a log file, a folder of them, a pattern such as 'log/*.log', or - for standard input"
    )]
    NoMatch(String),

    #[error("{}: the folder holds no file that looks like a log{}; name the log files themselves", path.display(), seen)]
    NoLogs { path: PathBuf, seen: String },

    #[error(
        "{name}: {seen}; give a server's log (stderr, csvlog, jsonlog, syslog, slow or general log), or force its form with --log-format"
    )]
    Unknown { name: String, seen: String },

    #[error("no statement was found in {names}: {seen}")]
    Nothing { names: String, seen: String },

    #[error(
        "{first} is of {first_engine} and {second} of {second_engine}: their statements cannot be told apart in one file; capture them into two"
    )]
    Families { first: String, first_engine: String, second: String, second_engine: String },

    #[error("the capture was interrupted; nothing was written")]
    Interrupted,
}
