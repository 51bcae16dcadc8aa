//! What checks may look at, as values of their expressions.

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::Value;
use minijinja::value::{Object, Serde};

use super::Sight;
use crate::engine::{Seen, Setting};
use crate::rule::open_facts;

/// Everything but the row that a check is held against.
pub fn common(sight: &Sight, run: Option<&Value>) -> Value {
    let mut all: BTreeMap<String, Value> =
        sight.single().map(|(name, row)| (name.to_owned(), of_row(name, row))).collect();
    let counted: BTreeMap<String, Option<Value>> = sight
        .looks
        .iter()
        .map(|(name, rows)| (name.clone(), Some(Value::from(rows.len()))))
        .collect();
    let observed = sight.observation();
    let observing = [
        ("seconds".to_owned(), Some(Value::from(observed.seconds.max(1.0)))),
        ("since_start".to_owned(), Some(Value::from(observed.since_start))),
    ];
    all.extend([
        ("settings".to_owned(), settings(&sight.settings)),
        ("status".to_owned(), numbers("status", &sight.counters.0)),
        ("counters".to_owned(), numbers("counters", &observed.counters.0)),
        ("observed".to_owned(), open_facts("observed", BTreeMap::from(observing))),
        ("machine".to_owned(), machine(sight)),
        ("server".to_owned(), server(sight)),
        ("counted".to_owned(), open_facts("counted", counted)),
    ]);
    all.extend(run.map(|run| ("run".to_owned(), run.clone())));
    everything(all)
}

/// Facts by their namespace. One of which nothing was seen (a look that was refused, or that this version has not) is
/// there, and nothing in it is known.
pub fn everything(namespaces: BTreeMap<String, Value>) -> Value {
    Value::from_object(Everything(namespaces))
}

#[derive(Debug)]
struct Everything(BTreeMap<String, Value>);

impl Object for Everything {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let name = key.as_str()?;
        let known = self.0.get(name).cloned();
        Some(known.unwrap_or_else(|| open_facts(name, BTreeMap::new())))
    }
}

/// A null is not known, whatever the column is called.
pub fn of_row(namespace: &str, row: &Seen) -> Value {
    let values = row.iter().map(|(name, value)| {
        let value = (!value.is_null()).then(|| Value::from(Serde(value)));
        (name.clone(), value)
    });
    open_facts(namespace, values.collect())
}

/// For texts: what is not shown is said to be so.
pub fn of_row_in_words(row: &Seen) -> Value {
    let values = row.iter().map(|(name, value)| {
        let value = match value {
            serde_json::Value::Null => Value::from("(not shown)"),
            value => Value::from(Serde(value)),
        };
        (name.clone(), Some(value))
    });
    open_facts("row", values.collect())
}

pub fn settings(settings: &[Setting]) -> Value {
    let entry = |setting: &Setting| {
        let facts = BTreeMap::from([
            ("value".to_owned(), Some(Value::from(setting.value.clone()))),
            ("number".to_owned(), setting.number.map(Value::from)),
            ("default".to_owned(), setting.default.clone().map(Value::from)),
            ("is_default".to_owned(), Some(Value::from(is_default(setting)))),
            ("needs_restart".to_owned(), Some(Value::from(setting.needs_restart))),
        ]);
        (setting.name.clone(), Some(open_facts("settings", facts)))
    };
    open_facts("settings", settings.iter().map(entry).collect())
}

fn is_default(setting: &Setting) -> bool {
    setting.source == "default" || setting.default.as_ref() == Some(&setting.value)
}

fn numbers(namespace: &'static str, values: &BTreeMap<String, f64>) -> Value {
    let known = values.iter().map(|(name, value)| (name.clone(), Some(Value::from(*value))));
    open_facts(namespace, known.collect())
}

fn machine(sight: &Sight) -> Value {
    let host = &sight.host;
    let storage = host.storage.and_then(|storage| serde_json::to_value(storage).ok());
    let facts = BTreeMap::from([
        ("is_known".to_owned(), Some(Value::from(host.memory_bytes.is_some()))),
        ("memory_bytes".to_owned(), host.memory_bytes.map(|bytes| Value::from(bytes as f64))),
        ("cores".to_owned(), host.cores.map(Value::from)),
        ("storage".to_owned(), storage.as_ref().map(|kind| Value::from(Serde(kind)))),
        ("platform".to_owned(), Some(Value::from(Serde(&host.platform)))),
    ]);
    open_facts("machine", facts)
}

fn server(sight: &Sight) -> Value {
    let server = &sight.server;
    let facts = BTreeMap::from([
        ("engine".to_owned(), Some(Value::from(server.engine.clone()))),
        ("major".to_owned(), Some(Value::from(server.version_number[0]))),
        ("minor".to_owned(), Some(Value::from(server.version_number[1]))),
        ("version".to_owned(), Some(Value::from(server.version.clone()))),
        ("database".to_owned(), Some(Value::from(server.database.clone()))),
        ("is_replica".to_owned(), Some(Value::from(server.replica))),
        ("database_bytes".to_owned(), server.database_bytes.map(|bytes| Value::from(bytes as f64))),
        ("max_connections".to_owned(), server.max_connections.map(|n| Value::from(n as f64))),
    ]);
    open_facts("server", facts)
}
