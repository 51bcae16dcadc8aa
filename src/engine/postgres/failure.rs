//! The driver's errors in neutral form.

use std::error::Error as StdError;

use tokio_postgres::error::{DbError as ServerError, ErrorPosition};

use crate::engine::{DbError, DbErrorKind};

/// A failure on an open connection.
pub fn of_statement(error: &tokio_postgres::Error) -> DbError {
    if let Some(server) = error.as_db_error() {
        return of_server(server);
    }
    if error.is_closed() || cause::<std::io::Error>(error).is_some() {
        return DbError::new(DbErrorKind::ConnectionLost, "the server closed the connection")
            .with_remedy("look into the server's log: it was stopped, or crashed");
    }
    DbError::new(DbErrorKind::Statement, with_cause(error))
}

/// What the server reported.
pub fn of_server(error: &ServerError) -> DbError {
    let code = error.code().code();
    DbError {
        kind: kind(code, error.message()),
        message: with_position(error),
        sqlstate: Some(code.to_owned()),
        detail: error.detail().or(copy_context(error)).map(str::to_owned),
        remedy: error.hint().map(str::to_owned).or_else(|| remedy(code, error.message())),
        position: match error.position() {
            Some(ErrorPosition::Original(at)) => Some(*at as usize),
            _ => None,
        },
    }
}

/// `COPY t, line 3, column x: "…"`: which row of the data it was.
fn copy_context(error: &ServerError) -> Option<&str> {
    error.where_().filter(|context| context.starts_with("COPY "))
}

/// The first cause of type `T` below `error`, looking through I/O errors that wrap others.
pub fn cause<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    let mut current = Some(error);
    while let Some(error) = current {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        let wrapped = error.downcast_ref::<std::io::Error>().and_then(|io| io.get_ref());
        current = match wrapped {
            Some(inner) => Some(inner as &(dyn StdError + 'static)),
            None => error.source(),
        };
    }
    None
}

/// `error: its cause: …`, as one line.
pub fn with_cause(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

fn with_position(error: &ServerError) -> String {
    match error.position() {
        Some(ErrorPosition::Original(at)) => format!("{} at character {at}", error.message()),
        Some(ErrorPosition::Internal { position, .. }) => {
            format!("{} at character {position} of a statement inside a function", error.message())
        }
        None => error.message().to_owned(),
    }
}

/// By SQLSTATE: the caller's question is what to do about it.
fn kind(code: &str, message: &str) -> DbErrorKind {
    match code {
        "25006" => DbErrorKind::ReadOnly,
        // One code for the timeout and for somebody's pg_cancel_backend; only the words differ.
        "57014" if message.contains("user request") => DbErrorKind::Statement,
        "57014" | "55P03" | "25P03" | "25P04" => DbErrorKind::Timeout,
        "42501" => DbErrorKind::Permission,
        "3D000" => DbErrorKind::Authentication,
        "0A000" | "58P01" => DbErrorKind::Unsupported,
        "53300" | "57P03" => DbErrorKind::Unreachable,
        code if code.starts_with("28") => DbErrorKind::Authentication,
        code if code.starts_with("08") || code.starts_with("57P0") => DbErrorKind::ConnectionLost,
        code if code.starts_with("42") || code == "3F000" => DbErrorKind::Syntax,
        _ => DbErrorKind::Statement,
    }
}

fn remedy(code: &str, message: &str) -> Option<String> {
    let text = match code {
        "28P01" => "check user and password: the URL, PGPASSWORD or ~/.pgpass",
        "28000" if message.contains("does not exist") => {
            "name another user in the URL (postgres://user@host/database), or with PGUSER"
        }
        "28000" => {
            "pg_hba.conf on the server decides who may connect, from where, and with TLS or not"
        }
        "3D000" => "check the database's name in the URL, or PGDATABASE",
        "42501" => "grant the right, or run as a role that has it",
        "25006" => {
            "writes are refused by default: --writes rollback measures them without keeping them"
        }
        "25001" => {
            "it cannot run in a transaction, so it cannot be undone: leave it out, or use --writes commit"
        }
        "53300" => "close other sessions, or raise max_connections",
        "57P03" => "the server is starting or stopping: try again in a moment",
        "55P03" => {
            "another session holds the lock: raise the lock timeout, or find the holder in pg_locks"
        }
        "57014" if message.contains("statement timeout") => "raise the statement timeout",
        _ => return None,
    };
    Some(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_of_code_has_its_kind() {
        for (code, expected) in [
            ("42601", DbErrorKind::Syntax),
            ("42P01", DbErrorKind::Syntax),
            ("42501", DbErrorKind::Permission),
            ("57014", DbErrorKind::Timeout),
            ("55P03", DbErrorKind::Timeout),
            ("25006", DbErrorKind::ReadOnly),
            ("57P01", DbErrorKind::ConnectionLost),
            ("57P02", DbErrorKind::ConnectionLost),
            ("57P03", DbErrorKind::Unreachable),
            ("08006", DbErrorKind::ConnectionLost),
            ("28P01", DbErrorKind::Authentication),
            ("28000", DbErrorKind::Authentication),
            ("3D000", DbErrorKind::Authentication),
            ("0A000", DbErrorKind::Unsupported),
            ("22012", DbErrorKind::Statement),
        ] {
            assert_eq!(kind(code, "canceling statement"), expected, "{code}");
        }
    }

    #[test]
    fn a_cancelled_statement_is_no_timeout() {
        let by_user = "canceling statement due to user request";
        assert_eq!(kind("57014", by_user), DbErrorKind::Statement);
        assert_eq!(
            kind("57014", "canceling statement due to statement timeout"),
            DbErrorKind::Timeout
        );
    }

    #[test]
    fn causes_are_found_inside_io_errors() {
        let inner = rustls::Error::DecryptError;
        let wrapped = std::io::Error::new(std::io::ErrorKind::InvalidData, inner.clone());
        assert_eq!(cause::<rustls::Error>(&wrapped), Some(&inner));
        assert!(cause::<std::fmt::Error>(&wrapped).is_none());
    }
}
