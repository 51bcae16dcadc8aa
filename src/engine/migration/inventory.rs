//! What a server holds beside tables and indexes.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::DatabaseShape;

/// All that matters for a move and is no part of [`crate::engine::Catalog`].
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Inventory {
    pub shape: DatabaseShape,
    pub objects: Vec<InventoryObject>,
    /// Costliest first, where the server keeps them.
    pub statements: Vec<TopStatement>,
    /// Open for longer than a few seconds, oldest first.
    pub transactions: Vec<OpenTransaction>,
    /// Counts and samples of values that a move depends on, by what was asked: `schema.table.column: zero dates`.
    pub findings: BTreeMap<String, f64>,
    /// What this login could not see: what, and the right that would show it.
    pub hidden: Vec<(String, String)>,
}

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum ObjectClass {
    Extension,
    Sequence,
    LargeObjects,
    Trigger,
    Function,
    View,
    MaterializedView,
    Partition,
    ForeignTable,
    Role,
    Replication,
    Job,
    Type,
    Collation,
    StorageEngine,
    Table,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InventoryObject {
    pub class: ObjectClass,
    pub schema: String,
    pub name: String,
    /// One line about it.
    pub detail: String,
    /// Its text, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Facts by name, in the engine's words.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, serde_json::Value>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TopStatement {
    pub text: String,
    pub calls: f64,
    pub total_ms: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OpenTransaction {
    pub user: String,
    pub application: String,
    pub seconds: f64,
    pub state: String,
    pub statement: String,
}

impl ObjectClass {
    pub const ALL: [(ObjectClass, &'static str); 16] = [
        (ObjectClass::Extension, "Extensions and plugins"),
        (ObjectClass::Table, "Tables"),
        (ObjectClass::Partition, "Partitions"),
        (ObjectClass::ForeignTable, "Foreign tables"),
        (ObjectClass::Sequence, "Sequences"),
        (ObjectClass::View, "Views"),
        (ObjectClass::MaterializedView, "Materialised views"),
        (ObjectClass::Trigger, "Triggers"),
        (ObjectClass::Function, "Functions and procedures"),
        (ObjectClass::Type, "Types"),
        (ObjectClass::Collation, "Collations"),
        (ObjectClass::LargeObjects, "Large objects"),
        (ObjectClass::StorageEngine, "Storage engines"),
        (ObjectClass::Role, "Roles and privileges"),
        (ObjectClass::Replication, "Replication, slots and publications"),
        (ObjectClass::Job, "Jobs and events"),
    ];
}

impl InventoryObject {
    /// A fact that is a text.
    pub fn text(&self, fact: &str) -> Option<&str> {
        self.facts.get(fact)?.as_str()
    }

    /// A fact that is true.
    pub fn holds(&self, fact: &str) -> bool {
        self.facts.get(fact).and_then(serde_json::Value::as_bool).unwrap_or(false)
    }
}

impl Inventory {
    pub fn of(&self, class: ObjectClass) -> impl Iterator<Item = &InventoryObject> {
        self.objects.iter().filter(move |object| object.class == class)
    }
}
