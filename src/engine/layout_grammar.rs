//! How data is laid out otherwise: parts of a table, answers that are kept.

/// A table to be cut into parts by time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Partitioning<'a> {
    pub schema: &'a str,
    pub table: &'a str,
    pub column: &'a str,
    /// Bounds of the parts, ascending, as `YYYY-MM-DD`: one part between each two.
    pub bounds: &'a [String],
}

/// An answer that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub create: String,
    /// Renews it.
    pub refresh: Vec<String>,
    /// Reads the whole of it.
    pub read: String,
    pub undo: String,
}

/// A table in parts beside the whole one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parted {
    /// Makes the parts and moves the rows, in order.
    pub make: Vec<String>,
    /// Puts the parts in place of the whole table; empty where making them does.
    pub swap: Vec<String>,
    /// Puts the whole table back, and takes the parts away.
    pub undo: Vec<String>,
}

/// An engine's own words. Nothing here is run on a database that is not ours.
pub trait LayoutGrammar: Sync {
    /// Whether values of that type are moments or days.
    fn is_time(&self, data_type: &str) -> bool;

    /// A query for the first and the last value of a column as statistics have it, as days (`YYYY-MM-DD`), one a row; no
    /// row of the table is read. `None` where statistics do not tell.
    fn span_query(&self, schema: &str, table: &str, column: &str) -> Option<String>;

    /// What moves the rows of a table into a table of parts.
    fn partition(&self, partitioning: &Partitioning<'_>) -> Parted;

    /// What keeps the answer of `sql` under `name`.
    fn keep(&self, name: &str, sql: &str) -> Kept;
}
