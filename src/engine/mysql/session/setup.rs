//! What every session is set to before anything runs on it.

use mysql_async::Conn;

use super::rows::run;
use crate::engine::mysql::dialect::MysqlDialect;
use crate::engine::mysql::family::Version;
use crate::engine::{Access, DbError, SessionOptions};
use crate::sql::Dialect;

/// Limits, access, and the settings asked for, in this order.
pub async fn apply(
    conn: &mut Conn,
    options: &SessionOptions,
    version: &Version,
) -> Result<(), DbError> {
    for statement in version.limits(options) {
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
    fn settings_cannot_smuggle_statements() {
        assert_eq!(set("sort_buffer_size", "4096"), "SET SESSION `sort_buffer_size` = 4096");
        assert_eq!(set("a`b", "on; DROP"), "SET SESSION `a``b` = 'on; DROP'");
    }
}
