//! Plans, estimated or measured.

use mysql_async::Conn;
use mysql_async::prelude::Queryable;

use super::execute::{self, values};
use super::status::{self, Status};
use super::{catalog, rows, traced};
use crate::engine::mysql::family::{Family, Version};
use crate::engine::mysql::index_grammar::readings;
use crate::engine::mysql::{explain, failure};
use crate::engine::{DbError, DbErrorKind, ExplainMode, Explained};
use crate::plan::Plan;
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
        keep(status::KEY, grown, &mut plan, &mut raw);
    }
    if !warnings.is_empty() {
        keep(explain::WARNINGS, warnings.into(), &mut plan, &mut raw);
    }
    if counted && reads(shape) && traced::is_wanted(&plan) {
        let verb = version.explain_verb(ExplainMode::Estimate);
        let trace = traced::trace(conn, verb, sql, params).await?;
        if let Some(considered) = trace.as_deref().and_then(explain::considered) {
            keep(explain::CONSIDERED, considered, &mut plan, &mut raw);
        }
    }
    // Rows are read beforehand for other reasons too, and a catalog is not read for nothing.
    let lower = sql.to_ascii_lowercase();
    let may_be_extreme = ["min", "max"].iter().any(|name| lower.contains(name));
    if may_be_extreme && explain::read_before(&plan) {
        name_answering(conn, version.family, sql, &mut plan).await?;
    }
    if let Some(shape) = shape {
        let database = database(conn).await?;
        explain::name_relations(&mut plan, &shape.tables, &database);
    }
    Ok(Explained { plan, raw })
}

/// In the kept document as well: what is judged later is judged by the same.
fn keep(key: &str, value: serde_json::Value, plan: &mut Plan, raw: &mut serde_json::Value) {
    if let serde_json::Value::Object(document) = raw {
        document.insert(key.to_owned(), value.clone());
    }
    plan.extra.insert(key.to_owned(), value);
}

/// A catalog that cannot be read leaves the plan as the server printed it.
async fn name_answering(
    conn: &mut Conn,
    family: Family,
    sql: &str,
    plan: &mut Plan,
) -> Result<(), DbError> {
    let catalog = match catalog::read(conn, family).await {
        Ok(catalog) => catalog,
        Err(error) if error.ends_session() => return Err(error),
        Err(_) => return Ok(()),
    };
    if let Some(readings) = readings::of(sql, &catalog) {
        explain::name_answering(plan, &readings, &catalog);
    }
    Ok(())
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
