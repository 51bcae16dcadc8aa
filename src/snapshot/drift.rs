//! How far a schema has moved away from a snapshot.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::{PlannerState, RelationFacts};

/// What differs between the schema of `then` and that of `now`, as sentences without their full stop.
pub fn drift(then: &PlannerState, now: &PlannerState) -> Vec<String> {
    let mut found = Vec::new();
    let (old, new) = (tables(then), tables(now));
    for (name, table) in &old {
        match new.get(name) {
            None => found.push(format!("{} {name} is no longer there", table.kind)),
            Some(now) => found.extend(columns(name, table, now)),
        }
    }
    let added = new.iter().filter(|(name, _)| !old.contains_key(*name));
    found.extend(added.map(|(name, table)| format!("{} {name} is new", table.kind)));
    let (old, new) = (indexes(then), indexes(now));
    for (name, statement) in &old {
        match new.get(name) {
            None => found.push(format!("index {name} is no longer there")),
            Some(other) if other != statement => {
                found.push(format!("index {name} is another one now"));
            }
            Some(_) => {}
        }
    }
    let added = new.keys().filter(|name| !old.contains_key(*name));
    found.extend(added.map(|name| format!("index {name} is new")));
    let names = |state: &PlannerState| -> BTreeSet<String> {
        state.extensions.iter().map(|extension| extension.name.clone()).collect()
    };
    let (old, new) = (names(then), names(now));
    found.extend(old.difference(&new).map(|name| format!("extension {name} is no longer there")));
    found.extend(new.difference(&old).map(|name| format!("extension {name} is new")));
    let settings = |state: &PlannerState| -> BTreeMap<String, String> {
        state.settings.iter().map(|s| (s.name.clone(), s.value.clone())).collect()
    };
    let (old, new) = (settings(then), settings(now));
    found.extend(old.iter().filter_map(|(name, value)| {
        let other = new.get(name).filter(|other| *other != value)?;
        Some(format!("{name} was {value} and is {other}"))
    }));
    found
}

fn tables(state: &PlannerState) -> BTreeMap<String, &RelationFacts> {
    state.relations.iter().map(|table| (table.full_name(), table)).collect()
}

fn indexes(state: &PlannerState) -> BTreeMap<String, &str> {
    let named = state.indexes.iter();
    named
        .map(|index| (format!("{}.{}", index.schema, index.name), index.statement.as_str()))
        .collect()
}

fn columns(name: &str, then: &RelationFacts, now: &RelationFacts) -> Vec<String> {
    let mut found = Vec::new();
    for column in &then.columns {
        match now.columns.iter().find(|other| other.name == column.name) {
            None => found.push(format!("column {name}.{} is no longer there", column.name)),
            Some(other) if other.data_type != column.data_type => found.push(format!(
                "column {name}.{} was {} and is {}",
                column.name, column.data_type, other.data_type
            )),
            Some(other) if other.not_null != column.not_null => {
                found.push(format!("column {name}.{} may be null in one of the two", column.name));
            }
            Some(_) => {}
        }
    }
    let known = |column: &str| then.columns.iter().any(|other| other.name == column);
    let added = now.columns.iter().filter(|column| !known(&column.name));
    found.extend(added.map(|column| format!("column {name}.{} is new", column.name)));
    if then.kind == now.kind && then.definition != now.definition {
        found.push(format!("{} {name} is defined otherwise", then.kind));
    }
    found
}
