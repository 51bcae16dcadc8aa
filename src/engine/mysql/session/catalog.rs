//! Tables and columns, from information_schema.

use mysql_async::Conn;

use super::rows::{Columns, all, one};
use super::{beside, indexes, keys, scans};
use crate::engine::mysql::family::Family;
use crate::engine::mysql::index_grammar::{types, width};
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
    beside::add(conn, family, &mut tables).await?;
    tables.iter_mut().for_each(know_long_values);
    let search_path = one(conn, "SELECT DATABASE()").await?.into_iter().collect();
    let mut catalog = Catalog { tables, search_path, ..Catalog::default() };
    scans::add(conn, family, &mut catalog).await?;
    Ok(catalog)
}

/// The table of a row that begins with its schema and name.
pub fn owner<'a>(tables: &'a mut [Table], row: &mut Columns) -> Option<&'a mut Table> {
    let (schema, name) = (row.text(), row.text());
    tables.iter_mut().find(|table| table.name == name && table.schema == schema)
}

async fn tables(conn: &mut Conn, page: u64) -> Result<Vec<Table>, DbError> {
    let sql = format!(
        "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, TABLE_ROWS, DATA_LENGTH, ENGINE \
         FROM information_schema.TABLES WHERE {USERS_OWN} ORDER BY 1, 2"
    );
    let rows = all(conn, &sql).await?;
    Ok(rows.into_iter().map(|row| table(Columns::of(row), page)).collect())
}

fn table(mut row: Columns, page: u64) -> Table {
    let (schema, name, kind) = (row.text(), row.text(), row.text());
    let rows = row.number().unwrap_or(0.0);
    let bytes = row.count();
    let storage = row.optional();
    Table {
        schema,
        name,
        kind: if kind.contains("VIEW") { "view" } else { "table" }.to_owned(),
        partition_of: None,
        rows,
        pages: bytes / page.max(1),
        bytes,
        // An index of these servers answers alone whenever it holds all that is asked.
        visible_fraction: Some(1.0),
        columns: Vec::new(),
        indexes: Vec::new(),
        foreign_keys: Vec::new(),
        statistics: TableStatistics::default(),
        activity: TableActivity::default(),
        storage,
        triggers: Vec::new(),
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

/// What a row takes beyond its short values is what its long ones take.
fn know_long_values(table: &mut Table) {
    let row = table.bytes as f64 / table.rows.max(1.0) * FILLED;
    let (long, short): (Vec<_>, Vec<_>) =
        table.columns.iter_mut().partition(|column| types::is_long(&column.data_type));
    let short: f64 = short.iter().filter_map(|column| column.average_width).sum();
    let each = (row - short) / long.len().max(1) as f64;
    for column in long {
        column.average_width = column.average_width.map(|known| known.max(each));
    }
}

/// Share of a table's pages that rows take.
const FILLED: f64 = 0.9;

fn column(mut row: Columns) -> Column {
    let mut column = Column {
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
    };
    column.average_width = Some(width(&column));
    column
}
