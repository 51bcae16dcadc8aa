//! The driver's errors in neutral form.

use mysql_async::{DriverError, Error, IoError, ServerError};

use crate::engine::mysql::index_grammar::wanted_words;
use crate::engine::{DbError, DbErrorKind};

/// A failure on an open connection.
pub fn of_statement(error: Error) -> DbError {
    match error {
        Error::Server(error) => of_server(error),
        Error::Io(_) | Error::Driver(DriverError::ConnectionClosed) => {
            DbError::new(DbErrorKind::ConnectionLost, "the server closed the connection")
                .with_remedy("look into the server's log: it was stopped, or crashed")
        }
        other => DbError::new(DbErrorKind::Statement, other.to_string()),
    }
}

/// A failure of the statement `sql`, with what its text tells of the cure.
pub fn of_text(error: DbError, sql: &str) -> DbError {
    let wanted = match error.message.contains("FULLTEXT index matching") {
        true => wanted_words(sql),
        false => Vec::new(),
    };
    match wanted.is_empty() {
        true => error,
        false => error.with_remedy(format!("build it: {}", wanted.join(" "))),
    }
}

/// A failure to connect to `address`.
pub fn of_connecting(error: Error, address: &str) -> DbError {
    match error {
        Error::Server(error) => of_server(error),
        Error::Io(IoError::Tls(error)) => {
            DbError::new(DbErrorKind::Unreachable, format!("no TLS with {address}: {error}"))
        }
        Error::Io(error) => {
            let local = match &error {
                IoError::Io(io) => DbError::local(io),
                _ => None,
            };
            local.unwrap_or_else(|| {
                DbError::new(DbErrorKind::Unreachable, format!("no server at {address}: {error}"))
                    .with_remedy(
                        "check that the server runs and that host, port or socket are right",
                    )
            })
        }
        Error::Url(error) => DbError::new(DbErrorKind::BadTarget, error.to_string()),
        other => DbError::new(DbErrorKind::Unreachable, format!("{address}: {other}")),
    }
}

/// What the server reported.
fn of_server(error: ServerError) -> DbError {
    DbError {
        kind: kind(error.code, &error.state),
        message: error.message,
        sqlstate: Some(error.state),
        detail: None,
        remedy: remedy(error.code),
        position: None,
    }
}

/// By the server's number where several things share a SQLSTATE, else by SQLSTATE.
fn kind(code: u16, state: &str) -> DbErrorKind {
    match code {
        1044 | 1045 | 1049 | 1698 => DbErrorKind::Authentication,
        1142 | 1143 | 1227 | 1370 | 1345 => DbErrorKind::Permission,
        1205 | 1969 | 3024 => DbErrorKind::Timeout,
        1792 | 1290 => DbErrorKind::ReadOnly,
        1053 | 1927 | 1152 | 1184 => DbErrorKind::ConnectionLost,
        1040 | 1203 | 1226 => DbErrorKind::Unreachable,
        1235 => DbErrorKind::Unsupported,
        _ if state.starts_with("42") => DbErrorKind::Syntax,
        _ => DbErrorKind::Statement,
    }
}

fn remedy(code: u16) -> Option<String> {
    let text = match code {
        1045 | 1698 => "check user and password: in the URL, MYSQL_PWD, or [client] of ~/.my.cnf",
        1049 => "name an existing database in the URL",
        1142 | 1143 => "grant the login SELECT on what the query reads, and SHOW VIEW on its views",
        1345 => "EXPLAIN of a view needs SHOW VIEW on it and SELECT on the tables below",
        1205 => "another session holds the lock; try again, or raise --lock-timeout",
        1969 | 3024 => "raise --timeout, or look at the estimated plan",
        1273 => "the dump comes from a newer server; replace the collation in it",
        _ => return None,
    };
    Some(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_caller_can_do_decides_the_kind() {
        assert_eq!(kind(1064, "42000"), DbErrorKind::Syntax);
        assert_eq!(kind(1146, "42S02"), DbErrorKind::Syntax);
        assert_eq!(kind(1142, "42000"), DbErrorKind::Permission);
        assert_eq!(kind(1969, "70100"), DbErrorKind::Timeout);
        assert_eq!(kind(1792, "25006"), DbErrorKind::ReadOnly);
        assert_eq!(kind(1062, "23000"), DbErrorKind::Statement);
    }
}
