//! One row of information_schema each, into the neutral form.

use super::value_kind::{kind, labels};
use crate::engine::TableName;
use crate::engine::migration::{ColumnShape, ForeignKeyShape, IndexShape, TableShape, ValueKind};
use crate::engine::mysql::session::rows::Columns;

pub fn empty(name: TableName, rows: f64, bytes: u64, partitions: u32) -> TableShape {
    TableShape {
        name,
        columns: Vec::new(),
        key: Vec::new(),
        primary: false,
        indexes: Vec::new(),
        foreign_keys: Vec::new(),
        checks: Vec::new(),
        disabled_triggers: Vec::new(),
        rows,
        bytes,
        partitions,
    }
}

pub fn column(mut row: Columns) -> ColumnShape {
    let (name, data_type, declared) = (row.text(), row.text(), row.text());
    let nullable = row.flag();
    let default = row.optional().filter(|default| default != "NULL");
    let extra = row.text().to_lowercase();
    let collation = row.optional();
    let (precision, scale) = (row.number().map(|n| n as u32), row.number().map(|n| n as u32));
    let length = row.number().map(|n| n as u64);
    let expression = row.optional().filter(|expression| !expression.is_empty());
    let kind = kind(&data_type, &declared, precision, scale, length);
    ColumnShape {
        labels: match kind {
            ValueKind::Label | ValueKind::LabelSet => labels(&declared),
            _ => Vec::new(),
        },
        name,
        declared: without_display_width(declared),
        kind,
        nullable,
        default,
        numbered: extra.contains("auto_increment"),
        on_update: extra.contains("on update"),
        generated: extra.contains("virtual generated")
            || extra.contains("stored generated")
            || extra.contains("persistent"),
        expression,
        folds_case: collation.as_ref().is_some_and(|c| !c.ends_with("_bin") && !c.ends_with("_cs")),
        utf8: collation.as_ref().is_none_or(|c| c.starts_with("utf8mb4")),
        collation,
    }
}

/// `int(11)` of older servers and `int` are one type: the number says how wide a client prints it, and no more. (`tinyint(1)`
/// is how a truth value is declared, on all of them.)
fn without_display_width(declared: String) -> String {
    const WHOLE: [&str; 6] = ["tinyint", "smallint", "mediumint", "bigint", "int", "year"];
    let Some((name, rest)) = declared.split_once('(') else { return declared };
    let Some((_, rest)) = rest.split_once(')') else { return declared };
    let truth = declared.starts_with("tinyint(1)");
    match WHOLE.contains(&name) && !truth && !rest.contains("zerofill") {
        true => format!("{name}{rest}"),
        false => declared,
    }
}

pub fn add_part(table: &mut TableShape, mut row: Columns) {
    let name = row.text();
    let unique = row.text() == "0";
    let column = row.optional();
    let (prefix, method) = (row.count() as u32, row.text().to_lowercase());
    let expression = row.optional();
    let descending = row.optional().as_deref() == Some("D");
    let part = column.or(expression).unwrap_or_default();
    let mut definition = part.clone();
    if prefix > 0 {
        definition.push_str(&format!("({prefix})"));
    }
    if descending {
        definition.push_str(" desc");
    }
    match table.indexes.last_mut().filter(|index| index.name == name) {
        Some(index) => {
            index.parts.push(part);
            index.definition.push_str(&format!(", {definition}"));
            index.prefixes.push(prefix);
        }
        None => table.indexes.push(IndexShape {
            primary: name == "PRIMARY",
            name,
            unique,
            parts: vec![part],
            prefixes: vec![prefix],
            definition: format!("{method}: {definition}"),
            method,
            partial: false,
            valid: true,
        }),
    }
}

pub fn add_foreign_key(table: &mut TableShape, mut row: Columns) {
    let (name, column) = (row.text(), row.text());
    let parent = TableName { schema: row.text(), name: row.text() };
    let parent_column = row.text();
    let (on_delete, on_update) = (row.text().to_lowercase(), row.text().to_lowercase());
    match table.foreign_keys.last_mut().filter(|key| key.name == name) {
        Some(key) => {
            key.columns.push(column);
            key.parent_columns.push(parent_column);
        }
        None => table.foreign_keys.push(ForeignKeyShape {
            name,
            columns: vec![column],
            parent,
            parent_columns: vec![parent_column],
            on_delete,
            on_update,
            validated: true,
            enforced: true,
            manner: String::new(),
            period: false,
            operators: Vec::new(),
        }),
    }
}

/// MariaDB's JSON is a text with a check.
pub fn note_json(table: &mut TableShape, expression: &str) {
    let inner = expression.trim().strip_prefix("json_valid(").and_then(|e| e.strip_suffix(')'));
    let name = inner.map(|inner| inner.trim_matches('`'));
    if let Some(column) =
        name.and_then(|name| table.columns.iter_mut().find(|column| column.name == name))
    {
        column.kind = ValueKind::Json { parsed: false };
    }
}
