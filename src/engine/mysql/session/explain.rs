//! Plans: estimated by EXPLAIN, executed by ANALYZE.

use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use serde_json::Value;

use super::execute::{self, values};
use crate::engine::mysql::{explain, failure};
use crate::engine::{DbError, DbErrorKind, ExplainMode, Explained};
use crate::sql::Shape;

/// Prepared like the statement itself, so that parameters have the types they have when it runs.
pub async fn run(
    conn: &mut Conn,
    sql: &str,
    shape: Option<&Shape>,
    params: &[Option<String>],
    mode: ExplainMode,
) -> Result<Explained, DbError> {
    let verb = match mode {
        ExplainMode::Analyze => "ANALYZE FORMAT=JSON",
        ExplainMode::Estimate => "EXPLAIN FORMAT=JSON",
    };
    let statement = execute::prepare(conn, &format!("{verb} {sql}")).await?;
    let params = values(&statement, params)?;
    let answer: Result<Option<String>, _> = conn.exec_first(&statement, params).await;
    let closed = conn.close(statement).await.map_err(failure::of_statement);
    let text = answer.map_err(failure::of_statement)?.unwrap_or_default();
    closed?;
    let raw: Value = serde_json::from_str(&text).map_err(|error| unreadable(&error.to_string()))?;
    let mut plan =
        explain::from_json(raw.clone()).map_err(|error| unreadable(&error.to_string()))?;
    if let Some(shape) = shape {
        let database = database(conn).await?;
        explain::name_relations(&mut plan, &shape.tables, &database);
    }
    Ok(Explained { plan, raw })
}

async fn database(conn: &mut Conn) -> Result<String, DbError> {
    Ok(super::rows::one(conn, "SELECT DATABASE()").await?.unwrap_or_default())
}

fn unreadable(why: &str) -> DbError {
    DbError::new(DbErrorKind::Statement, format!("the server's plan cannot be read: {why}"))
}
