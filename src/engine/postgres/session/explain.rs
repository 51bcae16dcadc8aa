//! Plans: executed or estimated, with known parameters or without.

use std::collections::HashMap;

use tokio_postgres::Client;

use super::bind::{TextValue, text_params};
use super::execute::{execute_statement, miscounted, parse};
use super::query;
use super::typed::{self, Types};
use crate::engine::postgres::explain::explained;
use crate::engine::postgres::failure;
use crate::engine::{DbError, DbErrorKind, ExplainMode, Explained};

/// Name under which [`generic_by_prepare`] prepares.
pub const GENERIC_STATEMENT: &str = "planwise_generic";

#[derive(Clone, Copy)]
pub struct Request<'a> {
    pub sql: &'a str,
    pub params: &'a [Option<String>],
    pub mode: ExplainMode,
    pub version: [u32; 2],
    pub parameters: &'a Parameters,
}

/// What is to be known of a statement's parameters.
#[derive(Debug, Clone)]
pub struct Parameters {
    pub count: usize,
    /// Those that had to be given.
    pub types: Types,
}

/// Statements that were explained, by their text and the settings of their session: an advisor explains the same
/// statement many times.
pub type Known = HashMap<(String, Vec<(String, String)>), Parameters>;

/// With all parameters known they are bound, and the server folds them in as constants: a custom plan. Without
/// them only an estimate is possible, by a generic plan.
pub async fn run(client: &Client, request: Request<'_>) -> Result<Explained, DbError> {
    let wanted = request.parameters.count;
    let given = request.params.len();
    if wanted == given {
        return bound(client, request).await;
    }
    match request.mode {
        ExplainMode::Estimate
            if given == 0 && request.version[0] >= 16 && request.parameters.types.is_empty() =>
        {
            generic(client, request).await
        }
        ExplainMode::Estimate if given == 0 => generic_by_prepare(client, request, wanted).await,
        _ => Err(miscounted(wanted, given)),
    }
}

/// What to ask EXPLAIN for on this version. Source: the server's documentation of each release.
fn options(mode: ExplainMode, version: [u32; 2]) -> String {
    let mut options = match mode {
        ExplainMode::Analyze => vec!["ANALYZE", "BUFFERS", "VERBOSE", "SETTINGS", "WAL"],
        ExplainMode::Estimate => vec!["VERBOSE", "SETTINGS"],
    };
    if version[0] >= 17 {
        options.push("MEMORY");
    }
    if version[0] >= 17 && mode == ExplainMode::Analyze {
        options.push("SERIALIZE");
    }
    options.push("FORMAT JSON");
    options.join(", ")
}

async fn bound(client: &Client, request: Request<'_>) -> Result<Explained, DbError> {
    let sql = format!("EXPLAIN ({}) {}", options(request.mode, request.version), request.sql);
    let statement = parse(client, &sql, &request.parameters.types).await.map_err(shifted)?;
    let params = text_params(request.params);
    let params = params.iter().map(|p| p as &(dyn tokio_postgres::types::ToSql + Sync));
    let params: Vec<_> = params.collect();
    let rows = client.query(&statement, &params).await.map_err(|e| failure::of_statement(&e))?;
    let text = rows.first().and_then(|row| row.try_get::<_, TextValue>(0).ok());
    read(text.map(|value| value.0))
}

async fn generic(client: &Client, request: Request<'_>) -> Result<Explained, DbError> {
    let options = options(request.mode, request.version);
    let sql = format!("EXPLAIN (GENERIC_PLAN, {options}) {}", request.sql);
    read(query::value(client, &sql).await?)
}

/// Before 16: a generic plan is what a prepared statement has when custom ones are forbidden.
async fn generic_by_prepare(
    client: &Client,
    request: Request<'_>,
    parameters: usize,
) -> Result<Explained, DbError> {
    let name = GENERIC_STATEMENT;
    let types = typed::list(&request.parameters.types);
    query::run(client, &format!("PREPARE {name}{types} AS {}", request.sql)).await?;
    let nulls = vec![None; parameters];
    let options = options(request.mode, request.version);
    let sql = format!("EXPLAIN ({options}) {}", execute_statement(name, &nulls));
    let saved = query::value(client, "SHOW plan_cache_mode").await?.unwrap_or_default();
    query::run(client, "SET plan_cache_mode = force_generic_plan").await?;
    let text = query::value(client, &sql).await;
    query::run(client, &format!("SET plan_cache_mode = {saved}; DEALLOCATE {name}")).await?;
    read(text?)
}

/// A position in `EXPLAIN (…) statement` means nothing to who wrote the statement.
fn shifted(error: DbError) -> DbError {
    let message = error.message.split(" at character ").next().unwrap_or_default().to_owned();
    DbError { message, position: None, ..error }
}

fn read(text: Option<String>) -> Result<Explained, DbError> {
    let text = text.unwrap_or_default();
    explained(&text).map_err(|error| {
        DbError::new(DbErrorKind::Unsupported, format!("the server's plan cannot be read: {error}"))
    })
}
