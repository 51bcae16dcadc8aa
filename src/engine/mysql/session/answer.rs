//! The rows of a query as text, for comparing results.

use mysql_async::consts::ColumnType;
use mysql_async::prelude::Queryable;
use mysql_async::{Column, Conn, Row};

use super::execute::{self, values};
use super::rows;
use crate::engine::mysql::failure;
use crate::engine::{Answer, AnswerColumn, AnswerKind, DbError};

/// Sums in another order differ in their last digits.
const DOUBLE: f64 = 1e-9;
const SINGLE: f64 = 1e-5;

/// Reads to the end, keeps the first `most` rows.
pub async fn read(
    conn: &mut Conn,
    sql: &str,
    params: &[Option<String>],
    most: usize,
) -> Result<Answer, DbError> {
    let statement = execute::prepare(conn, sql).await?;
    let params = values(&statement, params)?;
    let read = read_rows(conn, &statement, params, most).await;
    let closed = conn.close(statement).await.map_err(failure::of_statement);
    read.and_then(|answer| closed.map(|()| answer))
}

async fn read_rows(
    conn: &mut Conn,
    statement: &mysql_async::Statement,
    params: mysql_async::Params,
    most: usize,
) -> Result<Answer, DbError> {
    let mut result = conn.exec_iter(statement, params).await.map_err(failure::of_statement)?;
    let columns: Option<Vec<AnswerColumn>> =
        result.columns().map(|columns| columns.iter().map(column).collect());
    let mut answer = Answer { columns: columns.unwrap_or_default(), ..Answer::default() };
    if answer.columns.is_empty() {
        answer.changed = Some(result.affected_rows());
    }
    while let Some(row) = result.next().await.map_err(failure::of_statement)? {
        let row: Row = row;
        match answer.rows.len() < most {
            true => answer.rows.push(row.unwrap().into_iter().map(rows::text).collect()),
            false => answer.cut = true,
        }
    }
    result.drop_result().await.map_err(failure::of_statement)?;
    Ok(answer)
}

fn column(column: &Column) -> AnswerColumn {
    let tolerance = match column.column_type() {
        ColumnType::MYSQL_TYPE_DOUBLE => Some(DOUBLE),
        ColumnType::MYSQL_TYPE_FLOAT => Some(SINGLE),
        _ => None,
    };
    AnswerColumn { name: column.name_str().into_owned(), tolerance, kind: kind(column) }
}

/// What another engine prints otherwise.
fn kind(column: &Column) -> AnswerKind {
    use ColumnType as Type;
    match column.column_type() {
        Type::MYSQL_TYPE_TINY
        | Type::MYSQL_TYPE_SHORT
        | Type::MYSQL_TYPE_INT24
        | Type::MYSQL_TYPE_LONG
        | Type::MYSQL_TYPE_LONGLONG
        | Type::MYSQL_TYPE_DECIMAL
        | Type::MYSQL_TYPE_NEWDECIMAL
        | Type::MYSQL_TYPE_FLOAT
        | Type::MYSQL_TYPE_DOUBLE
        | Type::MYSQL_TYPE_YEAR => AnswerKind::Number,
        Type::MYSQL_TYPE_DATE | Type::MYSQL_TYPE_DATETIME | Type::MYSQL_TYPE_TIMESTAMP => {
            AnswerKind::Moment
        }
        Type::MYSQL_TYPE_VARCHAR | Type::MYSQL_TYPE_VAR_STRING | Type::MYSQL_TYPE_STRING => {
            AnswerKind::Text
        }
        _ => AnswerKind::Other,
    }
}
