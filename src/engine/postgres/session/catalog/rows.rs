//! Rows of the catalog queries.

use serde::Deserialize;

use crate::engine::TableName;

#[derive(Deserialize)]
pub struct TableRow {
    pub oid: i64,
    pub schema: String,
    pub name: String,
    pub kind: String,
    pub partition_of: Option<TableName>,
    /// Below zero: never analysed.
    pub rows: Option<f64>,
    pub bytes: Option<u64>,
    pub block_bytes: u64,
    pub known_pages: i64,
    pub visible_pages: i64,
    /// Microseconds since 1970.
    pub analyzed: Option<i64>,
    pub vacuumed: Option<i64>,
    pub modified: Option<f64>,
    pub dead: Option<f64>,
    pub live: Option<f64>,
    pub seq_scan: Option<u64>,
    pub idx_scan: Option<u64>,
    pub inserted: Option<u64>,
    pub updated: Option<u64>,
    pub updated_hot: Option<u64>,
    pub deleted: Option<u64>,
}

#[derive(Deserialize)]
pub struct ColumnRow {
    pub table: i64,
    pub name: String,
    pub data_type: String,
    pub not_null: bool,
    pub generated: bool,
    pub collation: Option<String>,
}

#[derive(Deserialize)]
pub struct StatisticsRow {
    pub schema: String,
    pub table: String,
    pub column: String,
    pub inherited: bool,
    /// Below zero: a share of the rows.
    pub distinct: Option<f64>,
    pub null_fraction: Option<f64>,
    pub width: Option<f64>,
    pub correlation: Option<f64>,
    pub common_values: Option<Vec<Option<String>>>,
    pub common_shares: Option<Vec<f64>>,
}

#[derive(Deserialize)]
pub struct IndexRow {
    pub table: i64,
    pub name: String,
    pub method: String,
    pub unique: bool,
    pub primary: bool,
    pub valid: bool,
    pub constraint: bool,
    pub predicate: Option<String>,
    pub bytes: u64,
    pub scans: Option<u64>,
    pub ddl: String,
    pub keys: Option<Vec<KeyRow>>,
}

#[derive(Deserialize)]
pub struct KeyRow {
    pub included: bool,
    pub column: Option<String>,
    pub text: Option<String>,
    pub descending: Option<bool>,
    pub nulls_first: Option<bool>,
    pub operator_class: Option<String>,
    pub collation: Option<String>,
}

#[derive(Deserialize)]
pub struct ForeignKeyRow {
    pub table: i64,
    pub name: String,
    pub columns: Option<Vec<String>>,
    pub referenced_schema: String,
    pub referenced_table: String,
    pub referenced_columns: Option<Vec<String>>,
}

#[derive(Deserialize)]
pub struct ExtendedRow {
    pub table: i64,
    pub name: String,
}

#[derive(Deserialize)]
pub struct SurroundingsRow {
    pub extensions: Option<Vec<String>>,
    pub available_extensions: Option<Vec<String>>,
    pub search_path: Vec<String>,
    /// Microseconds since 1970.
    pub counted_since: Option<i64>,
}
