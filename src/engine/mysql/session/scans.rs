//! How often indexes were read since the server started, where it counts that.

use jiff::{SignedDuration, Timestamp};
use mysql_async::Conn;

use super::rows::{Columns, all, one};
use crate::engine::mysql::family::Family;
use crate::engine::{Catalog, DbError};

/// Rows read through each index. An index that nothing was read through is in the first list only.
fn counted(family: Family) -> &'static str {
    match family {
        Family::Mysql => {
            "SELECT OBJECT_SCHEMA, OBJECT_NAME, INDEX_NAME, COUNT_READ \
             FROM performance_schema.table_io_waits_summary_by_index_usage WHERE INDEX_NAME IS NOT NULL"
        }
        Family::Mariadb => {
            "SELECT TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, ROWS_READ FROM information_schema.INDEX_STATISTICS"
        }
    }
}

/// Whether the server counts at all: without, nothing that was not read could be told from what was not counted.
fn counts(family: Family) -> &'static str {
    match family {
        Family::Mysql => {
            "SELECT COUNT(*) FROM performance_schema.setup_instruments \
             WHERE NAME = 'wait/io/table/sql/handler' AND ENABLED = 'YES' AND @@performance_schema"
        }
        Family::Mariadb => "SELECT @@userstat",
    }
}

/// Nothing is added where the server does not count, or this login may not see it.
pub async fn add(conn: &mut Conn, family: Family, catalog: &mut Catalog) -> Result<(), DbError> {
    let counting = told(one(conn, counts(family)).await)?.flatten();
    if counting.as_deref() != Some("1") {
        return Ok(());
    }
    let Some(rows) = told(all(conn, counted(family)).await)? else { return Ok(()) };
    for index in catalog.tables.iter_mut().flat_map(|table| &mut table.indexes) {
        index.scans = Some(0);
    }
    for row in rows {
        let mut row = Columns::of(row);
        let (schema, table, index, reads) = (row.text(), row.text(), row.text(), row.count());
        let table = catalog.tables.iter_mut().find(|t| t.name == table && t.schema == schema);
        let known = table.and_then(|table| table.indexes.iter_mut().find(|i| i.name == index));
        if let Some(index) = known {
            index.scans = Some(reads);
        }
    }
    let uptime = all(conn, "SHOW GLOBAL STATUS LIKE 'Uptime'").await?.into_iter().next();
    let seconds = uptime.and_then(|row| row.into_iter().nth(1).flatten()?.parse::<i64>().ok());
    catalog.counted_since =
        seconds.and_then(|s| Timestamp::now().checked_sub(SignedDuration::from_secs(s)).ok());
    Ok(())
}

/// `None` where the server refuses the question.
fn told<T>(result: Result<T, DbError>) -> Result<Option<T>, DbError> {
    match result {
        Err(error) if error.ends_session() => Err(error),
        other => Ok(other.ok()),
    }
}
