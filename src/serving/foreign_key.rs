//! Whether the check of a foreign key finds the rows that refer by an index.

use crate::engine::{ForeignKey, Index, Table};
use crate::sql::{ColumnRef, Operand, Predicate, PredicateKind};

use super::context::Serving;

/// The key's columns, in any order, are the first keys of a valid index that holds every row that refers to
/// another, or the first key is one of them and finds few rows by itself. An index of the rows that do refer (`WHERE
/// column IS NOT NULL`) holds them all.
pub fn leads_an_index(serving: &Serving<'_>, table: &Table, key: &ForeignKey) -> bool {
    let asked: Vec<Predicate> = key.columns.iter().map(|name| equality(name)).collect();
    table.indexes.iter().any(|index| {
        index.valid
            && serving.holds_the_rows(table, index, &asked)
            && (is_led_by(serving, table, index, &asked)
                || finds_few(serving, table, index, &asked))
    })
}

/// Each column is found by one of as many leading keys.
pub fn is_led_by(serving: &Serving<'_>, table: &Table, index: &Index, asked: &[Predicate]) -> bool {
    asked.iter().all(|predicate| {
        index.keys.iter().take(asked.len()).any(|key| {
            let alone = Index { keys: vec![key.clone()], ..index.clone() };
            let only = Table { indexes: vec![alone], ..without_indexes(table) };
            serving.index_for(&only, predicate, asked).is_some()
        })
    })
}

/// More rows than these of one value, on average or of the most common one, are read in vain.
const FEW: f64 = 50.0;
const MANY: f64 = 1000.0;

fn finds_few(serving: &Serving<'_>, table: &Table, index: &Index, asked: &[Predicate]) -> bool {
    let Some(first) = index.keys.first() else { return false };
    let Some(column) = first.column.as_deref().and_then(|name| table.column(name)) else {
        return false;
    };
    let most = column.common_values.first().map_or(0.0, |(_, share)| share * table.rows);
    let few = column.distinct.is_some_and(|distinct| table.rows / distinct.max(1.0) <= FEW);
    let asked: Vec<Predicate> = asked.iter().filter(|p| p.text == column.name).cloned().collect();
    few && most <= MANY && !asked.is_empty() && is_led_by(serving, table, index, &asked)
}

fn without_indexes(table: &Table) -> Table {
    Table { indexes: Vec::new(), ..table.clone() }
}

pub fn equality(column: &str) -> Predicate {
    Predicate {
        kind: PredicateKind::Equality,
        column: Some(ColumnRef { qualifier: None, name: column.to_owned() }),
        op: "=".to_owned(),
        operand: Operand::Parameter(1),
        ..Predicate::other(column)
    }
}
