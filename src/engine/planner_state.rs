//! What a server's planner goes by, without a row of its data: enough to plan on a server that has none.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Catalog, OperatorGroupFacts};

/// One database as its planner sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannerState {
    /// The engine's own name.
    pub engine: String,
    /// As the server says it, and `[major, minor]`.
    pub version: String,
    pub version_number: [u32; 2],
    pub database: DatabaseFacts,
    pub extensions: Vec<ExtensionFacts>,
    pub settings: Vec<SettingFacts>,
    /// Schemas, types, functions, …: in an order in which most of them can be made.
    pub objects: Vec<SchemaObject>,
    pub relations: Vec<RelationFacts>,
    pub indexes: Vec<IndexFacts>,
    pub columns: Vec<ColumnFacts>,
    pub extended: Vec<ExtendedFacts>,
    /// First and last values of indexed columns, where somebody asked for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ends: Vec<EndFacts>,
    /// By what indexes order and search values in ways of the user's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operator_groups: Vec<OperatorGroupFacts>,
    /// Whom rows may be filtered for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<RoleFacts>,
    /// What storage engines, and servers beside them, keep of their own, where that is what the planner goes by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub storage: Vec<StorageFacts>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<KeptFacts>,
    /// Usage counters and the neutral picture of the schema, as advice needs them.
    pub catalog: Catalog,
    /// What this login could not see, as sentences without their full stop.
    pub hidden: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct DatabaseFacts {
    pub name: String,
    pub encoding: String,
    pub collate: String,
    pub ctype: String,
    /// `libc`, `icu`, `builtin`.
    pub provider: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    pub block_bytes: u64,
    /// Of the login that read it.
    pub search_path: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExtensionFacts {
    pub name: String,
    pub version: String,
    pub schema: String,
}

/// A setting that decides plans, in the server's base unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SettingFacts {
    pub name: String,
    pub value: String,
    /// Differs from what the server has built in.
    pub changed: bool,
}

/// Something that is made by one statement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SchemaObject {
    /// `schema`, `type`, `function`, `view`, …
    pub kind: String,
    /// With its schema.
    pub name: String,
    pub statement: String,
}

/// A table or whatever else has columns and a size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RelationFacts {
    pub schema: String,
    pub name: String,
    /// `table`, `partitioned table`, `materialized view`, `view`, `foreign table`.
    pub kind: String,
    pub columns: Vec<RelationColumn>,
    /// Blocks the file has now.
    pub blocks: u64,
    /// Blocks, rows and all-visible blocks as counted last; rows below zero: never counted.
    pub known_blocks: u64,
    pub known_rows: f64,
    pub known_visible: u64,
    /// Blocks of values kept outside of the rows.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub overflow_blocks: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// The column list and strategy of a partitioned table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition_key: Option<String>,
    /// Of a partition: its parent and its bounds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<(QualifiedName, String)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inherits: Vec<QualifiedName>,
    /// The query of a view, or what else the engine needs to make it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<String>,
    /// Rows are filtered by policies; `forced`: for the owner too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row_security: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct QualifiedName {
    pub schema: String,
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RelationColumn {
    pub name: String,
    /// As the engine spells it, with its schema where it is not built in.
    pub data_type: String,
    #[serde(default, skip_serializing_if = "is_false")]
    pub not_null: bool,
    /// Not the type's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collation: Option<String>,
    /// `GENERATED …` as it is written behind the type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generated: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// The extension that its type is of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IndexFacts {
    pub schema: String,
    pub name: String,
    pub table: String,
    pub method: String,
    pub statement: String,
    /// The statement makes a constraint that brings the index along.
    #[serde(default, skip_serializing_if = "is_false")]
    pub constraint: bool,
    /// The index of the partitioned table that this one is a part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part_of: Option<QualifiedName>,
    /// The planner may use it.
    pub valid: bool,
    pub blocks: u64,
    pub known_blocks: u64,
    pub known_rows: f64,
    /// Levels above the leaves; `None` where it could not be read and has to be modelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Of an inverted index, as it counts itself: pages of words, of lists and waiting, all pages, and words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inverted: Option<InvertedFacts>,
    /// What is searched by: the relation that has its statistics (the index itself for an expression), and the column.
    #[serde(default)]
    pub keys: Vec<(String, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvertedFacts {
    pub waiting_pages: u32,
    pub all_pages: u32,
    pub word_pages: u32,
    pub list_pages: u32,
    pub words: u64,
}

/// Statistics of one column, or of an index's expression.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ColumnFacts {
    pub schema: String,
    /// The table, or the index of an expression.
    pub relation: String,
    pub column: String,
    /// Over children and partitions too.
    #[serde(default, skip_serializing_if = "is_false")]
    pub inherited: bool,
    pub null_fraction: f64,
    pub width: i64,
    /// Below zero: a share of the rows.
    pub distinct: f64,
    /// Values as one literal of the engine's own arrays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub common_values: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub common_shares: Option<Vec<f64>>,
    /// What values are known again by, where `common_values` holds others that stand for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub common_digests: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounds: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub common_elements: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub element_shares: Option<Vec<Option<f64>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub element_counts: Option<Vec<f64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range_lengths: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range_empty: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range_bounds: Option<String>,
}

/// The least and the greatest value of an indexed column, as the engine writes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndFacts {
    pub schema: String,
    pub table: String,
    pub column: String,
    pub least: String,
    pub greatest: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleFacts {
    pub name: String,
    /// Policies filter nothing for it.
    pub unfiltered: bool,
    pub member_of: Vec<String>,
}

/// What a storage engine keeps of a table, or of one of its parts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageFacts {
    /// As the storage engine spells it.
    pub name: String,
    pub rows: u64,
    /// Of the rows themselves, and of all other indexes.
    pub blocks: u64,
    pub other_blocks: u64,
    /// Index, figure and value.
    pub figures: Vec<(String, String, u64)>,
}

/// One entry of the statistics that a server keeps beside its storage engines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptFacts {
    /// The server's table of them, or `histogram`.
    pub of: String,
    pub values: Vec<Option<String>>,
}

/// Statistics over several columns.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ExtendedFacts {
    pub schema: String,
    pub name: String,
    pub table: String,
    pub statement: String,
    /// Statistics were gathered; where several kinds exist, one entry for each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub data: Vec<ExtendedData>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ExtendedData {
    #[serde(default, skip_serializing_if = "is_false")]
    pub inherited: bool,
    /// By the numbers of columns in `columns`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distinct: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dependencies: Option<String>,
    /// Numbers of columns on the source, with their names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<i32, String>,
    /// What is counted beside columns, in order, and behind them in combinations; with statistics of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expressions: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub of_expressions: Vec<ColumnFacts>,
    /// Combinations of values, each with its share and with the share that independence would give it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub common: Vec<CommonCombination>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CommonCombination {
    pub values: Vec<Option<String>>,
    pub share: f64,
    pub base_share: f64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

fn is_false(flag: &bool) -> bool {
    !flag
}

impl RelationFacts {
    pub fn full_name(&self) -> String {
        format!("{}.{}", self.schema, self.name)
    }
}

/// One file of a server's data folder, given its size without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SizedFile {
    /// Below the data folder.
    pub path: PathBuf,
    /// Of the relation in it.
    pub relation: QualifiedName,
    pub blocks: u64,
    pub content: FileContent,
}

/// What a file begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileContent {
    AsItIs,
    /// A search tree with so many levels above its leaves, and no entries but those of the file `leaf` below the data
    /// folder.
    Tree {
        height: u32,
        leaf: Option<PathBuf>,
    },
    /// A new file that says of a table's first block that everybody sees its rows.
    FirstBlockVisible,
    /// As it is, but for some numbers at their places in it.
    Words(Vec<(usize, u32)>),
}
