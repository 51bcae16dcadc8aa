//! What can go wrong at a database, sorted by what the caller does about it.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DbErrorKind {
    /// No server there, or TLS failed.
    Unreachable,
    /// Wrong password, unknown user or database.
    Authentication,
    /// The login lacks a right.
    Permission,
    /// The server's parser refused the statement, or it names something that does not exist.
    Syntax,
    /// `statement_timeout`, `lock_timeout` or their like.
    Timeout,
    /// The statement would write in a read-only session.
    ReadOnly,
    /// planwise did not send it: what it calls could change something that stays.
    Refused,
    /// The server went away.
    ConnectionLost,
    /// This server or this engine cannot do that.
    Unsupported,
    /// Connection string, service file or certificate that cannot be used.
    BadTarget,
    /// The machine planwise runs on could not: too many open files, no memory.
    Local,
    /// Any other failure of one statement.
    Statement,
}

/// A failure, with the server's own words. `message` never holds a password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Error)]
pub struct DbError {
    pub kind: DbErrorKind,
    pub message: String,
    /// Five characters, where the server gave one.
    pub sqlstate: Option<String>,
    pub detail: Option<String>,
    /// What the user can do about it.
    pub remedy: Option<String>,
    /// The place in the statement that is at fault, in characters from 1, where the server tells.
    #[serde(default)]
    pub position: Option<usize>,
}

impl DbError {
    pub fn new(kind: DbErrorKind, message: impl Into<String>) -> Self {
        DbError {
            kind,
            message: message.into(),
            sqlstate: None,
            detail: None,
            remedy: None,
            position: None,
        }
    }

    /// When `error` says that this machine, not the server, is what a connection failed on.
    pub fn local(error: &std::io::Error) -> Option<Self> {
        let remedy = match error.raw_os_error()? {
            nix::libc::EMFILE => {
                "raise the limit of this shell (ulimit -n), or use fewer --clients"
            }
            nix::libc::ENFILE => "the whole system has too many files open: close programs",
            nix::libc::ENOMEM => "free memory, or use fewer --clients",
            _ => return None,
        };
        let message = format!("this machine cannot open another connection: {error}");
        Some(Self::new(DbErrorKind::Local, message).with_remedy(remedy))
    }

    pub fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// Another session holds what the statement needs; the statement itself may be quick.
    pub fn waited_for_a_lock(&self) -> bool {
        self.kind == DbErrorKind::Timeout && self.message.to_lowercase().contains("lock")
    }

    /// No further statement can succeed on this session.
    pub fn ends_session(&self) -> bool {
        matches!(
            self.kind,
            DbErrorKind::Unreachable
                | DbErrorKind::Authentication
                | DbErrorKind::ConnectionLost
                | DbErrorKind::Local
        )
    }
}

impl fmt::Display for DbError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)?;
        if let Some(state) = &self.sqlstate {
            write!(f, " (SQLSTATE {state})")?;
        }
        if let Some(detail) = &self.detail {
            write!(f, "; {detail}")?;
        }
        if let Some(remedy) = &self.remedy {
            write!(f, "\n  try: {remedy}")?;
        }
        Ok(())
    }
}
