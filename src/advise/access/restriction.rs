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
    let predicate = &grammar.serving().settled(predicate.clone(), Some(table));
    let subject = subject_of(predicate, alias, table, grammar)?;
    let column = predicate.column.as_ref().and_then(|column| table.column(&column.name));
    let services = grammar.indexes.services(predicate, column, grammar.operators);
    let condition = if fixed { condition(predicate, alias, table, grammar) } else { None };
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
        return several_columns(predicate, alias, table, grammar);
    };
    if column.qualifier.as_deref().is_some_and(|qualifier| qualifier != alias) {
        return None;
    }
    let known = table.column(&column.name)?;
    let bare = KeySubject::Column(known.name.clone());
    let predicate = grammar.serving().settled(predicate.clone(), Some(table));
    match (&predicate.expression, &predicate.cast) {
        (None, None) => Some(bare),
        // An index on the column is there: the cast is what has to go, not the index.
        (_, Some(_)) if leads_an_index(table, &known.name) => None,
        (Some(text), _) => expression(text, alias, table, grammar),
        (None, Some(_)) => None,
    }
}

/// An expression that an index can hold. A condition wrapped into another is better taken out of it.
fn expression(text: &str, alias: &str, table: &Table, grammar: Grammar<'_>) -> Option<KeySubject> {
    let text = grammar.indexes.unqualified(text, alias)?;
    let fits = grammar.serving().is_immutable(&text, table) && !grammar.dialect.is_condition(&text);
    fits.then_some(KeySubject::Expression(text))
}

/// The whole condition, as a partial index may have it.
fn condition(
    predicate: &Predicate,
    alias: &str,
    table: &Table,
    grammar: Grammar<'_>,
) -> Option<String> {
    let text = grammar.indexes.unqualified(&predicate.text, alias)?;
    grammar.serving().is_immutable(&text, table).then_some(text)
}

/// An expression over several columns counts when all of them are this table's.
fn several_columns(
    predicate: &Predicate,
    alias: &str,
    table: &Table,
    grammar: Grammar<'_>,
) -> Option<KeySubject> {
    let text = predicate.expression.as_ref()?;
    grammar.indexes.unqualified(&predicate.text, alias)?;
    expression(text, alias, table, grammar)
}

fn leads_an_index(table: &Table, column: &str) -> bool {
    let first = |index: &Index| index.keys.first().and_then(|key| key.column.clone());
    table.indexes.iter().any(|index| first(index).as_deref() == Some(column))
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
