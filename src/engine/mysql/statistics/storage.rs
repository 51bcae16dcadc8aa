//! What InnoDB keeps of a table: rows, pages, and distinct values of the beginnings of each index.

use std::collections::BTreeMap;

use mysql_async::Conn;

use crate::engine::mysql::dialect::MysqlDialect;
use crate::engine::mysql::family::{Family, Version};
use crate::engine::mysql::session::rows::{Columns, all, one};
use crate::engine::{DbError, StorageFacts};
use crate::sql::Dialect;

#[derive(Debug, Clone, Default, PartialEq)]
pub struct StoredTable {
    /// As users know it.
    pub name: String,
    /// As the storage engine does: of a partition `name#p#part`.
    pub parts: Vec<StorageFacts>,
}

/// All tables of `database`, and whether the storage engine's own figures could be read.
pub async fn read(
    conn: &mut Conn,
    version: &Version,
    database: &str,
) -> Result<(Vec<StoredTable>, bool), DbError> {
    match stored(conn, database).await {
        Ok(parts) if !parts.is_empty() => Ok((tables(parts), true)),
        Err(error) if error.ends_session() => Err(error),
        _ => Ok((tables(told(conn, version, database).await?), false)),
    }
}

async fn stored(conn: &mut Conn, database: &str) -> Result<Vec<StorageFacts>, DbError> {
    let database = MysqlDialect.quote_literal(database);
    let sql = format!(
        "SELECT table_name, n_rows, clustered_index_size, sum_of_other_index_sizes \
         FROM mysql.innodb_table_stats WHERE database_name = {database} ORDER BY 1"
    );
    let mut parts: BTreeMap<String, StorageFacts> = BTreeMap::new();
    for row in all(conn, &sql).await? {
        let mut row = Columns::of(row);
        let name = row.text();
        let (rows, blocks, other_blocks) = (row.count(), row.count(), row.count());
        parts.insert(
            name.clone(),
            StorageFacts { name, rows, blocks, other_blocks, figures: Vec::new() },
        );
    }
    let sql = format!(
        "SELECT table_name, index_name, stat_name, stat_value \
         FROM mysql.innodb_index_stats WHERE database_name = {database} ORDER BY 1, 2, 3"
    );
    for row in all(conn, &sql).await? {
        let mut row = Columns::of(row);
        if let Some(part) = parts.get_mut(&row.text()) {
            part.figures.push((row.text(), row.text(), row.count()));
        }
    }
    Ok(parts.into_values().collect())
}

/// What any login may see of its own tables.
async fn told(
    conn: &mut Conn,
    version: &Version,
    database: &str,
) -> Result<Vec<StorageFacts>, DbError> {
    // These tell twice as many distinct values as there are, to make indexes look better.
    let doubles = version.family == Family::Mariadb && version.number < [11, 0];
    let page = one(conn, "SELECT @@innodb_page_size").await?;
    let page: u64 = page.and_then(|size| size.parse().ok()).unwrap_or(16384);
    let database = MysqlDialect.quote_literal(database);
    let sql = format!(
        "SELECT TABLE_NAME, TABLE_ROWS, DATA_LENGTH, INDEX_LENGTH FROM information_schema.TABLES \
         WHERE TABLE_SCHEMA = {database} AND ENGINE = 'InnoDB' \
         AND COALESCE(CREATE_OPTIONS, '') NOT LIKE '%partitioned%' ORDER BY 1"
    );
    let mut parts: BTreeMap<String, StorageFacts> = BTreeMap::new();
    for row in all(conn, &sql).await? {
        let mut row = Columns::of(row);
        let name = row.text();
        let (rows, blocks, other_blocks) = (row.count(), row.count() / page, row.count() / page);
        parts.insert(
            name.clone(),
            StorageFacts { name, rows, blocks, other_blocks, figures: Vec::new() },
        );
    }
    let sql = format!(
        "SELECT TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX, CARDINALITY FROM information_schema.STATISTICS \
         WHERE TABLE_SCHEMA = {database} AND INDEX_TYPE = 'BTREE' AND CARDINALITY IS NOT NULL ORDER BY 1, 2, 3"
    );
    for row in all(conn, &sql).await? {
        let mut row = Columns::of(row);
        if let Some(part) = parts.get_mut(&row.text()) {
            let (index, place, distinct) = (row.text(), row.count(), row.count());
            let distinct =
                if doubles && distinct < part.rows { distinct.div_ceil(2) } else { distinct };
            part.figures.push((index, format!("n_diff_pfx{place:02}"), distinct));
        }
    }
    Ok(parts.into_values().collect())
}

/// Parts of one table together.
pub fn tables(parts: Vec<StorageFacts>) -> Vec<StoredTable> {
    let mut tables: BTreeMap<String, StoredTable> = BTreeMap::new();
    for part in parts {
        let lower = part.name.to_ascii_lowercase();
        let end = lower.find("#p#").unwrap_or(part.name.len());
        let name = part.name.get(..end).unwrap_or(&part.name).to_owned();
        let table = tables.entry(name.clone()).or_default();
        table.name = name;
        table.parts.push(part);
    }
    tables.into_values().collect()
}

impl StoredTable {
    /// Known by as many rows, part by part.
    pub fn has_rows_of(&self, other: &StoredTable) -> bool {
        let rows = |table: &StoredTable| -> Vec<(String, u64)> {
            table.parts.iter().map(|part| (part.name.clone(), part.rows)).collect()
        };
        self.name == other.name && rows(self) == rows(other)
    }

    /// Only what the copy has figures of is changed: an index that is not there gets none.
    pub fn statements(&self, database: &str) -> Vec<String> {
        self.parts.iter().flat_map(|part| statements(part, database)).collect()
    }
}

/// Puts what is kept of one part into the server's tables.
pub fn statements(part: &StorageFacts, database: &str) -> Vec<String> {
    let literal = |text: &str| MysqlDialect.quote_literal(text);
    let place =
        format!("database_name = {} AND table_name = {}", literal(database), literal(&part.name));
    let mut statements = vec![format!(
        "UPDATE mysql.innodb_table_stats SET n_rows = {}, clustered_index_size = {}, \
         sum_of_other_index_sizes = {} WHERE {place}",
        part.rows,
        part.blocks.max(1),
        part.other_blocks
    )];
    if part.figures.is_empty() {
        return statements;
    }
    let choices = part.figures.iter().map(|(index, figure, value)| {
        format!(
            "WHEN index_name = {} AND stat_name = {} THEN {value}",
            literal(index),
            literal(figure)
        )
    });
    let choices: Vec<String> = choices.collect();
    statements.push(format!(
        "UPDATE mysql.innodb_index_stats SET stat_value = CASE {} ELSE stat_value END WHERE {place}",
        choices.join(" ")
    ));
    statements
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_table_stay_together_and_names_inside_their_quotes() {
        let part = |name: &str| StorageFacts {
            name: name.to_owned(),
            rows: 7,
            blocks: 3,
            other_blocks: 0,
            figures: vec![("i'x".to_owned(), "n_diff_pfx01".to_owned(), 5)],
        };
        let tables = tables(vec![part("sale#P#p0"), part("sale#P#p1"), part("zone")]);
        let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
        assert_eq!(names, ["sale", "zone"]);
        assert_eq!(tables[0].statements("copy").len(), 4);
        let text = tables[1].statements("co'py").join("\n");
        assert!(text.contains("database_name = 'co''py' AND table_name = 'zone'"), "{text}");
        assert!(
            text.contains("index_name = 'i''x' AND stat_name = 'n_diff_pfx01' THEN 5"),
            "{text}"
        );
    }
}
