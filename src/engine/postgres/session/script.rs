//! Several statements in one text, run one by one.

use tokio_postgres::Client;

use super::query;
use crate::engine::postgres::dialect::PostgresDialect;
use crate::engine::{DbError, DbErrorKind};
use crate::sql::{Dialect, split};

/// Each statement is sent on its own: sent together they would be one transaction, and
/// CREATE INDEX CONCURRENTLY refuses to run in one.
pub async fn each_statement(client: &Client, sql: &str) -> Result<(), DbError> {
    let statements = split(sql, &PostgresDialect.lexis())
        .map_err(|error| DbError::new(DbErrorKind::Syntax, error.to_string()))?;
    for statement in statements {
        query::run(client, &statement.text).await?;
    }
    Ok(())
}
