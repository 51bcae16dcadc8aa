//! Prepared statements, run to their last row.

use std::time::Instant;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Params as DriverParams, Statement, Value};

use super::rows::run;
use crate::engine::mysql::failure;
use crate::engine::{DbError, DbErrorKind, Execution};

/// A statement prepared on this session.
pub struct Prepared {
    pub statement: Statement,
    /// Of the session that it was written for.
    pub settings: Vec<(String, String)>,
}

pub async fn prepare(conn: &mut Conn, sql: &str) -> Result<Statement, DbError> {
    conn.prep(sql).await.map_err(failure::of_statement)
}

/// Every value is sent as text; the server converts it to what the place needs.
pub fn values(statement: &Statement, params: &[Option<String>]) -> Result<DriverParams, DbError> {
    let wanted = usize::from(statement.num_params());
    if wanted != params.len() {
        let message =
            format!("the statement takes {wanted} parameters, {} are given", params.len());
        return Err(DbError::new(DbErrorKind::Statement, message)
            .with_remedy("complete the -- params: line of the query"));
    }
    let value = |param: &Option<String>| match param {
        Some(text) => Value::Bytes(text.clone().into_bytes()),
        None => Value::NULL,
    };
    Ok(match params {
        [] => DriverParams::Empty,
        params => DriverParams::Positional(params.iter().map(value).collect()),
    })
}

/// Rows returned, or rows changed where none are.
pub async fn execute(
    conn: &mut Conn,
    prepared: &Prepared,
    params: &[Option<String>],
) -> Result<Execution, DbError> {
    let params = values(&prepared.statement, params)?;
    let started = Instant::now();
    let mut result =
        conn.exec_iter(&prepared.statement, params).await.map_err(failure::of_statement)?;
    let changed = result.affected_rows();
    let returns_rows = result.columns().is_some_and(|columns| !columns.is_empty());
    let mut returned = 0;
    while result.next().await.map_err(failure::of_statement)?.is_some() {
        returned += 1;
    }
    result.drop_result().await.map_err(failure::of_statement)?;
    let elapsed = started.elapsed();
    Ok(Execution { elapsed, rows: if returns_rows { returned } else { changed } })
}

/// What a transaction around a statement may do before it is rolled back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Write.
    RolledBack,
    /// Read: the mode of a transaction that runs cannot be changed.
    ReadOnly,
}

pub async fn begin(conn: &mut Conn, until: Until) -> Result<(), DbError> {
    match until {
        Until::RolledBack => run(conn, "START TRANSACTION READ WRITE").await,
        Until::ReadOnly => run(conn, "START TRANSACTION READ ONLY").await,
    }
}

pub async fn roll_back(conn: &mut Conn) -> Result<(), DbError> {
    run(conn, "ROLLBACK").await
}
