//! Binding a predicate of a plan to a key of a table.

use crate::engine::{Column, Index, KeySubject, Table};
use crate::sql::{Operand, Predicate, PredicateKind};

use super::types::{Grammar, Restriction};

/// The restriction that `predicate` puts on the table known as `alias`; `None` when it
/// concerns another relation, compares with one, or cannot be served by any index.
pub fn restriction(
    predicate: &Predicate,
    alias: &str,
    table: &Table,
    fixed: bool,
    grammar: Grammar<'_>,
) -> Option<Restriction> {
    if matches!(predicate.operand, Operand::Column(_)) {
        return None;
    }
    let subject = subject_of(predicate, alias, table, grammar)?;
    let column = predicate.column.as_ref().and_then(|column| table.column(&column.name));
    let services = grammar.indexes.services(&as_keyed(predicate, &subject), column);
    let condition = if fixed { grammar.indexes.unqualified(&predicate.text, alias) } else { None };
    (!services.is_empty()).then(|| Restriction {
        subject,
        services,
        condition,
        selectivity: column.and_then(|column| selectivity(predicate, column)),
        several: is_several(predicate),
        predicate: predicate.clone(),
    })
}

pub fn subject_of(
    predicate: &Predicate,
    alias: &str,
    table: &Table,
    grammar: Grammar<'_>,
) -> Option<KeySubject> {
    let Some(column) = &predicate.column else {
        return several_columns(predicate, alias, grammar);
    };
    if column.qualifier.as_deref().is_some_and(|qualifier| qualifier != alias) {
        return None;
    }
    let known = table.column(&column.name)?;
    let bare = KeySubject::Column(known.name.clone());
    match (&predicate.expression, &predicate.cast) {
        (None, None) => Some(bare),
        (_, Some(cast)) if grammar.dialect.cast_is_free(&known.data_type, cast) => Some(bare),
        // An index on the column is there: the cast is what has to go, not the index.
        (_, Some(_)) if leads_an_index(table, &known.name) => None,
        (Some(text), _) => grammar.indexes.unqualified(text, alias).map(KeySubject::Expression),
        (None, Some(_)) => None,
    }
}

/// An expression over several columns counts when all of them are this table's.
fn several_columns(predicate: &Predicate, alias: &str, grammar: Grammar<'_>) -> Option<KeySubject> {
    let text = predicate.expression.as_ref()?;
    grammar.indexes.unqualified(&predicate.text, alias)?;
    grammar.indexes.unqualified(text, alias).map(KeySubject::Expression)
}

fn leads_an_index(table: &Table, column: &str) -> bool {
    let first = |index: &Index| index.keys.first().and_then(|key| key.column.clone());
    table.indexes.iter().any(|index| first(index).as_deref() == Some(column))
}

/// A cast that costs nothing is no part of the key.
fn as_keyed(predicate: &Predicate, subject: &KeySubject) -> Predicate {
    match subject {
        KeySubject::Column(_) => Predicate { expression: None, cast: None, ..predicate.clone() },
        KeySubject::Expression(_) => predicate.clone(),
    }
}

fn is_several(predicate: &Predicate) -> bool {
    matches!(predicate.operand, Operand::List(_))
        || predicate.text.contains(" ANY ")
        || predicate.text.contains(" IN ")
}

/// Share of rows kept, from the most common values; only for what they can tell for sure.
pub(super) fn selectivity(predicate: &Predicate, column: &Column) -> Option<f64> {
    if predicate.expression.is_some() {
        return None;
    }
    let nulls = column.null_fraction;
    match predicate.kind {
        PredicateKind::NullTest if predicate.op.to_ascii_uppercase().contains("NOT") => {
            nulls.map(|nulls| 1.0 - nulls)
        }
        PredicateKind::NullTest => nulls,
        PredicateKind::Boolean => share_of(boolean_value(predicate), column),
        PredicateKind::Equality => match &predicate.operand {
            Operand::Constant(value) => share_of(value, column),
            Operand::List(values) => values.iter().map(|value| share_of(value, column)).sum(),
            _ => None,
        },
        _ => None,
    }
}

fn boolean_value(predicate: &Predicate) -> &'static str {
    if predicate.op.to_ascii_uppercase().contains("NOT") || predicate.text.contains("NOT ") {
        "f"
    } else {
        "t"
    }
}

/// A value outside a complete list of common values is rarer than all of them.
fn share_of(value: &str, column: &Column) -> Option<f64> {
    let same = |common: &str| common == value || is_same_boolean(common, value);
    let listed = column.common_values.iter().find(|(common, _)| same(common));
    listed.map(|(_, share)| *share).or_else(|| {
        let known: f64 = column.common_values.iter().map(|(_, share)| share).sum();
        let rest = column.distinct? - column.common_values.len() as f64;
        (!column.common_values.is_empty())
            .then(|| ((1.0 - known - column.null_fraction.unwrap_or(0.0)) / rest.max(1.0)).max(0.0))
    })
}

fn is_same_boolean(a: &str, b: &str) -> bool {
    let truth = |text: &str| match text {
        "t" | "true" => Some(true),
        "f" | "false" => Some(false),
        _ => None,
    };
    truth(a).is_some() && truth(a) == truth(b)
}
