//! Conditions on states: the few rows still to be done among the many that are.
//!
//! An index of those rows alone serves a poll by a range, `<>`, `NOT IN` or an OR as well as by equality, since no key
//! has to find them.

use std::collections::BTreeSet;

use crate::engine::{Column, Table};
use crate::run::QueryRun;
use crate::sql::{Operand, Predicate, PredicateKind};

use super::constancy::Constancy;
use super::restriction::selectivity;
use super::types::{Grammar, State};

/// One value makes up at least this share of the rows, so that the others are states the workload asks for, not keys
/// it looks up.
const DOMINATING: f64 = 0.5;

/// An application knows no more states than this by name.
const MOST_STATES: usize = 16;

/// Where conditions come from: a plan of `query` that knows `table` as `alias`.
pub struct Source<'s, 'g> {
    pub query: &'s QueryRun,
    pub alias: &'s str,
    pub table: &'s Table,
    pub constancy: &'s Constancy,
    pub grammar: Grammar<'g>,
}

impl Source<'_, '_> {
    /// Each of the conjuncts that is one, in their order.
    pub fn of(&self, conjuncts: &[Predicate]) -> Vec<State> {
        let mut found: Vec<State> = Vec::new();
        for state in conjuncts.iter().filter_map(|predicate| self.state(predicate)) {
            if !found.iter().any(|known| known.condition == state.condition) {
                found.push(state);
            }
        }
        found
    }

    fn state(&self, predicate: &Predicate) -> Option<State> {
        let predicate = &self.grammar.serving().settled(predicate.clone(), Some(self.table));
        let columns = match predicate.kind {
            PredicateKind::Other => self.alternatives(predicate)?,
            PredicateKind::Boolean if predicate.expression.is_some() => self.computed(predicate)?,
            _ => match self.column(predicate, false) {
                Some(column) => BTreeSet::from([column]),
                None => return self.any_of_the_known(predicate),
            },
        };
        let condition = self.grammar.indexes.unqualified(&predicate.text, self.alias)?;
        if !self.grammar.serving().is_immutable(&condition, self.table) {
            return None;
        }
        let single = columns.first().filter(|_| columns.len() == 1);
        let column = single.and_then(|name| self.table.column(name));
        let share = column.and_then(|column| selectivity(predicate, column));
        Some(State { condition, columns, texts: BTreeSet::from([predicate.text.clone()]), share })
    }

    /// Statements of one form that ask for different states, each written out: one index of all those states serves them,
    /// with the column still as a key where that helps.
    fn any_of_the_known(&self, predicate: &Predicate) -> Option<State> {
        let column = self.column(predicate, true)?;
        let values = self.constancy.values(self.query, &column)?;
        if predicate.kind != PredicateKind::Equality || values.len() > MOST_STATES {
            return None;
        }
        let dialect = self.grammar.dialect;
        let listed: Vec<String> = values.iter().map(|value| dialect.quote_literal(value)).collect();
        let condition =
            format!("({} IN ({}))", dialect.quote_identifier(&column), listed.join(", "));
        let (columns, texts) = (BTreeSet::from([column]), BTreeSet::new());
        Some(State { condition, columns, texts, share: None })
    }

    /// A truth that is computed from the row, `(payload ->> 'flag')::boolean`: no column holds the state itself.
    fn computed(&self, predicate: &Predicate) -> Option<BTreeSet<String>> {
        let name = predicate.column.as_ref()?;
        let own = name.qualifier.as_deref().is_none_or(|qualifier| qualifier == self.alias);
        let written = self.constancy.is_written(self.query, &predicate.text, self.grammar.dialect);
        (own && written && self.table.column(&name.name).is_some()).then(BTreeSet::new)
    }

    /// The columns of an OR all of whose arms are conditions on states.
    fn alternatives(&self, predicate: &Predicate) -> Option<BTreeSet<String>> {
        let ors = self.grammar.dialect.alternatives(&predicate.text);
        let [arms] = ors.as_slice() else { return None };
        let written = self.constancy.is_written(self.query, &predicate.text, self.grammar.dialect);
        let settled =
            |leaf: &Predicate| self.grammar.serving().settled(leaf.clone(), Some(self.table));
        let leaves = arms.iter().flatten().map(settled);
        if !written {
            return None;
        }
        leaves.map(|leaf| self.column(&leaf, true)).collect()
    }

    /// The column of the table that `predicate` asks a state of. Inside an OR that is `written` in the statement its
    /// constants are known to be fixed.
    fn column(&self, predicate: &Predicate, written: bool) -> Option<String> {
        let name = predicate.column.as_ref()?;
        let own = name.qualifier.as_deref().is_none_or(|qualifier| qualifier == self.alias);
        let bare = predicate.expression.is_none() && own;
        let column = self.table.column(&name.name).filter(|_| bare)?;
        let by_nature = matches!(predicate.kind, PredicateKind::Boolean | PredicateKind::NullTest);
        let compared = matches!(
            predicate.kind,
            PredicateKind::Equality | PredicateKind::Range | PredicateKind::Inequality
        );
        let constant = matches!(predicate.operand, Operand::Constant(_) | Operand::List(_));
        let fixed = match by_nature {
            true => written || self.constancy.is_fixed(self.query, predicate),
            false => constant && (written || self.constancy.is_fixed(self.query, predicate)),
        };
        let dominated = is_dominated(column) && number_of(&predicate.operand) <= MOST_STATES;
        (fixed && (by_nature || compared && dominated)).then(|| column.name.clone())
    }
}

fn is_dominated(column: &Column) -> bool {
    let few = column.distinct.is_some_and(|distinct| distinct <= MOST_STATES as f64);
    let nulls = column.null_fraction.filter(|_| few).unwrap_or(0.0);
    column.common_values.first().map_or(nulls, |(_, share)| share.max(nulls)) >= DOMINATING
}

fn number_of(operand: &Operand) -> usize {
    match operand {
        Operand::List(values) => values.len(),
        _ => 1,
    }
}
