//! The rows of a query as text, for comparing results.

use futures_util::TryStreamExt;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Column, SimpleQueryMessage};

use super::execute::{TEXT_STATEMENT, execute_statement, parse};
use super::query;
use super::typed::{self, Types};
use crate::engine::postgres::failure;
use crate::engine::{Answer, AnswerColumn, AnswerKind, DbError};

/// Sums in another order differ in their last digits.
const DOUBLE: f64 = 1e-9;
const SINGLE: f64 = 1e-5;

/// By SQL's own PREPARE and the simple protocol, which prints every type as text. What was prepared is left to the caller
/// to drop: the statement may have set a limit that ends everything after it.
pub async fn read(
    client: &Client,
    sql: &str,
    types: &Types,
    params: &[Option<String>],
    most: usize,
) -> Result<Answer, DbError> {
    let parsed = parse(client, sql, types).await?;
    let columns: Vec<AnswerColumn> = parsed.columns().iter().map(column).collect();
    let types = typed::list(types);
    query::run(client, &format!("PREPARE {TEXT_STATEMENT}{types} AS {sql}")).await?;
    let mut answer = rows(client, &execute_statement(TEXT_STATEMENT, params), most).await?;
    answer.changed = answer.changed.filter(|_| columns.is_empty());
    Ok(Answer { columns, ..answer })
}

fn column(column: &Column) -> AnswerColumn {
    let tolerance = match *column.type_() {
        Type::FLOAT8 => Some(DOUBLE),
        Type::FLOAT4 => Some(SINGLE),
        _ => None,
    };
    let kind = match *column.type_() {
        Type::BOOL => AnswerKind::Boolean,
        Type::INT2
        | Type::INT4
        | Type::INT8
        | Type::OID
        | Type::NUMERIC
        | Type::FLOAT4
        | Type::FLOAT8 => AnswerKind::Number,
        Type::DATE | Type::TIMESTAMP | Type::TIMESTAMPTZ => AnswerKind::Moment,
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME => AnswerKind::Text,
        _ => AnswerKind::Other,
    };
    AnswerColumn { name: column.name().to_owned(), tolerance, kind }
}

/// Reads to the end, keeps the first `most`.
async fn rows(client: &Client, sql: &str, most: usize) -> Result<Answer, DbError> {
    let failed = |error: tokio_postgres::Error| failure::of_statement(&error);
    let stream = client.simple_query_raw(sql).await.map_err(failed)?;
    let mut stream = std::pin::pin!(stream);
    let mut answer = Answer::default();
    while let Some(message) = stream.try_next().await.map_err(failed)? {
        match message {
            SimpleQueryMessage::Row(row) if answer.rows.len() < most => {
                let value = |i| row.try_get(i).ok().flatten().map(str::to_owned);
                answer.rows.push((0..row.len()).map(value).collect());
            }
            SimpleQueryMessage::Row(_) => answer.cut = true,
            SimpleQueryMessage::CommandComplete(count) => answer.changed = Some(count),
            _ => {}
        }
    }
    Ok(answer)
}
