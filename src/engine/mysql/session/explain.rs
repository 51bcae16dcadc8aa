//! Plans, estimated or measured.

use mysql_async::Conn;
use mysql_async::prelude::Queryable;

use super::execute::{self, values};
use super::rows;
use super::status::{self, Status};
use crate::engine::mysql::family::{Family, Version};
use crate::engine::mysql::{explain, failure};
use crate::engine::{DbError, DbErrorKind, ExplainMode, Explained};
use crate::sql::{Shape, StatementKind};

/// Prepared like the statement itself, so that parameters have the types they have when it runs.
pub async fn run(
    conn: &mut Conn,
    version: &Version,
    sql: &str,
    shape: Option<&Shape>,
    params: &[Option<String>],
    mode: ExplainMode,
) -> Result<Explained, DbError> {
    // Some changes have no plan in the newer form.
    let older = version.measures_in_json() && mode == ExplainMode::Estimate && !reads(shape);
    if older {
        rows::run(conn, "SET SESSION explain_json_format_version = 1").await?;
    }
    if version.family == Family::Mariadb {
        // Newer versions say more on request; older ones know no such setting.
        let more = "SET SESSION note_verbosity = 'basic,unusable_keys,explain'";
        let _ = rows::run(conn, more).await;
    }
    let counted = mode == ExplainMode::Analyze;
    let before =
        if counted { Some((Status::now(conn).await?, Status::now(conn).await?)) } else { None };
    let told = text(conn, version, sql, params, mode).await;
    if older {
        rows::run(conn, "SET SESSION explain_json_format_version = 2").await?;
    }
    let (text, warnings) = told?;
    let (mut plan, mut raw) =
        version.plan(&text).map_err(|error| unreadable(&error.to_string()))?;
    if let Some((first, second)) = before {
        let grown = second.growth(&first, &Status::now(conn).await?);
        // In the kept document as well: what is judged later is judged by the same.
        if let serde_json::Value::Object(document) = &mut raw {
            document.insert(status::KEY.to_owned(), grown.clone());
        }
        plan.extra.insert(status::KEY.to_owned(), grown);
    }
    if !warnings.is_empty() {
        let warnings = serde_json::Value::from(warnings);
        if let serde_json::Value::Object(document) = &mut raw {
            document.insert(explain::WARNINGS.to_owned(), warnings.clone());
        }
        plan.extra.insert(explain::WARNINGS.to_owned(), warnings);
    }
    if let Some(shape) = shape {
        let database = database(conn).await?;
        explain::name_relations(&mut plan, &shape.tables, &database);
    }
    Ok(Explained { plan, raw })
}

fn reads(shape: Option<&Shape>) -> bool {
    shape.is_some_and(|shape| shape.kind == StatementKind::Read)
}

async fn text(
    conn: &mut Conn,
    version: &Version,
    sql: &str,
    params: &[Option<String>],
    mode: ExplainMode,
) -> Result<(String, Vec<String>), DbError> {
    let verb = version.explain_verb(mode);
    let statement = execute::prepare(conn, &format!("{verb} {sql}")).await?;
    let params = values(&statement, params)?;
    let answer: Result<Option<String>, _> = conn.exec_first(&statement, params).await;
    let warnings = if answer.is_ok() { unusable(conn).await } else { Vec::new() };
    let closed = conn.close(statement).await.map_err(failure::of_statement);
    let text = answer.map_err(failure::of_statement)?.unwrap_or_default();
    closed.map(|()| (text, warnings))
}

/// What the optimiser says of keys that it could not use: types or collations that do not fit, too many ranges.
async fn unusable(conn: &mut Conn) -> Vec<String> {
    const CODES: [&str; 2] = ["1739", "3170"];
    let rows = rows::all(conn, "SHOW WARNINGS").await.unwrap_or_default();
    let said = rows.into_iter().filter_map(|row| {
        let mut row = rows::Columns::of(row);
        let (_, code, message) = (row.text(), row.text(), row.text());
        let is_it = CODES.contains(&code.as_str()) || message.starts_with("Cannot use key");
        is_it.then_some(message)
    });
    let mut said: Vec<String> = said.collect();
    said.dedup();
    said
}

async fn database(conn: &mut Conn) -> Result<String, DbError> {
    Ok(rows::one(conn, "SELECT DATABASE()").await?.unwrap_or_default())
}

fn unreadable(why: &str) -> DbError {
    DbError::new(DbErrorKind::Statement, format!("the server's plan cannot be read: {why}"))
}
