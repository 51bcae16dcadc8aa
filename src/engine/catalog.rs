//! Tables, indexes and statistics, in neutral form.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Operators;

/// The user's schema as one login sees it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Catalog {
    pub tables: Vec<Table>,
    /// Schemas searched for unqualified names, in order.
    pub search_path: Vec<String>,
    /// Installed extensions that advice may need or use, by name.
    pub extensions: Vec<String>,
    /// Extensions that could be installed.
    pub available_extensions: Vec<String>,
    /// Since when, at least, the counters of scans and changed rows count. `None` where nothing tells.
    #[serde(default)]
    pub counted_since: Option<Timestamp>,
    /// What indexes of each kind can be searched by.
    #[serde(default, skip_serializing_if = "Operators::is_empty")]
    pub operators: Operators,
}

/// A table by its full name.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct TableName {
    pub schema: String,
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Table {
    pub schema: String,
    pub name: String,
    /// `table`, `partitioned table`, `materialized view`, `view`, `foreign table`.
    pub kind: String,
    /// The partitioned table that this one is a part of.
    #[serde(default)]
    pub partition_of: Option<TableName>,
    /// Estimated live rows.
    pub rows: f64,
    /// Heap size in blocks and bytes, without indexes.
    pub pages: u64,
    pub bytes: u64,
    /// Share of pages known all-visible, 0 to 1, where the engine keeps it.
    pub visible_fraction: Option<f64>,
    pub columns: Vec<Column>,
    pub indexes: Vec<Index>,
    pub foreign_keys: Vec<ForeignKey>,
    pub statistics: TableStatistics,
    pub activity: TableActivity,
    /// What stores its rows, where a server has several such: `InnoDB`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<String>,
    /// Triggers on it by name, where the engine reads them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub triggers: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Column {
    pub name: String,
    /// As the engine spells it: `character varying(20)`, `jsonb`.
    pub data_type: String,
    pub not_null: bool,
    /// Generated always: it cannot be written.
    pub generated: bool,
    /// Distinct values; estimated. `None` without statistics.
    pub distinct: Option<f64>,
    /// 0 to 1.
    pub null_fraction: Option<f64>,
    /// Bytes.
    pub average_width: Option<f64>,
    /// Physical versus logical order, -1 to 1.
    pub correlation: Option<f64>,
    /// Most common values with their share of all rows, most common first, as text.
    pub common_values: Vec<(String, f64)>,
    pub collation: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Index {
    pub name: String,
    /// `btree`, `gin`, `gist`, `brin`, `hash`, …
    pub method: String,
    pub keys: Vec<IndexKey>,
    /// Columns carried along but not searched.
    pub include: Vec<String>,
    /// Condition of a partial index.
    pub predicate: Option<String>,
    pub unique: bool,
    pub primary: bool,
    /// Backs a constraint (unique, exclusion) or is the replica identity: never to be dropped by advice.
    pub constraint: bool,
    /// False after a failed concurrent build.
    pub valid: bool,
    /// Kept up to date, but out of the optimiser's sight.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
    pub bytes: u64,
    /// Scans since statistics were reset.
    pub scans: Option<u64>,
    /// A statement that would build it again.
    pub ddl: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IndexKey {
    /// Bare column, when it is one.
    pub column: Option<String>,
    /// The key as the engine prints it: a column or an expression.
    pub text: String,
    pub descending: bool,
    pub nulls_first: bool,
    /// Operator class when it is not the default one.
    pub operator_class: Option<String>,
    /// Collation when it is not that of the column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collation: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ForeignKey {
    pub name: String,
    pub columns: Vec<String>,
    pub referenced_schema: String,
    pub referenced_table: String,
    pub referenced_columns: Vec<String>,
}

/// Freshness of the planner's statistics.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct TableStatistics {
    /// The later of manual and automatic analysis.
    pub last_analyzed: Option<Timestamp>,
    pub last_vacuumed: Option<Timestamp>,
    /// Rows changed since then.
    pub modified_since: Option<f64>,
    pub dead_rows: Option<f64>,
    /// Rows as the activity statistics count them (beside the planner's `Table::rows`).
    pub live_rows: Option<f64>,
    /// Extended statistics objects on this table, by name.
    pub extended: Vec<String>,
    /// Columns of which a histogram is kept beside all other statistics.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub histograms: Vec<String>,
}

/// Reads and writes since statistics were reset.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct TableActivity {
    pub sequential_scans: Option<u64>,
    pub index_scans: Option<u64>,
    pub rows_inserted: Option<u64>,
    pub rows_updated: Option<u64>,
    /// Updates that needed no index change.
    pub rows_updated_hot: Option<u64>,
    pub rows_deleted: Option<u64>,
}

impl Catalog {
    /// The table a plan or statement means. Without a schema the search path decides.
    pub fn table(&self, schema: Option<&str>, name: &str) -> Option<&Table> {
        let named =
            |wanted: &str| self.tables.iter().find(|t| t.name == name && t.schema == wanted);
        match schema {
            Some(schema) => named(schema),
            None => self
                .search_path
                .iter()
                .find_map(|schema| named(schema))
                .or_else(|| self.tables.iter().find(|t| t.name == name)),
        }
    }

    /// The partitioned table that `table` is a part of, at whatever depth; itself when it is none.
    pub fn whole<'a>(&'a self, table: &'a Table) -> &'a Table {
        let above = |part: &Table| {
            let name = part.partition_of.as_ref()?;
            self.table(Some(&name.schema), &name.name)
        };
        // A stored record may say anything, even that tables are parts of each other.
        (0..self.tables.len()).fold(table, |part, _| above(part).unwrap_or(part))
    }

    /// The direct parts of a partitioned table.
    pub fn partitions<'a>(&'a self, table: &'a Table) -> impl Iterator<Item = &'a Table> {
        self.tables.iter().filter(|part| {
            part.partition_of
                .as_ref()
                .is_some_and(|whole| whole.name == table.name && whole.schema == table.schema)
        })
    }
}

impl Index {
    /// Statements can be answered by it.
    pub fn is_searched(&self) -> bool {
        self.valid && !self.hidden
    }
}

impl Table {
    pub fn is_partitioned(&self) -> bool {
        self.kind == "partitioned table"
    }

    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }
}
