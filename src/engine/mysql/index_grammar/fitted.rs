//! A wanted index as these servers build it: keys only, the primary key's columns at its end unsaid, long values by
//! their beginning.

use super::arrays;
use super::expression::{is_prefix_key, prefix_key};
use super::services::TEXT_SEARCH;
use super::types;
use crate::engine::mysql::dialect::MysqlDialect;
use crate::engine::mysql::family::Family;
use crate::engine::{Index, IndexDefinition, KeyDefinition, KeySubject, Table};
use crate::sql::Dialect;

/// Bytes of all keys together in the usual row formats.
const LONGEST_KEY: u64 = 3072;
/// Keys of one index.
const MOST_KEYS: usize = 16;
/// Characters of a long value that tell it apart from others.
const BEGINNING: u64 = 32;

/// `None` where nothing of it can be built, or the primary key does all that it would do.
pub fn fitted(
    mut index: IndexDefinition,
    table: &Table,
    family: Family,
) -> Option<IndexDefinition> {
    if index.predicate.is_some() {
        return None;
    }
    let mut carried = std::mem::take(&mut index.include);
    // The primary key's columns are there anyway.
    carried.retain(|name| !is_primary(table, name));
    index
        .keys
        .extend(carried.into_iter().map(|name| KeyDefinition::ascending(KeySubject::Column(name))));
    if index.method == TEXT_SEARCH {
        return words(index, table);
    }
    let is_expression = |key: &KeyDefinition| match &key.subject {
        KeySubject::Expression(text) => !is_prefix_key(text),
        KeySubject::Column(_) => false,
    };
    if family == Family::Mariadb && index.keys.iter().any(is_expression) {
        return None;
    }
    let mut keys = Vec::new();
    for key in index.keys {
        keys.push(key_of(key, table)?);
    }
    without_primary_suffix(&mut keys, table);
    let fits = (1..=MOST_KEYS).contains(&keys.len()) && bytes(&keys, table) <= LONGEST_KEY;
    fits.then_some(IndexDefinition { keys, ..index })
}

fn words(index: IndexDefinition, table: &Table) -> Option<IndexDefinition> {
    let is_text = |key: &KeyDefinition| match &key.subject {
        KeySubject::Column(name) => {
            table.column(name).is_some_and(|column| types::is_text(&column.data_type))
        }
        KeySubject::Expression(_) => false,
    };
    index.keys.iter().all(is_text).then_some(index)
}

/// There is one way to sort nulls.
fn key_of(key: KeyDefinition, table: &Table) -> Option<KeyDefinition> {
    let mut key = KeyDefinition { nulls_first: key.descending, ..key };
    if let Some(kept) = key.operator_class.take() {
        let array = match &key.subject {
            KeySubject::Column(name) => MysqlDialect.quote_identifier(name),
            KeySubject::Expression(text) => text.clone(),
        };
        let subject = KeySubject::Expression(arrays::array_key(&array, &kept));
        return Some(KeyDefinition { subject, ..key });
    }
    if let KeySubject::Expression(text) = &key.subject
        && let Some(kept) = arrays::value_key(text)
    {
        return Some(KeyDefinition { subject: KeySubject::Expression(kept), ..key });
    }
    let KeySubject::Column(name) = &key.subject else { return Some(key) };
    let column = table.column(name)?;
    if !types::is_ordered(&column.data_type) {
        return None;
    }
    let whole = types::most_bytes(&column.data_type, column.collation.as_deref());
    match whole.is_some_and(|bytes| bytes <= LONGEST_KEY) {
        true => Some(key),
        false => {
            let subject = KeySubject::Expression(prefix_key(name, BEGINNING));
            Some(KeyDefinition { subject, ..key })
        }
    }
}

/// Every secondary index ends with the primary key: what repeats it there says nothing.
fn without_primary_suffix(keys: &mut Vec<KeyDefinition>, table: &Table) {
    let Some(primary) = primary(table) else { return };
    let columns: Vec<&String> = primary.keys.iter().filter_map(|key| key.column.as_ref()).collect();
    for length in (1..=columns.len().min(keys.len())).rev() {
        let tail = &keys[keys.len() - length..];
        let same = tail.iter().zip(&columns).all(|(key, column)| {
            !key.descending && key.subject == KeySubject::Column((*column).clone())
        });
        if same && keys.len() > length {
            keys.truncate(keys.len() - length);
            return;
        }
    }
}

pub fn primary(table: &Table) -> Option<&Index> {
    table.indexes.iter().find(|index| index.primary)
}

fn is_primary(table: &Table, column: &str) -> bool {
    let is = |key: &crate::engine::IndexKey| key.column.as_deref() == Some(column);
    primary(table).is_some_and(|primary| primary.keys.iter().any(is))
}

fn bytes(keys: &[KeyDefinition], table: &Table) -> u64 {
    let of = |key: &KeyDefinition| match &key.subject {
        KeySubject::Column(name) => table
            .column(name)
            .and_then(|column| types::most_bytes(&column.data_type, column.collation.as_deref()))
            .unwrap_or(8),
        KeySubject::Expression(_) => 4 * BEGINNING,
    };
    keys.iter().map(of).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Column, IndexKey};

    fn column(name: &str, data_type: &str) -> Column {
        Column {
            name: name.into(),
            data_type: data_type.into(),
            not_null: true,
            generated: false,
            distinct: None,
            null_fraction: None,
            average_width: None,
            correlation: None,
            common_values: Vec::new(),
            collation: Some("utf8mb4_general_ci".into()),
        }
    }

    fn table() -> Table {
        let key = |name: &str| IndexKey {
            column: Some(name.into()),
            text: format!("`{name}`"),
            descending: false,
            nulls_first: false,
            operator_class: None,
            collation: None,
        };
        let primary = Index {
            name: "PRIMARY".into(),
            method: "btree".into(),
            keys: vec![key("id"), key("line")],
            include: Vec::new(),
            predicate: None,
            unique: true,
            primary: true,
            constraint: true,
            valid: true,
            hidden: false,
            bytes: 0,
            scans: None,
            ddl: String::new(),
        };
        Table {
            schema: "s".into(),
            name: "t".into(),
            kind: "table".into(),
            partition_of: None,
            rows: 1e6,
            pages: 10_000,
            bytes: 160_000_000,
            visible_fraction: None,
            columns: vec![
                column("id", "int"),
                column("line", "int"),
                column("note", "text"),
                column("doc", "json"),
                column("name", "varchar(40)"),
            ],
            indexes: vec![primary],
            foreign_keys: Vec::new(),
            statistics: Default::default(),
            activity: Default::default(),
            storage: None,
            triggers: Vec::new(),
        }
    }

    fn of(columns: &[&str], include: &[&str]) -> Option<Vec<KeySubject>> {
        let mut index = IndexDefinition::on("s", "t", "btree", columns);
        index.include = include.iter().map(|name| (*name).to_owned()).collect();
        let fitted = fitted(index, &table(), Family::Mysql)?;
        assert!(fitted.include.is_empty());
        Some(fitted.keys.into_iter().map(|key| key.subject).collect())
    }

    #[test]
    fn the_primary_key_at_the_end_is_unsaid() {
        let column = |name: &str| KeySubject::Column(name.into());
        assert_eq!(of(&["name", "id", "line"], &[]), Some(vec![column("name")]));
        assert_eq!(of(&["name", "id"], &[]), Some(vec![column("name")]));
        assert_eq!(of(&["name", "line"], &[]), Some(vec![column("name"), column("line")]));
        assert_eq!(of(&["id"], &[]), Some(vec![column("id")]));
    }

    #[test]
    fn what_is_carried_is_a_key_and_what_is_long_is_begun() {
        let begun = KeySubject::Expression("`note`(32)".into());
        assert_eq!(of(&["name"], &["note"]), Some(vec![KeySubject::Column("name".into()), begun]));
        assert_eq!(of(&["doc"], &[]), None);
    }
}
