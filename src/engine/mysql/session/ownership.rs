//! Which index is which, and the rights that making one takes.
//!
//! These servers have no number for an index that outlives a rebuild of its table. What tells one from others is its
//! table, its name and its keys together: a number is made of them.

use mysql_async::Conn;

use super::rows::{Columns, all, one};
use crate::engine::mysql::dialect::MysqlDialect;
use crate::engine::mysql::family::Family;
use crate::engine::mysql::index_grammar;
use crate::engine::{DbError, NewObject, ObjectKind, Occupant};
use crate::sql::Dialect;

fn literal(text: &str) -> String {
    MysqlDialect.quote_literal(text)
}

struct Known {
    schema: String,
    table: String,
    name: String,
    keys: String,
}

impl Known {
    /// FNV-1a, over all parts with their ends.
    fn number(&self) -> u64 {
        let parts = [&self.schema, &self.table, &self.name, &self.keys];
        let bytes = parts.into_iter().flat_map(|part| part.bytes().chain([0]));
        bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    }
}

async fn indexes(conn: &mut Conn, condition: &str) -> Result<Vec<Known>, DbError> {
    let sql = format!(
        "SELECT TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, \
                GROUP_CONCAT(COALESCE(COLUMN_NAME, '()'), COALESCE(SUB_PART, '') ORDER BY SEQ_IN_INDEX) \
         FROM information_schema.STATISTICS WHERE {condition} GROUP BY 1, 2, 3"
    );
    let rows = all(conn, &sql).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let mut row = Columns::of(row);
            Known { schema: row.text(), table: row.text(), name: row.text(), keys: row.text() }
        })
        .collect())
}

pub async fn occupant(conn: &mut Conn, object: &NewObject) -> Result<Option<Occupant>, DbError> {
    if object.kind != ObjectKind::Index {
        return Ok(None);
    }
    let schema = object.schema.as_deref().map_or("DATABASE()".to_owned(), literal);
    let condition = format!(
        "TABLE_SCHEMA = {schema} AND TABLE_NAME = {} AND INDEX_NAME = {}",
        literal(&object.table),
        literal(&object.name)
    );
    let found = indexes(conn, &condition).await?.into_iter().next();
    // A build that fails takes along what it had made.
    Ok(found.map(|known| Occupant { id: known.number(), of_table: true, is_leftover: false }))
}

pub async fn drop_statement(
    conn: &mut Conn,
    family: Family,
    kind: ObjectKind,
    id: u64,
) -> Result<Option<String>, DbError> {
    if kind != ObjectKind::Index {
        return Ok(None);
    }
    let known = indexes(conn, super::catalog::USERS_OWN).await?;
    Ok(known.into_iter().find(|known| known.number() == id).map(|known| {
        index_grammar::drop_statement(family, (&known.schema, &known.table), &known.name, true)
    }))
}

/// A sentence for each object that this login may not create, as far as its own grants tell: what comes through a role is
/// taken to be enough.
pub async fn missing_rights(
    conn: &mut Conn,
    objects: &[NewObject],
) -> Result<Vec<Option<String>>, DbError> {
    let user = one(conn, "SELECT CURRENT_USER()").await?.unwrap_or_default();
    let role = one(conn, "SELECT CURRENT_ROLE()").await.ok().flatten();
    let by_role = role.is_some_and(|role| !role.is_empty() && role != "NONE");
    let mut missing = Vec::with_capacity(objects.len());
    for object in objects {
        let may = by_role || object.kind != ObjectKind::Index || may_index(conn, object).await?;
        missing.push(
            (!may).then(|| format!("{user} has no right INDEX on the table {}", object.table)),
        );
    }
    Ok(missing)
}

async fn may_index(conn: &mut Conn, object: &NewObject) -> Result<bool, DbError> {
    let schema = object.schema.as_deref().map_or("DATABASE()".to_owned(), literal);
    let table = literal(&object.table);
    let mine = "GRANTEE = CONCAT('''', REPLACE(CURRENT_USER(), '@', '''@'''), '''') \
                AND PRIVILEGE_TYPE = 'INDEX'";
    let sql = format!(
        "SELECT EXISTS (SELECT 1 FROM information_schema.USER_PRIVILEGES WHERE {mine}) \
             OR EXISTS (SELECT 1 FROM information_schema.SCHEMA_PRIVILEGES \
                        WHERE {mine} AND {schema} LIKE TABLE_SCHEMA) \
             OR EXISTS (SELECT 1 FROM information_schema.TABLE_PRIVILEGES \
                        WHERE {mine} AND TABLE_SCHEMA = {schema} AND TABLE_NAME = {table})"
    );
    Ok(one(conn, &sql).await?.as_deref() == Some("1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_key_makes_another_index() {
        let known = |keys: &str| Known {
            schema: "s".into(),
            table: "t".into(),
            name: "i".into(),
            keys: keys.into(),
        };
        assert_eq!(known("a,b").number(), known("a,b").number());
        assert_ne!(known("a,b").number(), known("a").number());
    }
}
