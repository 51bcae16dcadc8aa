//! Running a prepared statement to its last row, and timing nothing else.

use std::time::{Duration, Instant};

use futures_util::TryStreamExt;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Statement};

use super::bind::text_params;
use super::query;
use super::typed::{self, Types};
use crate::engine::postgres::dialect::PostgresDialect;
use crate::engine::postgres::failure;
use crate::engine::{DbError, DbErrorKind, Execution};
use crate::sql::Dialect;

/// Name under which [`as_text`] prepares.
pub const TEXT_STATEMENT: &str = "planwise_text";

/// A statement that the server has parsed.
#[derive(Clone)]
pub struct Prepared {
    pub sql: String,
    /// Of the session that it was written for.
    pub settings: Vec<(String, String)>,
    pub statement: Statement,
    pub types: Types,
    /// Some types can only be printed as text, which this driver reads by the simple protocol alone.
    pub as_text: bool,
}

/// By the extended protocol, which takes exactly one statement.
pub async fn parse(client: &Client, sql: &str, types: &Types) -> Result<Statement, DbError> {
    client.prepare_typed(sql, types).await.map_err(|error| failure::of_statement(&error))
}

/// When it turns out that a value can only be read as text, `prepared` says so after the failure, and a second
/// attempt succeeds: in a transaction of its own, because the failure has ended the first one.
pub async fn execute(
    client: &Client,
    prepared: &mut Prepared,
    params: &[Option<String>],
) -> Result<Execution, DbError> {
    check_count(prepared, params)?;
    if prepared.as_text {
        return as_text(client, prepared, params).await;
    }
    let result = bound(client, prepared, params).await;
    settle(prepared, result)
}

/// As [`execute`], without looking at the rows that come: they are counted by the server alone.
pub async fn drain(
    client: &Client,
    prepared: &mut Prepared,
    params: &[Option<String>],
) -> Result<Execution, DbError> {
    check_count(prepared, params)?;
    if prepared.as_text {
        return as_text(client, prepared, params).await;
    }
    let started = Instant::now();
    let rows = client.execute_raw(&prepared.statement, text_params(params)).await;
    settle(prepared, rows.map(|rows| Execution { elapsed: started.elapsed(), rows }))
}

fn settle(
    prepared: &mut Prepared,
    result: Result<Execution, tokio_postgres::Error>,
) -> Result<Execution, DbError> {
    prepared.as_text = result.as_ref().is_err_and(needs_text);
    result.map_err(|error| failure::of_statement(&error))
}

fn check_count(prepared: &Prepared, params: &[Option<String>]) -> Result<(), DbError> {
    let wanted = prepared.statement.params().len();
    if wanted == params.len() {
        return Ok(());
    }
    Err(miscounted(wanted, params.len()))
}

/// The workload's file is wrong, not the server.
pub fn miscounted(wanted: usize, given: usize) -> DbError {
    let plural = |n: usize| if n == 1 { "" } else { "s" };
    let message = format!(
        "the statement has {wanted} parameter{}, and {given} value{} given",
        plural(wanted),
        if given == 1 { " is" } else { "s are" }
    );
    DbError::new(DbErrorKind::Syntax, message)
        .with_remedy("a line `-- params:` above the query gives one value for each of $1, $2, …")
}

async fn bound(
    client: &Client,
    prepared: &Prepared,
    params: &[Option<String>],
) -> Result<Execution, tokio_postgres::Error> {
    let params = text_params(params);
    let started = Instant::now();
    let stream = client.query_raw(&prepared.statement, params).await?;
    let mut stream = std::pin::pin!(stream);
    let mut returned = 0;
    while stream.try_next().await?.is_some() {
        returned += 1;
    }
    let elapsed = started.elapsed();
    Ok(Execution { elapsed, rows: stream.rows_affected().unwrap_or(0).max(returned) })
}

/// Functions of the server's source that miss a binary form: of a value, and of what arrays and ranges are made of.
const BINARY_OUTPUT: [&str; 4] =
    ["getTypeBinaryOutputInfo", "array_send", "get_range_io_data", "get_multirange_io_data"];

/// By the place in the server's source: its messages may be in any language.
fn needs_text(error: &tokio_postgres::Error) -> bool {
    let failure = error.as_db_error();
    failure.is_some_and(|failure| {
        *failure.code() == SqlState::UNDEFINED_FUNCTION
            && failure.routine().is_some_and(|place| BINARY_OUTPUT.contains(&place))
    })
}

/// By the simple protocol. With parameters the server prepares it once more, under SQL's own PREPARE, which is left to the
/// caller to drop.
async fn as_text(
    client: &Client,
    prepared: &Prepared,
    params: &[Option<String>],
) -> Result<Execution, DbError> {
    if params.is_empty() {
        return timed(client, &prepared.sql).await;
    }
    let name = TEXT_STATEMENT;
    let types = typed::list(&prepared.types);
    query::run(client, &format!("PREPARE {name}{types} AS {}", prepared.sql)).await?;
    timed(client, &execute_statement(name, params)).await
}

pub async fn timed(client: &Client, sql: &str) -> Result<Execution, DbError> {
    let started = Instant::now();
    let rows = query::drain(client, sql).await.map_err(|error| failure::of_statement(&error))?;
    let elapsed: Duration = started.elapsed();
    Ok(Execution { elapsed, rows })
}

/// `EXECUTE name('…', NULL)`.
pub fn execute_statement(name: &str, params: &[Option<String>]) -> String {
    let values: Vec<String> =
        params.iter().map(|value| value.as_deref().map_or("NULL".to_owned(), quoted)).collect();
    match values.is_empty() {
        true => format!("EXECUTE {name}"),
        false => format!("EXECUTE {name}({})", values.join(", ")),
    }
}

fn quoted(value: &str) -> String {
    PostgresDialect.quote_literal(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_cannot_break_out() {
        let params = [Some("1".into()), None, Some("a'b\\'c".into())];
        assert_eq!(execute_statement("p", &params), r"EXECUTE p('1', NULL, E'a''b\\''c')");
        assert_eq!(execute_statement("p", &[]), "EXECUTE p");
    }
}
