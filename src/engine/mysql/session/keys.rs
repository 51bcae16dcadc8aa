//! Foreign keys, and when statistics were last gathered.

use mysql_async::Conn;

use super::catalog::{USERS_OWN, owner};
use super::rows::{Columns, all};
use crate::engine::{DbError, ForeignKey, Table};

pub async fn add(conn: &mut Conn, tables: &mut [Table]) -> Result<(), DbError> {
    let sql = format!(
        "SELECT TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_SCHEMA, \
         REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE \
         WHERE {USERS_OWN} AND REFERENCED_TABLE_NAME IS NOT NULL \
         ORDER BY 1, 2, 3, ORDINAL_POSITION"
    );
    for row in all(conn, &sql).await? {
        let mut row = Columns::of(row);
        if let Some(table) = owner(tables, &mut row) {
            add_column(table, row);
        }
    }
    add_analysed(conn, tables).await;
    Ok(())
}

fn add_column(table: &mut Table, mut row: Columns) {
    let (name, column) = (row.text(), row.text());
    let (schema, referenced, referenced_column) = (row.text(), row.text(), row.text());
    let known = table.foreign_keys.iter_mut().find(|key| key.name == name);
    match known {
        Some(key) => {
            key.columns.push(column);
            key.referenced_columns.push(referenced_column);
        }
        None => table.foreign_keys.push(ForeignKey {
            name,
            columns: vec![column],
            referenced_schema: schema,
            referenced_table: referenced,
            referenced_columns: vec![referenced_column],
        }),
    }
}

/// Where InnoDB's own statistics can be read.
async fn add_analysed(conn: &mut Conn, tables: &mut [Table]) {
    let sql = "SELECT database_name, table_name, n_rows, \
               CAST(UNIX_TIMESTAMP(last_update) AS UNSIGNED) FROM mysql.innodb_table_stats";
    for row in all(conn, sql).await.unwrap_or_default() {
        let mut row = Columns::of(row);
        let Some(table) = owner(tables, &mut row) else { continue };
        table.statistics.live_rows = row.number();
        // The storage engine goes on counting rows in memory: how far it has come from what was analysed.
        let counted = table.statistics.live_rows.map(|analysed| (table.rows - analysed).abs());
        table.statistics.modified_since = counted;
        let seconds = row.number().map(|seconds| seconds as i64);
        table.statistics.last_analyzed =
            seconds.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    }
}
