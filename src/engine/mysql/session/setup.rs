//! What every session is set to before anything runs on it.

use std::time::Duration;

use mysql_async::Conn;

use super::rows::run;
use crate::engine::mysql::dialect::MysqlDialect;
use crate::engine::{Access, DbError, SessionOptions};
use crate::sql::Dialect;

/// Limits, access, and the settings asked for, in this order.
pub async fn apply(conn: &mut Conn, options: &SessionOptions) -> Result<(), DbError> {
    for statement in limits(options) {
        run(conn, &statement).await?;
    }
    protect(conn, options.access).await?;
    for (name, value) in &options.settings {
        run(conn, &set(name, value)).await?;
    }
    Ok(())
}

/// Every transaction of a read-only session is one the server itself keeps from writing.
pub async fn protect(conn: &mut Conn, access: Access) -> Result<(), DbError> {
    match access {
        Access::ReadOnly => run(conn, "SET SESSION TRANSACTION READ ONLY").await,
        _ => Ok(()),
    }
}

pub async fn unprotect(conn: &mut Conn) -> Result<(), DbError> {
    run(conn, "SET SESSION TRANSACTION READ WRITE").await
}

/// Zero means no limit, as it does for the server's statement limit.
fn limits(options: &SessionOptions) -> Vec<String> {
    let mut statements = vec![format!(
        "SET SESSION max_statement_time = {}",
        options.statement_timeout.as_secs_f64()
    )];
    if options.lock_timeout > Duration::ZERO {
        let seconds = options.lock_timeout.as_secs_f64().ceil().max(1.0);
        statements.push(format!("SET SESSION lock_wait_timeout = {seconds}"));
        statements.push(format!("SET SESSION innodb_lock_wait_timeout = {seconds}"));
    }
    if options.statement_timeout > Duration::ZERO {
        let seconds =
            (options.statement_timeout + options.lock_timeout).as_secs_f64().ceil() + 60.0;
        statements.push(format!("SET SESSION idle_transaction_timeout = {seconds}"));
    }
    statements
}

/// Numbers as they are, everything else as a string.
fn set(name: &str, value: &str) -> String {
    let value = match value.parse::<f64>() {
        Ok(_) => value.to_owned(),
        Err(_) => MysqlDialect.quote_literal(value),
    };
    format!("SET SESSION {} = {value}", MysqlDialect.quote_identifier(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_limit_is_no_statement_about_locks() {
        let zero = Duration::ZERO;
        let options =
            SessionOptions { statement_timeout: zero, lock_timeout: zero, ..Default::default() };
        assert_eq!(limits(&options), ["SET SESSION max_statement_time = 0"]);
    }

    #[test]
    fn settings_cannot_smuggle_statements() {
        assert_eq!(set("sort_buffer_size", "4096"), "SET SESSION `sort_buffer_size` = 4096");
        assert_eq!(set("a`b", "on; DROP"), "SET SESSION `a``b` = 'on; DROP'");
    }
}
