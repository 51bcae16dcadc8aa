//! What every session is set to before anything runs on it.

use mysql_async::Conn;

use super::rows::run;
use crate::engine::mysql::dialect::MysqlDialect;
use crate::engine::mysql::family::Version;
use crate::engine::{Access, DbError, SessionOptions, recordable};
use crate::sql::Dialect;

/// Limits, access, and the settings asked for, in this order.
pub async fn apply(
    conn: &mut Conn,
    options: &SessionOptions,
    version: &Version,
) -> Result<(), DbError> {
    for statement in version.limits(options) {
        tracing::info!("{statement}");
        run(conn, &statement).await?;
    }
    protect(conn, options.access).await?;
    for (name, value) in &options.settings {
        tracing::info!(name, value = recordable(name, value), "setting for this session");
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

/// Sets what the session of one statement had set: settings, and its own variables by `@name`.
pub async fn adopt(conn: &mut Conn, settings: &[(String, String)]) -> Result<(), DbError> {
    for (number, (name, value)) in settings.iter().enumerate() {
        match name.strip_prefix('@') {
            Some(variable) => run(conn, &variable_is(variable, &literal(value))).await?,
            None => {
                let quoted = MysqlDialect.quote_identifier(name);
                run(conn, &format!("SET @planwise_kept_{number} = @@SESSION.{quoted}")).await?;
                run(conn, &set(name, value)).await?;
            }
        }
    }
    Ok(())
}

/// After that statement: nothing of it reaches the next one.
pub async fn abandon(conn: &mut Conn, settings: &[(String, String)]) -> Result<(), DbError> {
    for (number, (name, _)) in settings.iter().enumerate().rev() {
        let back = match name.strip_prefix('@') {
            Some(variable) => variable_is(variable, "NULL"),
            None => {
                let quoted = MysqlDialect.quote_identifier(name);
                format!("SET SESSION {quoted} = @planwise_kept_{number}")
            }
        };
        run(conn, &back).await?;
    }
    Ok(())
}

fn variable_is(name: &str, value: &str) -> String {
    format!("SET @{} = {value}", MysqlDialect.quote_identifier(name))
}

fn set(name: &str, value: &str) -> String {
    format!("SET SESSION {} = {}", MysqlDialect.quote_identifier(name), literal(value))
}

/// Numbers as they are, `64K` as its bytes (as option files have it, but no SET), everything else as a string.
fn literal(value: &str) -> String {
    if value.parse::<f64>().is_ok() {
        return value.to_owned();
    }
    bytes(value).map_or_else(|| MysqlDialect.quote_literal(value), |bytes| bytes.to_string())
}

fn bytes(value: &str) -> Option<u64> {
    let unit = value.chars().next_back()?.to_ascii_uppercase();
    let shift = 10 * (1 + ['K', 'M', 'G', 'T'].iter().position(|one| *one == unit)?);
    let number: u64 = value.get(..value.len() - 1)?.parse().ok()?;
    number.checked_mul(1 << shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_cannot_smuggle_statements() {
        assert_eq!(set("sort_buffer_size", "4096"), "SET SESSION `sort_buffer_size` = 4096");
        assert_eq!(set("sort_buffer_size", "64k"), "SET SESSION `sort_buffer_size` = 65536");
        assert_eq!(set("tmp_table_size", "1G"), "SET SESSION `tmp_table_size` = 1073741824");
        assert_eq!(set("sql_mode", "M"), "SET SESSION `sql_mode` = 'M'");
        assert_eq!(set("a`b", "on; DROP"), "SET SESSION `a``b` = 'on; DROP'");
    }
}
