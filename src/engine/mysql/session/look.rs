//! Rows with names, of a statement that may be a SHOW.

use mysql_async::consts::ColumnType;
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Row};
use serde_json::Value;

use super::rows::text;
use crate::engine::mysql::failure;
use crate::engine::{DbError, Look, Seen};

pub async fn rows(conn: &mut Conn, look: &Look) -> Result<Vec<Seen>, DbError> {
    let rows: Vec<Row> = conn.query(look.sql.as_str()).await.map_err(failure::of_statement)?;
    Ok(rows.into_iter().map(|row| named(row, look)).collect())
}

/// Names in lower case, as the look calls them.
fn named(row: Row, look: &Look) -> Seen {
    let columns = row.columns();
    let values = row.unwrap();
    let pairs = columns.iter().zip(values).map(|(column, value)| {
        let name = column.name_str().to_lowercase();
        let name = look.names.get(&name).cloned().unwrap_or(name);
        (name, of_kind(column.column_type(), text(value)))
    });
    pairs.collect()
}

fn of_kind(kind: ColumnType, text: Option<String>) -> Value {
    use ColumnType::{
        MYSQL_TYPE_DECIMAL, MYSQL_TYPE_DOUBLE, MYSQL_TYPE_FLOAT, MYSQL_TYPE_INT24, MYSQL_TYPE_LONG,
        MYSQL_TYPE_LONGLONG, MYSQL_TYPE_NEWDECIMAL, MYSQL_TYPE_SHORT, MYSQL_TYPE_TINY,
    };
    let numeric = [
        MYSQL_TYPE_DECIMAL,
        MYSQL_TYPE_DOUBLE,
        MYSQL_TYPE_FLOAT,
        MYSQL_TYPE_INT24,
        MYSQL_TYPE_LONG,
        MYSQL_TYPE_LONGLONG,
        MYSQL_TYPE_NEWDECIMAL,
        MYSQL_TYPE_SHORT,
        MYSQL_TYPE_TINY,
    ];
    let Some(text) = text else { return Value::Null };
    match text.parse::<f64>() {
        Ok(number) if numeric.contains(&kind) && number.is_finite() => whole(number),
        _ => Value::String(text),
    }
}

/// Numbers of sessions and rows are whole, and printed so.
fn whole(number: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match number.fract() == 0.0 && number.abs() < EXACT {
        true => Value::from(number as i64),
        false => Value::from(number),
    }
}
