//! Rows whose foreign key points at nothing, asked in words that every engine takes.

use super::ForeignKeyShape;
use crate::engine::TableName;
use crate::sql::Dialect;

/// Orphans that are named.
const EXAMPLES: usize = 5;

/// What is asked about one foreign key.
pub struct OrphanQuestions {
    /// One number.
    pub count: String,
    /// One text a row, the values of its key.
    pub examples: String,
}

impl OrphanQuestions {
    /// `as_text` turns a column into what can be joined with others; the words in front of child and parent keep rows
    /// out that the key does not speak of.
    pub fn of(
        dialect: &dyn Dialect,
        table: &TableName,
        key: &ForeignKeyShape,
        as_text: fn(String) -> String,
        (only_child, only_parent): (&str, &str),
    ) -> Self {
        let quote = |name: &str| dialect.quote_identifier(name);
        let named = |table: &TableName| format!("{}.{}", quote(&table.schema), quote(&table.name));
        let child = |name: &String| format!("c.{}", quote(name));
        let joined = key.columns.iter().zip(&key.parent_columns).enumerate();
        let joined: Vec<String> = joined
            .map(|(place, (column, parent))| {
                let operator = key.operators.get(place).map_or("=", String::as_str);
                format!("p.{} {operator} {}", quote(parent), child(column))
            })
            .collect();
        let present: Vec<String> =
            key.columns.iter().map(|column| format!("{} IS NOT NULL", child(column))).collect();
        let values: Vec<String> = key.columns.iter().map(|column| as_text(child(column))).collect();
        let from = format!(
            "FROM {only_child}{} c WHERE {} AND NOT EXISTS (SELECT 1 FROM {only_parent}{} p WHERE {})",
            named(table),
            present.join(" AND "),
            named(&key.parent),
            joined.join(" AND ")
        );
        let values = values.join(", ");
        OrphanQuestions {
            count: format!("SELECT count(*) {from}"),
            examples: format!("SELECT concat_ws(', ', {values}) {from} LIMIT {EXAMPLES}"),
        }
    }
}
