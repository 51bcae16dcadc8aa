//! Plans, estimated or measured.

use mysql_async::Conn;
use mysql_async::prelude::Queryable;

use super::execute::{self, values};
use crate::engine::mysql::family::Version;
use crate::engine::mysql::{explain, failure};
use crate::engine::{DbError, DbErrorKind, ExplainMode, Explained};
use crate::sql::Shape;

/// Prepared like the statement itself, so that parameters have the types they have when it runs.
pub async fn run(
    conn: &mut Conn,
    version: &Version,
    sql: &str,
    shape: Option<&Shape>,
    params: &[Option<String>],
    mode: ExplainMode,
) -> Result<Explained, DbError> {
    let verb = version.explain_verb(mode);
    let statement = execute::prepare(conn, &format!("{verb} {sql}")).await?;
    let params = values(&statement, params)?;
    let answer: Result<Option<String>, _> = conn.exec_first(&statement, params).await;
    let closed = conn.close(statement).await.map_err(failure::of_statement);
    let text = answer.map_err(failure::of_statement)?.unwrap_or_default();
    closed?;
    let (mut plan, raw) = version.plan(&text).map_err(|error| unreadable(&error.to_string()))?;
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
