//! Parts of tables and kept answers, as MySQL and MariaDB spell them.

use super::dialect::MysqlDialect;
use crate::engine::{Kept, LayoutGrammar, Parted, Partitioning};
use crate::sql::Dialect;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MysqlLayout;

fn quoted(name: &str) -> String {
    MysqlDialect.quote_identifier(name)
}

impl LayoutGrammar for MysqlLayout {
    fn is_time(&self, data_type: &str) -> bool {
        ["date", "datetime", "timestamp"].iter().any(|kind| data_type.starts_with(kind))
    }

    /// Statistics there keep no order of rows, and so nothing tells that a table grows with time.
    fn span_query(&self, _schema: &str, _table: &str, _column: &str) -> Option<String> {
        None
    }

    fn partition(&self, partitioning: &Partitioning<'_>) -> Parted {
        let Partitioning { schema, table, column, bounds } = *partitioning;
        let column = quoted(column);
        let parts = bounds.windows(2).map(|pair| {
            let part = quoted(&format!("p{}", pair[0].replace('-', "")));
            format!("PARTITION {part} VALUES LESS THAN ('{}')", pair[1])
        });
        let parts: Vec<String> =
            parts.chain(["PARTITION rest VALUES LESS THAN (MAXVALUE)".to_owned()]).collect();
        let table = format!("{}.{}", quoted(schema), quoted(table));
        let parts = parts.join(", ");
        Parted {
            make: vec![format!(
                "ALTER TABLE {table} PARTITION BY RANGE COLUMNS ({column}) ({parts});"
            )],
            swap: Vec::new(),
            undo: vec![format!("ALTER TABLE {table} REMOVE PARTITIONING;")],
        }
    }

    /// There are no materialized views: a table, filled anew in a transaction of its own.
    fn keep(&self, name: &str, sql: &str) -> Kept {
        let table = quoted(name);
        let sql = sql.trim().trim_end_matches(';');
        Kept {
            create: format!("CREATE TABLE {table} AS\n{sql};"),
            refresh: vec![
                "START TRANSACTION;".to_owned(),
                format!("DELETE FROM {table};"),
                format!("INSERT INTO {table}\n{sql};"),
                "COMMIT;".to_owned(),
            ],
            read: format!("SELECT * FROM {table}"),
            undo: format!("DROP TABLE {table};"),
        }
    }
}
