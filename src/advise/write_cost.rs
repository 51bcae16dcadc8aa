//! What an index costs whoever writes to its table.

use std::collections::BTreeSet;

use crate::engine::{IndexDefinition, KeySubject, Table};
use crate::run::Run;
use crate::sql::StatementKind;

/// Bytes of a row's and of an index entry's header with their line pointers.
const ROW_HEADER: f64 = 27.0;
const ENTRY_HEADER: f64 = 8.0;
/// Of a key or column whose width no statistics tell.
const UNKNOWN_WIDTH: f64 = 16.0;

/// Share by which the index makes writing a row of its table dearer: the bytes of its entry over
/// those of the row, for the rows it holds; and one whole row more for each update that could stay
/// in its page before and cannot now, because `updated` names a column of the index.
///
/// The weight of bytes follows pganalyze's model (see the project's notes on index advice).
pub fn write_overhead(
    index: &IndexDefinition,
    table: &Table,
    share: f64,
    updated: &BTreeSet<String>,
) -> f64 {
    let width =
        |name: &str| table.column(name).and_then(|c| c.average_width).unwrap_or(UNKNOWN_WIDTH);
    let keys = index.keys.iter().map(|key| match &key.subject {
        KeySubject::Column(name) => width(name),
        KeySubject::Expression(_) => UNKNOWN_WIDTH,
    });
    let entry: f64 = keys.chain(index.include.iter().map(|name| width(name))).sum();
    let row: f64 = table.columns.iter().map(|column| width(&column.name)).sum();
    let bytes = (ENTRY_HEADER + entry) / (ROW_HEADER + row) * share;
    bytes + lost_in_page_updates(index, table, updated)
}

/// Columns of `table` that statements of the workload set.
pub fn updated_columns(run: &Run, table: &str) -> BTreeSet<String> {
    let own = run.queries.iter().filter_map(|query| query.shape.as_ref()).filter(|shape| {
        shape.kind == StatementKind::Write && shape.tables.iter().any(|t| t.name == table)
    });
    own.flat_map(|shape| assigned(&shape.normalised)).collect()
}

/// Words before an equals sign between SET and WHERE: more of them than columns does no harm.
fn assigned(statement: &str) -> Vec<String> {
    let upper = statement.to_ascii_uppercase();
    let Some(start) = upper.find(" SET ") else { return Vec::new() };
    let end = upper[start..].find(" WHERE ").map_or(statement.len(), |end| start + end);
    let assignments = statement.get(start + 5..end).unwrap_or_default().split('=');
    let word = |text: &str| {
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '"';
        let word = text.trim_end().rsplit(|c| !is_part(c)).next().unwrap_or_default();
        word.trim_matches('"').to_owned()
    };
    assignments.map(word).filter(|word| !word.is_empty()).collect()
}

/// Share of all writes that are in-page updates now and would not be with the index.
fn lost_in_page_updates(index: &IndexDefinition, table: &Table, updated: &BTreeSet<String>) -> f64 {
    let touches = index
        .keys
        .iter()
        .filter_map(|key| match &key.subject {
            KeySubject::Column(name) => Some(name),
            KeySubject::Expression(_) => None,
        })
        .chain(&index.include)
        .any(|name| updated.contains(name));
    let activity = &table.activity;
    let count = |counter: Option<u64>| counter.unwrap_or(0) as f64;
    let writes =
        count(activity.rows_inserted) + count(activity.rows_updated) + count(activity.rows_deleted);
    let in_page = count(activity.rows_updated_hot);
    if touches && writes > 0.0 { in_page / writes } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Column, TableActivity};

    fn column(name: &str, width: f64) -> Column {
        Column {
            name: name.into(),
            data_type: "integer".into(),
            not_null: true,
            generated: false,
            distinct: None,
            null_fraction: None,
            average_width: Some(width),
            correlation: None,
            common_values: Vec::new(),
            collation: None,
        }
    }

    #[test]
    fn assigned_columns_are_read_off_the_statement() {
        let update = r#"UPDATE t SET a = $1, "b" = b + 1 WHERE c = $2"#;
        let columns = assigned(update);
        assert!(columns.contains(&"a".to_owned()) && columns.contains(&"b".to_owned()));
        assert!(!columns.contains(&"c".to_owned()) && assigned("SELECT a").is_empty());
    }

    #[test]
    fn bytes_and_lost_in_page_updates_add_up() {
        let table = Table {
            schema: "s".into(),
            name: "t".into(),
            kind: "table".into(),
            partition_of: None,
            rows: 1.0,
            pages: 1,
            bytes: 8192,
            visible_fraction: None,
            columns: vec![column("a", 4.0), column("b", 69.0)],
            indexes: Vec::new(),
            foreign_keys: Vec::new(),
            statistics: Default::default(),
            activity: TableActivity {
                rows_inserted: Some(100),
                rows_updated: Some(100),
                rows_updated_hot: Some(80),
                ..TableActivity::default()
            },
            storage: None,
            triggers: Vec::new(),
        };
        let index = IndexDefinition::on("s", "t", "ordered", &["a"]);
        let overhead = |updated: &[&str]| {
            let updated = updated.iter().map(|name| (*name).to_owned()).collect();
            write_overhead(&index, &table, 1.0, &updated)
        };
        assert!((overhead(&[]) - 0.12).abs() < 1e-9);
        assert!((overhead(&["b"]) - 0.12).abs() < 1e-9);
        assert!((overhead(&["a"]) - 0.52).abs() < 1e-9);
    }
}
