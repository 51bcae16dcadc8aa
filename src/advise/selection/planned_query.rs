//! The planner's cost of a query, over its parameter sets.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::{IndexDefinition, KeyDefinition, KeySubject, Params};
use crate::plan::Plan;
use crate::run::QueryRun;

/// More sets than this add calls, not knowledge.
const MOST_SETS: usize = 8;

/// A query as the planner is asked about it.
#[derive(Debug, Clone)]
pub struct PlannedQuery<'a> {
    pub query: &'a QueryRun,
    pub sets: Vec<Params>,
    /// Tables whose indexes can make a difference; empty when that is not known.
    pub tables: BTreeSet<String>,
    /// Conditions between columns of one row that hold wherever the query reads their table, with the columns:
    /// by schema, table and condition.
    pub compared: BTreeMap<(String, String, String), BTreeSet<String>>,
    /// The same query with another table in front, by that table: see [`crate::sql::Dialect::led_by`].
    pub reordered: BTreeMap<String, String>,
}

/// A spelling of a query, and the indexes that a planner is shown with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Version<'q> {
    pub sql: &'q str,
    pub shown: Vec<Shown>,
}

/// An index, and what the planner is shown in its place: mostly itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    pub index: IndexDefinition,
    pub as_what: IndexDefinition,
}

impl Shown {
    pub fn as_itself(index: &IndexDefinition) -> Self {
        Shown { index: index.clone(), as_what: index.clone() }
    }
}

pub fn is_bound(index: &IndexDefinition) -> bool {
    let is_expression = |key: &KeyDefinition| matches!(key.subject, KeySubject::Expression(_));
    index.predicate.is_some() || index.keys.iter().any(is_expression)
}

impl<'a> PlannedQuery<'a> {
    pub fn new(query: &'a QueryRun) -> Self {
        let (tables, compared, reordered) = Default::default();
        PlannedQuery { query, sets: spread(&query.params), tables, compared, reordered }
    }

    /// How a planner is asked about `indexes`; `is_built` knows those that need no showing.
    ///
    /// Expressions and conditions of hypothetical indexes are bound to the first table of a FROM: see
    /// [`crate::engine::Session::add_hypothetical`]. For another table the planner would not consider them, so the
    /// query is turned until that table leads; it can be only one, and those of others are not shown. For a condition
    /// between columns something else can stand in: an index of all rows that carries them answers the same query, mostly
    /// at a higher cost (being larger, it may be read in parallel at a lower one).
    pub fn version(
        &self,
        indexes: &[IndexDefinition],
        is_built: impl Fn(&IndexDefinition) -> bool,
    ) -> Version<'_> {
        let (mut shown, mut bound) = (Vec::new(), Vec::new());
        for index in indexes {
            if is_built(index) || !is_bound(index) {
                shown.push(Shown::as_itself(index));
            } else if let Some(as_what) = self.stand_in(index) {
                shown.push(Shown { index: index.clone(), as_what });
            } else if let Some(sql) = self.led_by(&index.table) {
                bound.push((sql, index));
            }
        }
        let as_it_is = self.query.sql.as_str();
        let leads = bound.iter().any(|(sql, _)| *sql == as_it_is);
        let sql = match bound.first() {
            Some((reordered, _)) if !leads => reordered,
            _ => as_it_is,
        };
        let led = bound.into_iter().filter(|(led, _)| *led == sql);
        shown.extend(led.map(|(_, index)| Shown::as_itself(index)));
        Version { sql, shown }
    }

    /// The query with `table` in front, where that is possible.
    fn led_by(&self, table: &str) -> Option<&str> {
        let shape = self.query.shape.as_ref()?;
        match shape.leading.iter().any(|leading| leading == table) {
            true => Some(&self.query.sql),
            false => self.reordered.get(table).map(String::as_str),
        }
    }

    fn stand_in(&self, index: &IndexDefinition) -> Option<IndexDefinition> {
        let key = (index.schema.clone(), index.table.clone(), index.predicate.clone()?);
        let compared = self.compared.get(&key)?;
        let mut whole = IndexDefinition { predicate: None, ..index.clone() };
        let keyed = |name: &String| {
            index.keys.iter().any(|key| key.subject == KeySubject::Column(name.clone()))
        };
        let carried = compared.iter().filter(|name| !keyed(name) && !index.include.contains(name));
        whole.include.extend(carried.cloned());
        Some(whole)
    }

    pub fn concerns(&self, index: &IndexDefinition) -> bool {
        self.tables.is_empty() || self.tables.contains(&index.table)
    }
}

/// Distinct sets, evenly spread over all of them, whatever order they were written in; one empty set for a statement
/// without parameters.
fn spread(params: &[Params]) -> Vec<Params> {
    let distinct: BTreeSet<&Params> = params.iter().collect();
    if distinct.is_empty() {
        return vec![Params::new()];
    }
    let step = distinct.len().div_ceil(MOST_SETS);
    distinct.into_iter().step_by(step).cloned().collect()
}

/// Cost of one query under one set of indexes.
#[derive(Debug, Clone, PartialEq)]
pub struct Price {
    /// Per parameter set, in the planner's units.
    pub costs: Vec<f64>,
    /// Names of all indexes in the plans.
    pub used: BTreeSet<String>,
}

impl Price {
    pub fn of(plans: &[Plan]) -> Self {
        let costs = plans.iter().map(|plan| plan.root.total_cost.unwrap_or(0.0)).collect();
        let used = plans
            .iter()
            .flat_map(|plan| plan.walk())
            .filter_map(|(node, _)| node.index.clone())
            .collect();
        Price { costs, used }
    }

    /// Mean over the parameter sets.
    pub fn cost(&self) -> f64 {
        self.costs.iter().sum::<f64>() / self.costs.len().max(1) as f64
    }

    /// Share of `before` that this price saves, 0 to 1.
    pub fn gain_over(&self, before: &Price) -> f64 {
        let before = before.cost();
        if before > 0.0 { ((before - self.cost()) / before).max(0.0) } else { 0.0 }
    }

    /// Lowest and highest gain among the parameter sets.
    pub fn gains_over(&self, before: &Price) -> (f64, f64) {
        let gains = self.costs.iter().zip(&before.costs).filter(|(_, before)| **before > 0.0);
        gains
            .map(|(after, before)| ((before - after) / before).max(0.0))
            .fold((f64::MAX, 0.0), |(low, high), gain| (low.min(gain), high.max(gain)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameter_sets_are_spread_and_distinct() {
        let set = |n: usize| vec![Some(n.to_string())];
        let many: Vec<Params> = (0..40).flat_map(|n| [set(n), set(n)]).collect();
        let sets = spread(&many);
        assert_eq!(sets.len(), 8);
        let backwards: Vec<Params> = many.iter().rev().cloned().collect();
        assert_eq!(sets, spread(&backwards));
        assert_eq!(spread(&[]), vec![Params::new()]);
    }

    #[test]
    fn gains_compare_set_by_set() {
        let price = |costs: &[f64]| Price { costs: costs.to_vec(), used: BTreeSet::new() };
        let (low, high) = price(&[10.0, 90.0]).gains_over(&price(&[100.0, 100.0]));
        assert!((low - 0.1).abs() < 1e-9 && (high - 0.9).abs() < 1e-9);
        assert!((price(&[10.0, 90.0]).gain_over(&price(&[100.0, 100.0])) - 0.5).abs() < 1e-9);
    }
}
