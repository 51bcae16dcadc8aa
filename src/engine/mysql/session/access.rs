//! What the text of a workload may do on this session.

use crate::engine::mysql::dialect::MysqlDialect;
use crate::engine::{Access, DbError, DbErrorKind};
use crate::sql::{Dialect, LexemeKind, Scanner, Shape, StatementKind};

/// Refuses what would get around the session's access: statements that end a transaction by
/// themselves, or change what the session may do. The server refuses plain writes by itself.
pub fn check(shape: Option<&Shape>, sql: &str, access: Access) -> Result<(), DbError> {
    if access == Access::Commit {
        return Ok(());
    }
    match shape.map(|shape| shape.kind) {
        _ if writes_a_file(sql) => Err(refused("it writes a file on the server")),
        _ if commits_by_itself(sql) => Err(refused("it commits, or may commit, by itself")),
        Some(StatementKind::Read | StatementKind::Write) => Ok(()),
        Some(StatementKind::Ddl) => Err(refused("it changes the schema and commits at once")),
        Some(StatementKind::Utility) => {
            Err(refused("it may end the transaction or change the session"))
        }
        None => Err(refused("planwise cannot tell what it does")),
    }
}

/// Executing a write for its plan is a write.
pub fn check_analysed(shape: Option<&Shape>, access: Access) -> Result<(), DbError> {
    let reads = shape.is_some_and(|shape| shape.kind == StatementKind::Read);
    match access == Access::ReadOnly && !reads {
        true => Err(refused("measuring its plan would execute it")),
        false => Ok(()),
    }
}

/// TRUNCATE does; what a procedure does cannot be told from its call; what HANDLER opens stays open.
fn commits_by_itself(sql: &str) -> bool {
    let words = Scanner::new(sql, MysqlDialect.lexis()).map_while(Result::ok);
    let first = words.into_iter().find(|lexeme| lexeme.kind == LexemeKind::Word);
    let first = first.map(|lexeme| lexeme.text(sql).to_uppercase());
    // A statement that begins inside a comment for the server hides its verb there.
    first.is_some_and(|word| {
        word.starts_with("/*") || ["TRUNCATE", "CALL", "HANDLER"].contains(&word.as_str())
    })
}

fn writes_a_file(sql: &str) -> bool {
    let words: Vec<String> = sql.split_whitespace().map(str::to_uppercase).collect();
    words.windows(2).any(|pair| {
        pair[0] == "INTO" && (pair[1].starts_with("OUTFILE") || pair[1].starts_with("DUMPFILE"))
    })
}

fn refused(why: &str) -> DbError {
    DbError::new(DbErrorKind::ReadOnly, format!("not run: {why}"))
        .with_remedy("--writes commit=DATABASE runs it for good, on a database you can lose")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(sql: &str, access: Access) -> bool {
        let shape = MysqlDialect.shape(sql).ok();
        check(shape.as_ref(), sql, access).is_ok()
    }

    #[test]
    fn nothing_gets_around_a_protected_session() {
        for access in [Access::ReadOnly, Access::Rollback] {
            assert!(allowed("SELECT 1", access));
            assert!(!allowed("COMMIT", access));
            assert!(!allowed("SET SESSION TRANSACTION READ WRITE", access));
            assert!(!allowed("CREATE TABLE t (a int)", access));
            assert!(!allowed("/* x */ TRUNCATE film", access));
            assert!(!allowed("CALL rewards_report(1, 1, @n)", access));
            assert!(!allowed("SELECT 1 INTO OUTFILE '/tmp/x'", access));
        }
        assert!(allowed("UPDATE film SET length = 1", Access::Rollback));
        assert!(allowed("COMMIT", Access::Commit));
    }
}
