//! The planner's cost of a query, over its parameter sets.

use std::collections::BTreeSet;

use crate::engine::{IndexDefinition, Params};
use crate::plan::Plan;
use crate::run::QueryRun;

/// More sets than this add calls, not knowledge.
const MOST_SETS: usize = 8;

/// A query as the planner is asked about it.
#[derive(Debug, Clone)]
pub struct Priced<'a> {
    pub query: &'a QueryRun,
    pub sets: Vec<Params>,
    /// Tables whose indexes can make a difference; empty when that is not known.
    pub tables: BTreeSet<String>,
}

impl<'a> Priced<'a> {
    pub fn new(query: &'a QueryRun) -> Self {
        Priced { query, sets: spread(&query.params), tables: BTreeSet::new() }
    }

    pub fn concerns(&self, index: &IndexDefinition) -> bool {
        self.tables.is_empty() || self.tables.contains(&index.table)
    }
}

/// Distinct sets, evenly spread over all of them; one empty set for a statement without parameters.
fn spread(params: &[Params]) -> Vec<Params> {
    let mut seen = BTreeSet::new();
    let distinct: Vec<&Params> = params.iter().filter(|set| seen.insert(*set)).collect();
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
        assert_eq!(sets[1], set(5));
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
