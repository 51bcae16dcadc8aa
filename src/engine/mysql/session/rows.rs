//! Small questions to the server, answered as text.

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Row, Value};

use crate::engine::DbError;
use crate::engine::mysql::failure;

/// Runs a statement for its effect.
pub async fn run(conn: &mut Conn, sql: &str) -> Result<(), DbError> {
    conn.query_drop(sql).await.map_err(failure::of_statement)
}

/// Every row, every column as text.
pub async fn all(conn: &mut Conn, sql: &str) -> Result<Vec<Vec<Option<String>>>, DbError> {
    let rows: Vec<Row> = conn.query(sql).await.map_err(failure::of_statement)?;
    Ok(rows.into_iter().map(|row| row.unwrap().into_iter().map(text).collect()).collect())
}

/// The first column of the first row.
pub async fn one(conn: &mut Conn, sql: &str) -> Result<Option<String>, DbError> {
    let rows = all(conn, sql).await?;
    Ok(rows.into_iter().next().and_then(|row| row.into_iter().next().flatten()))
}

/// The text protocol sends bytes; the other kinds come from prepared statements only.
pub fn text(value: Value) -> Option<String> {
    match value {
        Value::NULL => None,
        Value::Bytes(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        Value::Int(number) => Some(number.to_string()),
        Value::UInt(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Double(number) => Some(number.to_string()),
        other => Some(other.as_sql(true).trim_matches('\'').to_owned()),
    }
}

/// One row of an answer, by position.
pub struct Columns(std::vec::IntoIter<Option<String>>);

impl Columns {
    pub fn of(row: Vec<Option<String>>) -> Columns {
        Columns(row.into_iter())
    }

    pub fn optional(&mut self) -> Option<String> {
        self.0.next().flatten()
    }

    pub fn text(&mut self) -> String {
        self.optional().unwrap_or_default()
    }

    pub fn number(&mut self) -> Option<f64> {
        self.optional()?.parse().ok()
    }

    pub fn count(&mut self) -> u64 {
        self.number().map_or(0, |number| number.max(0.0) as u64)
    }

    pub fn flag(&mut self) -> bool {
        matches!(self.optional().as_deref(), Some("1" | "YES"))
    }
}
