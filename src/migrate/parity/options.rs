//! What is compared, and how gently.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::engine::migration::{ColumnShape, Form, ValueKind};

/// One table's part of a mapping file.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct TableMapping {
    /// `schema.table`, or a table's bare name.
    pub source: String,
    pub target: Option<String>,
    /// Columns that tell rows apart, by their names on the source.
    pub key: Vec<String>,
    /// Conditions, each in its server's words. Without `where_target` the same holds on both sides.
    pub r#where: Option<String>,
    pub where_target: Option<String>,
    /// Columns left out, by their names on the source.
    pub exclude: Vec<String>,
    /// Names on the target of columns that are called otherwise there.
    pub columns: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ParityOptions {
    /// Schemas of the source; empty: the usual ones.
    pub schemas: Vec<String>,
    /// Source's schema to target's.
    pub schema_map: Vec<(String, String)>,
    /// Only tables whose `schema.name` or name matches one of these; `*` stands for anything.
    pub tables: Vec<String>,
    pub exclude_tables: Vec<String>,
    /// `table.column` or `schema.table.column`.
    pub exclude_columns: Vec<String>,
    pub mappings: Vec<TableMapping>,
    /// Relative difference up to which floating-point values are the same; 0: to the last bit.
    pub float_tolerance: f64,
    /// Dates that do not exist were made NULL by the loader.
    pub zero_dates_to_null: bool,
    /// Clock times of the source became moments of the target by this zone; `None`: by UTC.
    pub zone: Option<String>,
    /// Every piece sees the same moment of its side.
    pub one_view: bool,
    pub check_schema: bool,
    pub check_data: bool,
    /// Rows whose foreign key points nowhere.
    pub check_orphans: bool,
    /// Tables are read whole and compared value by value, instead of by checksums.
    pub stream: bool,
    /// Connections on each side.
    pub jobs: usize,
    /// Rows of a key range that one statement reads.
    pub chunk_rows: u64,
    /// How long rows that differ are given to become equal, while somebody writes.
    pub settle: Duration,
    /// Wait while more statements than these run on either side.
    pub max_running: Option<u32>,
    /// Wait while a replica is further behind.
    pub max_lag: Option<Duration>,
    /// Differing rows that are kept of each table.
    pub examples: usize,
    /// What is done is written here, and not done again by a later call.
    pub state: Option<PathBuf>,
}

impl Default for ParityOptions {
    fn default() -> Self {
        ParityOptions {
            schemas: Vec::new(),
            schema_map: Vec::new(),
            tables: Vec::new(),
            exclude_tables: Vec::new(),
            exclude_columns: Vec::new(),
            mappings: Vec::new(),
            float_tolerance: 0.0,
            zero_dates_to_null: false,
            zone: None,
            one_view: false,
            check_schema: true,
            check_data: true,
            check_orphans: true,
            stream: false,
            jobs: std::thread::available_parallelism().map_or(2, usize::from).min(16),
            chunk_rows: 250_000,
            settle: Duration::from_secs(15),
            max_running: None,
            max_lag: None,
            examples: 20,
            state: None,
        }
    }
}

impl ParityOptions {
    /// `form`, or the one that what was asked for calls for.
    pub fn settled(&self, form: Form, source: &ColumnShape, target: &ColumnShape) -> Form {
        let zoned =
            |column: &ColumnShape| matches!(column.kind, ValueKind::DateTime { zoned: true });
        match (form, source.kind) {
            // By their own hashes values that are nearly the same are two.
            (Form::Plain, ValueKind::Single) if self.float_tolerance > 0.0 => Form::Single,
            (Form::Plain, ValueKind::Double) if self.float_tolerance > 0.0 => Form::Double,
            (Form::Instant, _) if self.zone.is_some() && !zoned(source) && zoned(target) => {
                Form::Local
            }
            (form, _) => form,
        }
    }
}

/// `*` stands for any characters; letters of either case match.
pub fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_lowercase(), text.to_lowercase());
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        assert!(matches("film*", "film_actor") && matches("*.film", "sakila.FILM"));
        assert!(matches("a*b*c", "axxbyyc") && matches("film", "film"));
        assert!(!matches("film", "film_actor") && !matches("a*b*c", "axxc"));
    }
}
