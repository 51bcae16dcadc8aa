//! Whether a text is such a table, and what it says.

use std::collections::BTreeMap;

use super::{build, grid};
use crate::plan::{Plan, PlanError};

/// A row by the lower-case names of its columns; NULL and empty cells are left out.
pub type Row = BTreeMap<String, String>;

/// Whether the text has EXPLAIN's own columns.
pub fn looks_like_table(text: &str) -> bool {
    grid::header(text).is_some() || grid::is_vertical(text)
}

/// Whether the table has the columns that only MySQL's plain EXPLAIN has.
pub fn is_of_mysql(text: &str) -> bool {
    let words = text.to_ascii_lowercase();
    words.contains("partitions") && !words.contains("r_rows")
}

pub fn read(text: &str) -> Result<Plan, PlanError> {
    let rows = if grid::is_vertical(text) { grid::vertical(text) } else { grid::rows(text)? };
    match rows.is_empty() {
        true => Err(PlanError::NotAPlan("EXPLAIN's table has no rows".to_owned())),
        false => build::plan(rows, grid::has_counts(text)),
    }
}
