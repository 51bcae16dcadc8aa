//! Indexes, from information_schema and, where it can be read, InnoDB's own statistics.

use std::collections::BTreeMap;

use mysql_async::Conn;

use super::catalog::{USERS_OWN, owner};
use super::rows::{Columns, all};
use crate::engine::mysql::dialect::MysqlDialect;
use crate::engine::mysql::family::Family;
use crate::engine::{DbError, Index, IndexKey, Table};
use crate::sql::Dialect;

/// Bytes by schema, table and index.
type Sizes = BTreeMap<(String, String, String), u64>;

pub async fn add(
    conn: &mut Conn,
    family: Family,
    tables: &mut [Table],
    page: u64,
) -> Result<(), DbError> {
    let sizes = sizes(conn, page).await;
    // A key part may be an expression instead of a column, where the server has such.
    let (expression, hidden) = match family {
        Family::Mysql => ("EXPRESSION", "IS_VISIBLE = 'NO'"),
        Family::Mariadb => ("NULL", "IGNORED = 'YES'"),
    };
    let sql = format!(
        "SELECT TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, COLUMN_NAME, NON_UNIQUE, INDEX_TYPE, \
         COLLATION, CARDINALITY, SUB_PART, SEQ_IN_INDEX, {expression}, {hidden} \
         FROM information_schema.STATISTICS WHERE {USERS_OWN} ORDER BY 1, 2, 3, SEQ_IN_INDEX"
    );
    for row in all(conn, &sql).await? {
        let mut row = Columns::of(row);
        if let Some(table) = owner(tables, &mut row) {
            add_key(table, row);
        }
    }
    for table in tables {
        finish(table, &sizes, family);
    }
    Ok(())
}

/// One column of an index; the first one begins the index.
fn add_key(table: &mut Table, mut row: Columns) {
    let (name, column) = (row.text(), row.text());
    let unique = row.text() == "0";
    let method = row.text().to_lowercase();
    let descending = row.optional().as_deref() == Some("D");
    let distinct = row.number();
    let prefix = row.optional();
    let first = row.count() == 1;
    // Printed as if inside a string.
    let expression = row.optional().map(|text| text.replace("\\'", "'"));
    if first {
        note_distinct(table, &column, distinct);
        let hidden = row.flag();
        table.indexes.push(Index { hidden, ..empty(&name, method, unique) });
    }
    let Some(index) = table.indexes.last_mut().filter(|index| index.name == name) else { return };
    let quoted = match &expression {
        Some(expression) => format!("({expression})"),
        None => MysqlDialect.quote_identifier(&column),
    };
    index.keys.push(IndexKey {
        text: prefix.as_ref().map_or(quoted.clone(), |length| format!("{quoted}({length})")),
        // Part of a column, or an expression on it, neither sorts nor covers as the column does.
        column: (prefix.is_none() && expression.is_none()).then_some(column),
        descending,
        nulls_first: descending,
        operator_class: None,
        collation: None,
    });
}

fn empty(name: &str, method: String, unique: bool) -> Index {
    Index {
        name: name.to_owned(),
        method,
        keys: Vec::new(),
        include: Vec::new(),
        predicate: None,
        unique,
        primary: name == "PRIMARY",
        constraint: unique,
        valid: true,
        hidden: false,
        bytes: 0,
        scans: None,
        ddl: String::new(),
    }
}

/// The cardinality of an index's first column is that of the column.
fn note_distinct(table: &mut Table, column: &str, distinct: Option<f64>) {
    if let Some(column) = table.columns.iter_mut().find(|known| known.name == column) {
        let larger = |known: f64| known.max(distinct.unwrap_or(known));
        column.distinct = column.distinct.map(larger).or(distinct);
    }
}

fn finish(table: &mut Table, sizes: &Sizes, family: Family) {
    let (schema, name) = (table.schema.clone(), table.name.clone());
    for index in &mut table.indexes {
        let key = (schema.clone(), name.clone(), index.name.clone());
        index.bytes = sizes.get(&key).copied().unwrap_or(0);
        index.ddl = ddl(&schema, &name, index, family);
    }
}

fn ddl(schema: &str, table: &str, index: &Index, family: Family) -> String {
    let quote = |name: &str| MysqlDialect.quote_identifier(name);
    let direction = |key: &IndexKey| if key.descending { " DESC" } else { "" };
    let keys: Vec<String> =
        index.keys.iter().map(|key| format!("{}{}", key.text, direction(key))).collect();
    let keys = keys.join(", ");
    let table = format!("{}.{}", quote(schema), quote(table));
    if index.primary {
        return format!("ALTER TABLE {table} ADD PRIMARY KEY ({keys})");
    }
    let kind = match (index.unique, index.method.as_str()) {
        (true, _) => "UNIQUE ",
        (_, "fulltext") => "FULLTEXT ",
        (_, "spatial") => "SPATIAL ",
        _ => "",
    };
    let sight = match (index.hidden, family) {
        (false, _) => "",
        (true, Family::Mysql) => " INVISIBLE",
        (true, Family::Mariadb) => " IGNORED",
    };
    format!("CREATE {kind}INDEX {} ON {table} ({keys}){sight}", quote(&index.name))
}

/// Not every login may read the server's own schema: then sizes stay unknown.
async fn sizes(conn: &mut Conn, page: u64) -> Sizes {
    let sql = "SELECT database_name, table_name, index_name, stat_value \
               FROM mysql.innodb_index_stats WHERE stat_name = 'size'";
    let rows = all(conn, sql).await.unwrap_or_default();
    let size = |row: Vec<Option<String>>| {
        let mut row = Columns::of(row);
        ((row.text(), row.text(), row.text()), row.count() * page)
    };
    rows.into_iter().map(size).collect()
}
