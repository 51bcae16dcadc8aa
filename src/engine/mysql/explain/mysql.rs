//! Whatever form a plan of MySQL comes in.

use serde_json::Value;

use super::{iterators, parse as of_mariadb, tabular};
use crate::plan::{Plan, PlanError};

/// Reads a tree (`EXPLAIN ANALYZE`, `FORMAT=TREE`), JSON of either version, or the table of plain EXPLAIN.
pub fn parse(text: &str) -> Result<Plan, PlanError> {
    if text.trim().is_empty() {
        return Err(PlanError::Empty);
    }
    if iterators::looks_like_tree(text) {
        return iterators::read_tree(text);
    }
    if tabular::looks_like_table(text) {
        return tabular::read(text);
    }
    from_json(of_mariadb::json(text)?)
}

pub fn from_json(document: Value) -> Result<Plan, PlanError> {
    if iterators::is_iterator_json(&document) {
        return iterators::read_json(document);
    }
    match document.get("query_block").is_some() && !has_measured_keys(&document) {
        true => of_mariadb::blocks(document),
        false => Err(PlanError::NotAPlan("it holds no plan of MySQL".to_owned())),
    }
}

/// This server never prints what was measured beside query blocks: those are its relative's.
fn has_measured_keys(value: &Value) -> bool {
    match value {
        Value::Object(map) => {
            map.keys().any(|key| key.starts_with("r_")) || map.values().any(has_measured_keys)
        }
        Value::Array(list) => list.iter().any(has_measured_keys),
        _ => false,
    }
}
