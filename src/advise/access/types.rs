//! One table's part in one plan.

use std::collections::BTreeSet;

use crate::engine::{IndexGrammar, KeyRole, KeySubject, Operators, Service, Table};
use crate::serving::Serving;
use crate::sql::{Dialect, Predicate};

/// What an engine says about SQL that advice is made of.
#[derive(Clone, Copy)]
pub struct Grammar<'a> {
    pub dialect: &'a dyn Dialect,
    pub indexes: &'a dyn IndexGrammar,
    /// What the server tells of its operators.
    pub operators: &'a Operators,
}

impl<'a> Grammar<'a> {
    pub fn serving(&self) -> Serving<'a> {
        let (dialect, indexes) = (self.dialect, Some(self.indexes));
        Serving { dialect, indexes, operators: self.operators }
    }
}

/// A condition on one key of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct Restriction {
    pub subject: KeySubject,
    pub predicate: Predicate,
    pub services: Vec<Service>,
    /// The whole condition without table qualifiers, fit for a partial index; `None` when it is
    /// not the same in every execution.
    pub condition: Option<String>,
    /// Share of the table's rows it keeps, where statistics tell.
    pub selectivity: Option<f64>,
    /// Several values (`IN`): keys behind it come out unordered.
    pub several: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OrderKey {
    pub subject: KeySubject,
    pub descending: bool,
    pub nulls_first: bool,
}

/// What one query asks of one table.
#[derive(Debug, Clone)]
pub struct Access<'a> {
    pub table: &'a Table,
    /// The name it goes by in the plan.
    pub alias: String,
    pub restrictions: Vec<Restriction>,
    /// ORs of conditions, each as its arms: one index for each arm serves it, and only all together.
    pub alternatives: Vec<Vec<Vec<Restriction>>>,
    /// Columns equated with those of one other relation each; every entry is one such relation.
    pub joins: Vec<Vec<KeySubject>>,
    /// Orders in which the rows are wanted: ORDER BY, GROUP BY, merge keys, MIN and MAX.
    pub orders: Vec<Vec<OrderKey>>,
    /// Columns the query reads of it. `None` when it may be all of them.
    pub needed: Option<BTreeSet<String>>,
    /// Conditions between columns of one row.
    pub compared: Option<Compared>,
    /// Conditions on the table's states, each fit for a partial index.
    pub states: Vec<State>,
    /// Columns that the plan's filter of fetched rows looks at.
    pub filtered: BTreeSet<String>,
    /// The plan reads the whole table.
    pub whole_table: bool,
    /// Estimated share of the rows that the access keeps.
    pub kept: Option<f64>,
}

/// A condition that is the same in every execution, on columns of which most rows have one value: what is still
/// to be done, what was not deleted.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// Without table qualifiers.
    pub condition: String,
    pub columns: BTreeSet<String>,
    /// The conjuncts of the plan's conditions that it stands for.
    pub texts: BTreeSet<String>,
    /// Share of the table's rows that meet it, where statistics or the planner tell.
    pub share: Option<f64>,
}

/// Conditions between two columns of the same row, all of them together.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// Without table qualifiers, fit for a partial index.
    pub condition: String,
    pub columns: BTreeSet<String>,
    /// Share of the table's rows it keeps, as planners guess it.
    pub share: f64,
    /// As [`Access::needed`], from rows that are known to meet the condition.
    pub needed: Option<BTreeSet<String>>,
}

impl Access<'_> {
    /// Columns that an index of the rows meeting `predicate` must hold to answer alone.
    pub fn needed_of(&self, predicate: Option<&str>) -> Option<&BTreeSet<String>> {
        let compared = self.compared.as_ref();
        match compared.filter(|compared| Some(compared.condition.as_str()) == predicate) {
            Some(compared) => compared.needed.as_ref(),
            None => self.needed.as_ref(),
        }
    }
}

impl Restriction {
    pub fn ordered_role(&self, method: &str) -> Option<KeyRole> {
        self.services.iter().find(|service| service.method == method).map(|service| service.role)
    }
}
