//! What a statement may do under the session's [`Access`], as far as its text tells.

use crate::engine::postgres::dialect::PostgresDialect;
use crate::engine::{Access, DbError, DbErrorKind};
use crate::sql::{Dialect, StatementKind};

/// Statements that would end the transaction planwise runs them in, or start one and leave it open.
const TRANSACTION_CONTROL: &[&str] = &[
    "ABORT",
    "BEGIN",
    "COMMIT",
    "END",
    "PREPARE TRANSACTION",
    "RELEASE",
    "ROLLBACK",
    "SAVEPOINT",
    "START",
];

/// Refuses transaction control, which would defeat the session's access whichever it is.
pub fn refuse_transaction_control(sql: &str, access: Access) -> Result<(), DbError> {
    let words = first_words(sql);
    let controls = TRANSACTION_CONTROL.iter().any(|control| starts_with_words(&words, control));
    if access == Access::Commit || !controls {
        return Ok(());
    }
    Err(DbError::new(
        DbErrorKind::Unsupported,
        "transaction control is not run: planwise decides where the transaction of each statement ends",
    )
    .with_remedy("leave it out, or use --writes commit"))
}

/// EXPLAIN ANALYZE executes: a write is refused before it is sent, with a clearer message than the server's.
pub fn refuse_write(sql: &str) -> Result<(), DbError> {
    let kind = PostgresDialect.shape(sql).map(|shape| shape.kind);
    match kind {
        Ok(StatementKind::Write | StatementKind::Ddl) => Err(DbError::new(
            DbErrorKind::ReadOnly,
            "EXPLAIN ANALYZE would execute this write, and the session is read-only",
        )
        .with_remedy(
            "--writes rollback measures writes without keeping them, --explain plan estimates them",
        )),
        _ => Ok(()),
    }
}

/// The first two words in upper case, comments left out.
fn first_words(sql: &str) -> String {
    let Ok(statements) = crate::sql::split(sql, &PostgresDialect.lexis()) else {
        return String::new();
    };
    let text = statements.into_iter().next().map(|statement| statement.text).unwrap_or_default();
    let words =
        text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    words.take(2).collect::<Vec<_>>().join(" ").to_ascii_uppercase()
}

fn starts_with_words(words: &str, control: &str) -> bool {
    words == control || words.strip_prefix(control).is_some_and(|rest| rest.starts_with(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transaction_control_is_refused_where_it_defeats_the_access() {
        for sql in [
            "COMMIT",
            "begin read write",
            "/* x */ END;",
            "PREPARE TRANSACTION 'x'",
            "start transaction",
        ] {
            assert!(refuse_transaction_control(sql, Access::Rollback).is_err(), "{sql}");
            assert!(refuse_transaction_control(sql, Access::ReadOnly).is_err(), "{sql}");
            assert!(refuse_transaction_control(sql, Access::Commit).is_ok(), "{sql}");
        }
        for sql in ["SELECT 1", "PREPARE p AS SELECT 1", "ENDS", "SELECT 'COMMIT'"] {
            assert!(refuse_transaction_control(sql, Access::Rollback).is_ok(), "{sql}");
        }
    }

    #[test]
    fn writes_are_refused_before_they_are_sent() {
        assert_eq!(refuse_write("DELETE FROM t").unwrap_err().kind, DbErrorKind::ReadOnly);
        assert!(refuse_write("WITH d AS (DELETE FROM t RETURNING 1) SELECT * FROM d").is_err());
        assert!(refuse_write("SELECT 1").is_ok());
    }
}
