//! What stands beside a table: its triggers, and the histograms that are kept of its columns.

use mysql_async::Conn;

use super::catalog::owner;
use super::rows::{Columns, all};
use crate::engine::mysql::family::Family;
use crate::engine::{DbError, Table};

const TRIGGERS: &str = "SELECT EVENT_OBJECT_SCHEMA, EVENT_OBJECT_TABLE, TRIGGER_NAME FROM information_schema.TRIGGERS ORDER BY 1, 2, 3";

fn histograms(family: Family) -> &'static str {
    match family {
        Family::Mysql => {
            "SELECT SCHEMA_NAME, TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMN_STATISTICS ORDER BY 1, 2, 3"
        }
        Family::Mariadb => {
            "SELECT db_name, table_name, column_name FROM mysql.column_stats WHERE histogram IS NOT NULL ORDER BY 1, 2, 3"
        }
    }
}

/// Not every login may see either: then there is none as far as it is told.
pub async fn add(conn: &mut Conn, family: Family, tables: &mut [Table]) -> Result<(), DbError> {
    for row in told(all(conn, TRIGGERS).await)? {
        let mut row = Columns::of(row);
        if let Some(table) = owner(tables, &mut row) {
            table.triggers.push(row.text());
        }
    }
    for row in told(all(conn, histograms(family)).await)? {
        let mut row = Columns::of(row);
        if let Some(table) = owner(tables, &mut row) {
            table.statistics.histograms.push(row.text());
        }
    }
    Ok(())
}

fn told<T: Default>(result: Result<T, DbError>) -> Result<T, DbError> {
    match result {
        Err(error) if error.ends_session() => Err(error),
        other => Ok(other.unwrap_or_default()),
    }
}
