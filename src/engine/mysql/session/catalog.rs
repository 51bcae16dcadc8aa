//! Tables and columns, from information_schema.

use mysql_async::Conn;

use super::rows::{Columns, all, one};
use super::{indexes, keys};
use crate::engine::mysql::family::Family;
use crate::engine::{Catalog, Column, DbError, Table, TableActivity, TableStatistics};

/// Restricts a query on information_schema to what users made.
pub const USERS_OWN: &str =
    "TABLE_SCHEMA NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')";

pub async fn read(conn: &mut Conn, family: Family) -> Result<Catalog, DbError> {
    let page = one(conn, "SELECT @@innodb_page_size").await?;
    let page = page.and_then(|size| size.parse().ok()).unwrap_or(16384);
    let mut tables = tables(conn, page).await?;
    add_columns(conn, &mut tables).await?;
    indexes::add(conn, family, &mut tables, page).await?;
    keys::add(conn, &mut tables).await?;
    let search_path = one(conn, "SELECT DATABASE()").await?.into_iter().collect();
    Ok(Catalog { tables, search_path, ..Catalog::default() })
}

/// The table of a row that begins with its schema and name.
pub fn owner<'a>(tables: &'a mut [Table], row: &mut Columns) -> Option<&'a mut Table> {
    let (schema, name) = (row.text(), row.text());
    tables.iter_mut().find(|table| table.name == name && table.schema == schema)
}

async fn tables(conn: &mut Conn, page: u64) -> Result<Vec<Table>, DbError> {
    let sql = format!(
        "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, TABLE_ROWS, DATA_LENGTH \
         FROM information_schema.TABLES WHERE {USERS_OWN} ORDER BY 1, 2"
    );
    let rows = all(conn, &sql).await?;
    Ok(rows.into_iter().map(|row| table(Columns::of(row), page)).collect())
}

fn table(mut row: Columns, page: u64) -> Table {
    let (schema, name, kind) = (row.text(), row.text(), row.text());
    let rows = row.number().unwrap_or(0.0);
    let bytes = row.count();
    Table {
        schema,
        name,
        kind: if kind.contains("VIEW") { "view" } else { "table" }.to_owned(),
        partition_of: None,
        rows,
        pages: bytes / page.max(1),
        bytes,
        visible_fraction: None,
        columns: Vec::new(),
        indexes: Vec::new(),
        foreign_keys: Vec::new(),
        statistics: TableStatistics::default(),
        activity: TableActivity::default(),
    }
}

async fn add_columns(conn: &mut Conn, tables: &mut [Table]) -> Result<(), DbError> {
    let sql = format!(
        "SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, \
         COALESCE(GENERATION_EXPRESSION, ''), COLLATION_NAME \
         FROM information_schema.COLUMNS WHERE {USERS_OWN} ORDER BY 1, 2, ORDINAL_POSITION"
    );
    for row in all(conn, &sql).await? {
        let mut row = Columns::of(row);
        if let Some(table) = owner(tables, &mut row) {
            table.columns.push(column(row));
        }
    }
    Ok(())
}

fn column(mut row: Columns) -> Column {
    Column {
        name: row.text(),
        data_type: row.text(),
        not_null: !row.flag(),
        generated: !row.text().is_empty(),
        distinct: None,
        null_fraction: None,
        average_width: None,
        correlation: None,
        common_values: Vec::new(),
        collation: row.optional(),
    }
}
