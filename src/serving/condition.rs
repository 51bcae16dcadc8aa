//! One index, one condition.

use crate::engine::{Index, IndexKey, KeyRole, Service, Table};
use crate::sql::{Operand, Predicate, PredicateKind};

use super::context::{Serving, is_within_row};
use super::key;

impl Serving<'_> {
    /// A valid index of `table` that could serve `predicate`, one of the `conjuncts` of a condition. All of them
    /// settled.
    pub fn index_for<'t>(
        &self,
        table: &'t Table,
        predicate: &Predicate,
        conjuncts: &[Predicate],
    ) -> Option<&'t Index> {
        let ways = self.ways(table, predicate);
        table.indexes.iter().find(|index| {
            index.is_searched()
                && (self.is_found_by_key(table, index, predicate, &ways, conjuncts)
                    || self.is_found_by_condition(table, index, predicate, conjuncts))
        })
    }

    /// Every way in which an index could serve `predicate`; none where none can.
    pub fn ways(&self, table: &Table, predicate: &Predicate) -> Vec<Service> {
        if is_within_row(predicate) {
            return Vec::new();
        }
        let column = predicate.column.as_ref().and_then(|column| table.column(&column.name));
        match self.indexes {
            Some(indexes) => indexes.serving(predicate, column, self.operators),
            None => ordered_only(predicate),
        }
    }

    /// The keys of the index lead to the rows.
    fn is_found_by_key(
        &self,
        table: &Table,
        index: &Index,
        predicate: &Predicate,
        ways: &[Service],
        conjuncts: &[Predicate],
    ) -> bool {
        let fits = |key: &IndexKey| {
            self.is_about(key, predicate) && ways.iter().any(|way| is_way(way, index, key))
        };
        let found = match has_order_of_keys(index) {
            true => self.reachable_keys(table, index, conjuncts).any(fits),
            false => index.keys.iter().any(fits),
        };
        found && self.holds_the_rows(table, index, conjuncts)
    }

    /// The first key, and those behind keys that other conjuncts pin to single values.
    fn reachable_keys<'i>(
        &self,
        table: &Table,
        index: &'i Index,
        conjuncts: &[Predicate],
    ) -> impl Iterator<Item = &'i IndexKey> {
        let is_pinned = |key: &IndexKey| {
            conjuncts.iter().any(|other| {
                self.is_about(key, other)
                    && self
                        .ways(table, other)
                        .iter()
                        .any(|way| way.role == KeyRole::Equality && is_way(way, index, key))
            })
        };
        let pinned = index.keys.iter().take_while(|key| is_pinned(key)).count();
        index.keys.iter().take(pinned + 1)
    }

    /// The index holds only rows that meet the condition.
    fn is_found_by_condition(
        &self,
        table: &Table,
        index: &Index,
        predicate: &Predicate,
        conjuncts: &[Predicate],
    ) -> bool {
        if index.predicate.is_none() || !self.holds_the_rows(table, index, conjuncts) {
            return false;
        }
        let others: Vec<Predicate> =
            conjuncts.iter().filter(|other| other.text != predicate.text).cloned().collect();
        !self.holds_the_rows(table, index, &others)
    }

    /// Every row that meets `conjuncts` is in the index, and the planner can see it.
    pub fn holds_the_rows(&self, table: &Table, index: &Index, conjuncts: &[Predicate]) -> bool {
        index
            .predicate
            .as_deref()
            .is_none_or(|condition| self.is_implied(condition, table, conjuncts))
    }

    /// The key holds what the condition compares, in the same collation.
    fn is_about(&self, key: &IndexKey, predicate: &Predicate) -> bool {
        match (&predicate.expression, &predicate.column) {
            (None, Some(column)) => {
                key.collation.is_none() && key.column.as_ref() == Some(&column.name)
            }
            (Some(expression), _) => {
                let is_bare = key.column.is_some() && key.collation.is_none();
                !is_bare
                    && self.indexes.is_some_and(|indexes| {
                        indexes.same_expression(&key::text(key, self.dialect), expression)
                    })
            }
            (None, None) => false,
        }
    }

    /// An ordered, valid index of all rows of `table` that begins with `column` as its own type sorts it.
    pub fn index_in_order_of<'t>(&self, table: &'t Table, column: &str) -> Option<&'t Index> {
        table.indexes.iter().find(|index| {
            let first = index.keys.first();
            index.is_searched()
                && index.predicate.is_none()
                && is_ordered(index)
                && first.is_some_and(|key| {
                    key.column.as_deref() == Some(column)
                        && key.collation.is_none()
                        && key.operator_class.is_none()
                })
        })
    }
}

fn is_way(way: &Service, index: &Index, key: &IndexKey) -> bool {
    way.method.eq_ignore_ascii_case(&index.method) && way.operator_class == key.operator_class
}

pub fn is_ordered(index: &Index) -> bool {
    index.method.eq_ignore_ascii_case("btree")
}

/// Only its first key leads anywhere.
fn has_order_of_keys(index: &Index) -> bool {
    is_ordered(index) || index.method.eq_ignore_ascii_case("hash")
}

/// What holds for every engine: bare columns compared with values, or matched by a fixed beginning.
fn ordered_only(predicate: &Predicate) -> Vec<Service> {
    use PredicateKind::{Boolean, Equality, NullTest, Pattern, Range};
    let role = match (predicate.kind, &predicate.operand) {
        (Equality | Boolean | NullTest, _) => KeyRole::Equality,
        (Range, _) => KeyRole::Range,
        (Pattern, Operand::Constant(text)) if !text.starts_with(['%', '_']) => KeyRole::Range,
        _ => return Vec::new(),
    };
    let bare = predicate.expression.is_none() && predicate.cast.is_none();
    let way = Service { method: "btree".to_owned(), operator_class: None, role, extension: None };
    if bare { vec![way] } else { Vec::new() }
}
