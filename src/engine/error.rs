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
}

impl DbError {
    pub fn new(kind: DbErrorKind, message: impl Into<String>) -> Self {
        DbError { kind, message: message.into(), sqlstate: None, detail: None, remedy: None }
    }

    pub fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// No further statement can succeed on this session.
    pub fn ends_session(&self) -> bool {
        matches!(
            self.kind,
            DbErrorKind::Unreachable | DbErrorKind::Authentication | DbErrorKind::ConnectionLost
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
