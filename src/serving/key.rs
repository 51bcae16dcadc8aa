//! Keys of existing indexes in the form in which wanted ones are written.

use crate::engine::{Index, IndexDefinition, IndexKey, KeyDefinition, KeySubject, Table};
use crate::sql::Dialect;

/// The key with its collation, where that is not its column's own.
pub fn text(key: &IndexKey, dialect: &dyn Dialect) -> String {
    let bare = match &key.column {
        Some(column) => dialect.quote_identifier(column),
        None => key.text.clone(),
    };
    match &key.collation {
        Some(collation) => format!("({bare} COLLATE \"{}\")", collation.replace('"', "\"\"")),
        None => bare,
    }
}

fn subject(key: &IndexKey, dialect: &dyn Dialect) -> KeySubject {
    match &key.column {
        Some(column) if key.collation.is_none() => KeySubject::Column(column.clone()),
        _ => KeySubject::Expression(text(key, dialect)),
    }
}

/// An existing index in the form of a definition, to compare two existing ones.
pub fn definition_of(table: &Table, index: &Index, dialect: &dyn Dialect) -> IndexDefinition {
    let key = |key: &IndexKey| KeyDefinition {
        subject: subject(key, dialect),
        descending: key.descending,
        nulls_first: key.nulls_first,
        operator_class: key.operator_class.clone(),
    };
    IndexDefinition {
        schema: table.schema.clone(),
        table: table.name.clone(),
        method: index.method.clone(),
        keys: index.keys.iter().map(key).collect(),
        include: index.include.clone(),
        predicate: index.predicate.clone(),
    }
}
