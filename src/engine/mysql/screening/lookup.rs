//! Routines, views, triggers and storage engines behind the names of a statement.

use std::collections::BTreeSet;

use mysql_async::Conn;

use crate::engine::DbError;
use crate::engine::mysql::dialect::MysqlDialect;
use crate::engine::mysql::session::rows;
use crate::sql::Dialect;

type Names = BTreeSet<(Option<String>, String)>;

/// Something with code of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coded {
    pub schema: String,
    pub name: String,
    /// `None`: this login may not see it.
    pub code: Option<String>,
}

/// Stored functions and procedures that `calls` may mean.
pub async fn routines(conn: &mut Conn, calls: &Names) -> Result<Vec<Coded>, DbError> {
    coded(conn, "ROUTINES", "ROUTINE_SCHEMA", "ROUTINE_NAME", "ROUTINE_DEFINITION", calls).await
}

pub async fn views(conn: &mut Conn, names: &Names) -> Result<Vec<Coded>, DbError> {
    coded(conn, "VIEWS", "TABLE_SCHEMA", "TABLE_NAME", "VIEW_DEFINITION", names).await
}

pub async fn triggers(conn: &mut Conn, tables: &Names) -> Result<Vec<Coded>, DbError> {
    coded(conn, "TRIGGERS", "EVENT_OBJECT_SCHEMA", "EVENT_OBJECT_TABLE", "ACTION_STATEMENT", tables)
        .await
}

/// Functions of loaded libraries. None where this login may not look: then it may not call many either.
pub async fn library_functions(conn: &mut Conn, calls: &Names) -> Vec<String> {
    let sql = format!("SELECT name FROM mysql.func WHERE LOWER(name) IN ({})", list(calls));
    let found = rows::all(conn, &sql).await.unwrap_or_default();
    found.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect()
}

/// Settings of the session among `names`.
pub async fn settings(conn: &mut Conn, names: &Names) -> Result<Vec<String>, DbError> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!("SHOW SESSION VARIABLES WHERE LOWER(Variable_name) IN ({})", list(names));
    let found = rows::all(conn, &sql).await?;
    Ok(found.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect())
}

/// A table among `names` that cannot roll back, with its storage engine.
pub async fn without_transactions(
    conn: &mut Conn,
    names: &Names,
) -> Result<Option<(String, String)>, DbError> {
    let sql = format!(
        "SELECT t.TABLE_NAME, t.ENGINE FROM information_schema.TABLES t \
         JOIN information_schema.ENGINES e ON e.ENGINE = t.ENGINE \
         WHERE COALESCE(e.TRANSACTIONS, 'NO') <> 'YES' AND t.TABLE_TYPE = 'BASE TABLE' AND {} LIMIT 1",
        among("t.TABLE_SCHEMA", "t.TABLE_NAME", names)
    );
    let row = rows::all(conn, &sql).await?.into_iter().next();
    let mut columns = row.into_iter().flatten().flatten();
    Ok(columns.next().zip(columns.next()))
}

async fn coded(
    conn: &mut Conn,
    table: &str,
    schema: &str,
    name: &str,
    code: &str,
    names: &Names,
) -> Result<Vec<Coded>, DbError> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT {schema}, {name}, NULLIF({code}, '') FROM information_schema.{table} WHERE {}",
        among(schema, name, names)
    );
    let rows = rows::all(conn, &sql).await?;
    Ok(rows.into_iter().filter_map(row).collect())
}

fn row(row: Vec<Option<String>>) -> Option<Coded> {
    let mut columns = row.into_iter();
    let mut next = || columns.next().flatten();
    Some(Coded { schema: next()?, name: next()?, code: next() })
}

/// Names are taken in every schema that is written somewhere, and in the current one: too many rather than too few.
fn among(schema: &str, name: &str, names: &Names) -> String {
    let literal = |text: &str| MysqlDialect.quote_literal(text);
    let schemas: BTreeSet<String> = names
        .iter()
        .filter_map(|(schema, _)| schema.as_deref())
        .filter(|s| can_be_a_name(s))
        .map(literal)
        .collect();
    let schemas: Vec<String> =
        std::iter::once("LOWER(DATABASE())".to_owned()).chain(schemas).collect();
    format!("LOWER({schema}) IN ({}) AND LOWER({name}) IN ({})", schemas.join(", "), list(names))
}

/// The servers' own names hold nothing beyond the basic plane of Unicode, and would not be compared with a text that does.
fn can_be_a_name(name: &str) -> bool {
    name.chars().all(|c| u32::from(c) <= 0xFFFF)
}

fn list(names: &Names) -> String {
    let possible = names.iter().filter(|(_, name)| can_be_a_name(name));
    let names: BTreeSet<String> =
        possible.map(|(_, name)| MysqlDialect.quote_literal(name)).collect();
    match names.is_empty() {
        true => "NULL".to_owned(),
        false => names.into_iter().collect::<Vec<_>>().join(", "),
    }
}
