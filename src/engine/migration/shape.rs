//! The schema as both sides of a migration are compared by.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ValueKind;
use crate::engine::TableName;

/// All that a login sees of one database's schema, or of the schemas asked for.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct DatabaseShape {
    /// Where an unqualified name is looked for first.
    pub home: String,
    pub tables: Vec<TableShape>,
    pub sequences: Vec<SequenceShape>,
    /// Views, functions, procedures, triggers, events.
    pub routines: Vec<Routine>,
    /// Tables that this login may not read.
    pub unreadable: Vec<TableName>,
    /// How texts are kept and sorted where nothing else is said.
    #[serde(default)]
    pub collation: Option<String>,
    /// What holds rows and is not compared, with the reason, as sentences.
    #[serde(default)]
    pub outside: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TableShape {
    pub name: TableName,
    pub columns: Vec<ColumnShape>,
    /// Columns of the primary key, or else of a unique key without NULLs; empty where there is none.
    pub key: Vec<String>,
    pub primary: bool,
    pub indexes: Vec<IndexShape>,
    pub foreign_keys: Vec<ForeignKeyShape>,
    pub checks: Vec<CheckShape>,
    /// Triggers that do not fire.
    pub disabled_triggers: Vec<String>,
    /// Estimated.
    pub rows: f64,
    /// Of the data, without indexes.
    pub bytes: u64,
    /// Number of partitions, 0 where it is not partitioned.
    pub partitions: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ColumnShape {
    pub name: String,
    /// As the engine spells it.
    pub declared: String,
    pub kind: ValueKind,
    pub nullable: bool,
    pub default: Option<String>,
    /// The server gives the next number by itself.
    pub numbered: bool,
    /// The server sets it when the row changes.
    pub on_update: bool,
    pub generated: bool,
    /// What it is generated as, in the engine's words.
    #[serde(default)]
    pub expression: Option<String>,
    /// Equality ignores case or accents.
    pub folds_case: bool,
    pub collation: Option<String>,
    /// The server keeps texts as UTF-8.
    pub utf8: bool,
    /// The labels of an enumerated type, in order.
    pub labels: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IndexShape {
    pub name: String,
    pub unique: bool,
    pub primary: bool,
    /// Columns, or expressions as the engine prints them, in order.
    pub parts: Vec<String>,
    /// Only so many characters of the part, by position: 0 is the whole.
    pub prefixes: Vec<u32>,
    pub method: String,
    pub partial: bool,
    pub valid: bool,
    /// All of it but its name and table, as servers of one family print alike.
    #[serde(default)]
    pub definition: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ForeignKeyShape {
    pub name: String,
    pub columns: Vec<String>,
    pub parent: TableName,
    pub parent_columns: Vec<String>,
    /// `no action`, `restrict`, `cascade`, `set null`, `set default`.
    pub on_delete: String,
    pub on_update: String,
    /// False: rows that were there before were never looked at.
    pub validated: bool,
    /// False: the server does not hold new rows to it.
    pub enforced: bool,
    /// When it is looked at, and how NULLs in it count: `deferrable`, `match full`.
    #[serde(default)]
    pub manner: String,
    /// What says for each column that two values are one, where that is not `=` as it is found by its name.
    #[serde(default)]
    pub operators: Vec<String>,
    /// The last column is a period that has to be covered, and not a value that has to be there.
    #[serde(default)]
    pub period: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckShape {
    pub name: String,
    pub expression: String,
    pub validated: bool,
    pub enforced: bool,
}

/// What gives numbers to a column, or on its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SequenceShape {
    pub name: TableName,
    /// The column it belongs to.
    pub owner: Option<(TableName, String)>,
    /// The number that comes next. `None` where this login may not see it.
    pub next: Option<i128>,
    pub increment: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Routine {
    /// `view`, `materialized view`, `function`, `procedure`, `trigger`, `event`, and what the engine has beside these.
    pub class: String,
    pub schema: String,
    pub name: String,
    /// What tells it from others of its name: the types of its arguments, or its table.
    #[serde(default)]
    pub detail: Option<String>,
    /// Of what it does; `None` where this login may not see it, or where there is nothing but its name.
    #[serde(default)]
    pub digest: Option<String>,
    /// Other versions of the engine print it differently: it is compared with the same version alone.
    #[serde(default)]
    pub printed: bool,
}

impl ColumnShape {
    /// Some value may have more bytes than go into a checksum as they are.
    pub fn may_be_long(&self) -> bool {
        match self.kind {
            ValueKind::Text { limit: Some(limit), .. } => limit > 1_000,
            ValueKind::Bytes { fixed: Some(fixed) } => fixed > 1_000,
            ValueKind::Text { limit: None, .. }
            | ValueKind::Bytes { fixed: None }
            | ValueKind::Json { .. }
            | ValueKind::Geometry
            | ValueKind::TextArray
            | ValueKind::Other => true,
            _ => false,
        }
    }
}

impl TableShape {
    pub fn column(&self, name: &str) -> Option<&ColumnShape> {
        self.columns.iter().find(|column| column.name == name)
    }
}

impl DatabaseShape {
    pub fn table(&self, name: &TableName) -> Option<&TableShape> {
        self.tables.iter().find(|table| table.name == *name)
    }
}
