//! Figures of indexes that the source does not have: as a sorted build over its rows would give them.

use std::collections::BTreeMap;

use super::literal;
use crate::engine::mysql::family::Family;
use crate::engine::mysql::index_grammar::{MARIADB_INDEXES, MYSQL_INDEXES};
use crate::engine::mysql::session::rows::{Columns, all};
use crate::engine::mysql::session::{MysqlSession, rows};
use crate::engine::mysql::statistics::part_statements;
use crate::engine::{DbError, IndexDefinition, IndexGrammar, PlannerState, StorageFacts, Table};

/// Of a column of which nothing tells how many values it has, every value is thought to occur so often.
const UNKNOWN_REPEATS: f64 = 10.0;

/// Columns of the indexes of one table, or of one of its parts.
type Indexes = BTreeMap<String, Vec<String>>;

/// Gives every index that has figures on no table of `state` those it would have. Returns what nothing is known of.
pub async fn added(
    superuser: &mut MysqlSession,
    state: &PlannerState,
) -> Result<Vec<String>, DbError> {
    let database = &state.database.name;
    let sql = format!(
        "SELECT TABLE_NAME, INDEX_NAME, COALESCE(COLUMN_NAME, '') FROM information_schema.STATISTICS \
         WHERE TABLE_SCHEMA = {} AND INDEX_TYPE = 'BTREE' ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX",
        literal(database)
    );
    let mut found: BTreeMap<String, Indexes> = BTreeMap::new();
    for row in all(&mut superuser.conn, &sql).await? {
        let mut row = Columns::of(row);
        let (table, index, column) = (row.text(), row.text(), row.text());
        found.entry(table).or_default().entry(index).or_default().push(column);
    }
    let mut differing = Vec::new();
    for (name, indexes) in found {
        let Some(table) = state.catalog.table(Some(database), &name) else { continue };
        for (index, columns) in indexes {
            if table.indexes.iter().any(|known| known.name == index) {
                continue;
            }
            let made = figures(superuser, state, table, (&index, &columns)).await?;
            if !made.is_known {
                differing.push(format!(
                    "of {} nothing tells how many values it has: {index} is planned as if each occurred {UNKNOWN_REPEATS} times",
                    columns.join(", ")
                ));
            }
        }
    }
    Ok(differing)
}

pub struct Made {
    pub is_known: bool,
}

/// Writes the figures of one index, which is there and empty. What is open has to be closed to see them.
pub async fn figures(
    superuser: &mut MysqlSession,
    state: &PlannerState,
    table: &Table,
    (index, columns): (&str, &[String]),
) -> Result<Made, DbError> {
    let family = superuser.family();
    let grammar: &dyn IndexGrammar = match family {
        Family::Mariadb => &MARIADB_INDEXES,
        Family::Mysql => &MYSQL_INDEXES,
    };
    let named: Vec<&str> = columns.iter().map(String::as_str).collect();
    let definition = IndexDefinition::on(&table.schema, &table.name, "btree", &named);
    let page = state.database.block_bytes.max(1024);
    let mut is_known = true;
    let own = table.name.to_ascii_lowercase();
    let parts = state.storage.iter().filter(|part| {
        let name = part.name.to_ascii_lowercase();
        name == own || name.starts_with(&format!("{own}#p#"))
    });
    for part in parts {
        let rows = part.rows as f64;
        let size = grammar.modelled_bytes(&definition, table, rows).unwrap_or(page);
        let pages = size.div_ceil(page).max(1);
        let mut figures = vec![
            (index.to_owned(), "size".to_owned(), pages),
            (index.to_owned(), "n_leaf_pages".to_owned(), pages),
        ];
        let mut distinct = 1.0;
        for (n, column) in columns.iter().enumerate() {
            let of_column = values(table, part, column);
            is_known &= of_column.is_some();
            let of_column = of_column.unwrap_or((rows / UNKNOWN_REPEATS).max(1.0));
            distinct = f64::min(distinct * of_column.max(1.0), rows.max(1.0));
            figures.push((index.to_owned(), format!("n_diff_pfx{:02}", n + 1), distinct as u64));
        }
        // The key of the row stands behind the columns, so that no two entries are the same.
        for n in columns.len() + 1..=columns.len() + 16 {
            figures.push((index.to_owned(), format!("n_diff_pfx{n:02}"), part.rows));
        }
        let mut whole = part.clone();
        whole.other_blocks += pages;
        whole.figures = figures;
        for statement in part_statements(&whole, &table.schema) {
            rows::run(&mut superuser.conn, &statement).await?;
        }
    }
    let flush = format!(
        "FLUSH TABLE {}.{}",
        super::identifier(&table.schema),
        super::identifier(&table.name)
    );
    rows::run(&mut superuser.conn, &flush).await?;
    Ok(Made { is_known })
}

/// Distinct values of a column: of an index that begins with it, or as the catalog has them.
fn values(table: &Table, part: &StorageFacts, column: &str) -> Option<f64> {
    let leads = |name: &str| {
        let index = table.indexes.iter().find(|index| index.name == name);
        index.and_then(|index| index.keys.first()?.column.as_deref()).is_some_and(|c| c == column)
    };
    let first =
        |(index, figure, _): &&(String, String, u64)| figure == "n_diff_pfx01" && leads(index);
    let indexed = part.figures.iter().find(first).map(|(_, _, value)| *value as f64);
    indexed.or_else(|| table.column(column)?.distinct)
}
