//! Sizes of indexes that were not built.

use super::fitted::primary;
use super::types;
use crate::engine::{Column, IndexDefinition, KeySubject, Table};

/// Bytes of a record's header and of its place in the page's directory.
const HEADER: f64 = 7.0;
/// A sorted build fills pages to fifteen sixteenths.
const FILLED: f64 = 0.93;
/// Of a key whose width nothing tells.
const UNKNOWN: f64 = 16.0;

/// `None` for methods whose size columns do not tell.
pub fn modelled_bytes(index: &IndexDefinition, table: &Table, rows: f64) -> Option<u64> {
    if index.method != "btree" {
        return None;
    }
    let of = |name: &str| table.column(name).map_or(UNKNOWN, width);
    let keyed = |name: &str| {
        index.keys.iter().any(|key| key.subject == KeySubject::Column(name.to_owned()))
    };
    let keys: f64 = index
        .keys
        .iter()
        .map(|key| match &key.subject {
            KeySubject::Column(name) => of(name),
            KeySubject::Expression(_) => UNKNOWN,
        })
        .sum();
    let hidden = primary(table).map_or(6.0, |primary| {
        let columns = primary.keys.iter().filter_map(|key| key.column.as_deref());
        columns.filter(|name| !keyed(name)).map(of).sum()
    });
    Some(((HEADER + keys + hidden) * rows / FILLED) as u64)
}

/// Mean bytes of a value, as far as its type tells.
pub fn width(column: &Column) -> f64 {
    column.average_width.unwrap_or_else(|| match types::fixed_bytes(&column.data_type) {
        Some(bytes) => bytes as f64,
        // Filled up with blanks.
        None if types::base(&column.data_type) == "char" => {
            types::length(&column.data_type).map_or(1.0, |length| length as f64)
        }
        // Texts are seldom longer than half of what they may be.
        None => types::length(&column.data_type)
            .map_or(64.0, |most| (most as f64 / 2.0).min(UNKNOWN * 2.0)),
    })
}
