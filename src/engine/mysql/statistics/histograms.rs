//! Histograms, and the other statistics that a server keeps beside its storage engines.

use mysql_async::Conn;

use crate::engine::mysql::dialect::MysqlDialect;
use crate::engine::mysql::family::Family;
use crate::engine::mysql::session::rows::{Columns, all};
use crate::engine::{DbError, KeptFacts};
use crate::sql::Dialect;

#[derive(Debug, Clone, PartialEq)]
pub enum Kept {
    /// A document that the server takes back as it printed it.
    Document { table: String, column: String, document: String },
    /// A row of one of the server's own tables, but for the database; values that are no text as hexadecimal digits.
    Row { of: &'static str, columns: &'static [&'static str], values: Vec<Option<String>> },
}

const TABLE: &[&str] = &["table_name", "cardinality"];
const INDEX: &[&str] = &["table_name", "index_name", "prefix_arity", "avg_frequency"];
const COLUMN: &[&str] = &[
    "table_name",
    "column_name",
    "min_value",
    "max_value",
    "nulls_ratio",
    "avg_length",
    "avg_frequency",
    "hist_size",
    "hist_type",
    "histogram",
];
/// Of any bytes.
const BINARY: [&str; 3] = ["min_value", "max_value", "histogram"];

pub async fn read(conn: &mut Conn, family: Family, database: &str) -> Result<Vec<Kept>, DbError> {
    match family {
        Family::Mysql => documents(conn, database).await,
        Family::Mariadb => {
            let mut found = rows(conn, "table_stats", TABLE, database).await?;
            found.extend(rows(conn, "index_stats", INDEX, database).await?);
            found.extend(rows(conn, "column_stats", COLUMN, database).await?);
            Ok(found)
        }
    }
}

async fn documents(conn: &mut Conn, database: &str) -> Result<Vec<Kept>, DbError> {
    let sql = format!(
        "SELECT TABLE_NAME, COLUMN_NAME, HISTOGRAM FROM information_schema.COLUMN_STATISTICS \
         WHERE SCHEMA_NAME = {} ORDER BY 1, 2",
        MysqlDialect.quote_literal(database)
    );
    let kept = |row: Vec<Option<String>>| {
        let mut row = Columns::of(row);
        Kept::Document { table: row.text(), column: row.text(), document: row.text() }
    };
    Ok(all(conn, &sql).await?.into_iter().map(kept).collect())
}

async fn rows(
    conn: &mut Conn,
    of: &'static str,
    columns: &'static [&'static str],
    database: &str,
) -> Result<Vec<Kept>, DbError> {
    let selected = columns.iter().map(|name| match BINARY.contains(name) {
        true => format!("HEX({name})"),
        false => (*name).to_owned(),
    });
    let sql = format!(
        "SELECT {} FROM mysql.{of} WHERE db_name = {}",
        selected.collect::<Vec<_>>().join(", "),
        MysqlDialect.quote_literal(database)
    );
    let kept = |values| Kept::Row { of, columns, values };
    Ok(all(conn, &sql).await?.into_iter().map(kept).collect())
}

/// Rows of the server's own tables, by the table's name.
const ROWS: [(&str, &[&str]); 3] =
    [("table_stats", TABLE), ("index_stats", INDEX), ("column_stats", COLUMN)];
/// What a document goes by.
const DOCUMENT: &str = "histogram";

impl Kept {
    pub fn facts(&self) -> KeptFacts {
        match self {
            Kept::Document { table, column, document } => KeptFacts {
                of: DOCUMENT.to_owned(),
                values: [table, column, document].map(|text| Some(text.clone())).to_vec(),
            },
            Kept::Row { of, values, .. } => {
                KeptFacts { of: (*of).to_owned(), values: values.clone() }
            }
        }
    }

    /// `None` where they are of no form that is known.
    pub fn of_facts(facts: &KeptFacts) -> Option<Kept> {
        if facts.of == DOCUMENT {
            let [Some(table), Some(column), Some(document)] = facts.values.as_slice() else {
                return None;
            };
            let (table, column) = (table.clone(), column.clone());
            return Some(Kept::Document { table, column, document: document.clone() });
        }
        let (of, columns) = ROWS.into_iter().find(|(name, _)| *name == facts.of)?;
        let is_binary = |(name, value): (&&str, &Option<String>)| {
            let digits = |text: &String| text.bytes().all(|byte| byte.is_ascii_hexdigit());
            !BINARY.contains(name) || value.as_ref().is_none_or(digits)
        };
        let whole =
            columns.len() == facts.values.len() && columns.iter().zip(&facts.values).all(is_binary);
        whole.then(|| Kept::Row { of, columns, values: facts.values.clone() })
    }

    /// Takes out what was taken from rows. `false` where nothing is left of it.
    pub fn redact(&mut self) -> bool {
        let Kept::Row { columns, values, .. } = self else { return false };
        for (name, value) in columns.iter().zip(values.iter_mut()) {
            if BINARY.contains(name) {
                *value = None;
            }
        }
        true
    }

    /// Puts it into `database`.
    pub fn statement(&self, database: &str) -> String {
        let quote = |name: &str| MysqlDialect.quote_identifier(name);
        let literal = |text: &str| MysqlDialect.quote_literal(text);
        match self {
            Kept::Document { table, column, document } => format!(
                "ANALYZE TABLE {}.{} UPDATE HISTOGRAM ON {} USING DATA {}",
                quote(database),
                quote(table),
                quote(column),
                literal(document)
            ),
            Kept::Row { of, columns, values } => {
                let values = columns.iter().zip(values).map(|(name, value)| match value {
                    None => "NULL".to_owned(),
                    Some(digits) if BINARY.contains(name) => format!("X'{digits}'"),
                    Some(text) => literal(text),
                });
                format!(
                    "REPLACE INTO mysql.{of} (db_name, {}) VALUES ({}, {})",
                    columns.join(", "),
                    literal(database),
                    values.collect::<Vec<_>>().join(", ")
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_and_bytes_stay_inside_their_quotes() {
        let document = Kept::Document {
            table: "a`b".into(),
            column: "c".into(),
            document: r#"{"buckets": [["it's\\n", 1.0]]}"#.into(),
        };
        assert_eq!(
            document.statement("copy"),
            r#"ANALYZE TABLE `copy`.`a``b` UPDATE HISTOGRAM ON `c` USING DATA '{"buckets": [["it''s\\\\n", 1.0]]}'"#
        );
        let values = vec![Some("t".into()), Some("c".into()), Some("6100".into()), None];
        let row = Kept::Row { of: "column_stats", columns: &COLUMN[..4], values };
        assert_eq!(
            row.statement("copy"),
            "REPLACE INTO mysql.column_stats (db_name, table_name, column_name, min_value, max_value) \
             VALUES ('copy', 't', 'c', X'6100', NULL)"
        );
    }
}
