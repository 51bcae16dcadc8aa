//! What is known of indexes from having built them: what they take, and what queries took with them.
//!
//! A planner that prices a plan wrongly prices its next of kin wrongly too: the same index with another column
//! carried along is read in the same way. So what the clock said of one plan corrects the price of every plan
//! that uses new indexes alike.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::{IndexDefinition, KeySubject};
use crate::plan::Plan;
use crate::stats::median;

/// Empty unless indexes were built: then prices are the planner's, and sizes modelled.
#[derive(Debug, Clone, Default)]
pub struct CostFeedback {
    /// Bytes of what was really built.
    pub sizes: BTreeMap<IndexDefinition, u64>,
    /// Milliseconds of an execution without new indexes, by query.
    pub before_ms: BTreeMap<String, f64>,
    pub observations: Vec<CostObservation>,
}

/// One query, measured with new indexes.
#[derive(Debug, Clone, PartialEq)]
pub struct CostObservation {
    pub query: String,
    /// New indexes that were in place, and those of them in its plans.
    pub present: BTreeSet<IndexDefinition>,
    pub used: BTreeSet<IndexDefinition>,
    /// How they were used.
    pub uses: Uses,
    /// What the planner thought of the plan.
    pub cost: f64,
    /// Time after / before.
    pub ratio: f64,
}

impl CostObservation {
    fn is_same_plan(&self, other: &CostObservation) -> bool {
        self.query == other.query
            && self.uses == other.uses
            && (self.cost - other.cost).abs() <= SAME_COST * self.cost
    }
}

/// Share by which costs of one plan may differ: a catalog knows a little more of an index each time it is built.
const SAME_COST: f64 = 1e-3;

/// How the plans of a query use new indexes; empty where they use none.
pub type Uses = BTreeSet<Use>;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// The node's name: an index is scanned, scanned alone, or made a bitmap of.
    label: String,
    table: String,
    leading: Option<KeySubject>,
    condition: Option<String>,
}

impl Use {
    /// `named` knows the new indexes by the names that plans have for them.
    pub fn all<'i>(plans: &[Plan], named: impl Fn(&str) -> Option<&'i IndexDefinition>) -> Uses {
        let nodes = plans.iter().flat_map(|plan| plan.walk());
        let used = nodes.filter_map(|(node, _)| {
            let index = named(node.index.as_deref()?)?;
            Some(Use {
                label: node.label.clone(),
                table: index.table.clone(),
                leading: index.keys.first().map(|key| key.subject.clone()),
                condition: node.index_cond.clone(),
            })
        });
        used.collect()
    }
}

impl CostFeedback {
    pub fn is_empty(&self) -> bool {
        self.observations.is_empty()
    }

    /// The last word on a query with the same indexes is the one that counts, and so is the last word on a plan: which
    /// indexes it passed over makes no difference to the time it takes.
    pub fn add(&mut self, observation: CostObservation) {
        let is_same = |known: &CostObservation| {
            known.query == observation.query && known.present == observation.present
        };
        self.observations.retain(|known| !is_same(known));
        for known in self.observations.iter_mut().filter(|known| known.is_same_plan(&observation)) {
            known.ratio = observation.ratio;
        }
        self.observations.push(observation);
    }

    /// The cost to reckon with for a plan that the planner prices at `cost`, where the query without new indexes is priced
    /// at `base`: what was measured of the most similar plan, scaled. A plan like none that was measured is priced by how
    /// far the planner's promises were kept so far; that a query will be slower is never concluded from others.
    pub fn calibrated(
        &self,
        query: &str,
        uses: &Uses,
        (base, cost): (f64, f64),
        optimism: f64,
    ) -> f64 {
        let alike = self.observations.iter().filter(|observation| {
            observation.query == query && observation.uses == *uses && observation.cost > 0.0
        });
        let apart = |observation: &&CostObservation| (cost / observation.cost).ln().abs();
        match alike.min_by(|a, b| apart(a).total_cmp(&apart(b))) {
            Some(nearest) => base * nearest.ratio * (cost / nearest.cost),
            None if uses.is_empty() || cost >= base => cost,
            None => (cost * optimism).clamp(cost, base),
        }
    }

    /// By how much plans with new indexes took longer than the planner had promised, as a median over what was
    /// measured; at least 1. `bases` are the planner's costs without new indexes, by query.
    pub fn optimism(&self, bases: &[(&str, f64)]) -> f64 {
        let kept = self.observations.iter().filter(|observation| !observation.uses.is_empty());
        let excess = kept.filter_map(|observation| {
            let (_, base) = bases.iter().find(|(query, _)| *query == observation.query)?;
            let promised = observation.cost / base;
            (promised > 0.0 && promised.is_finite()).then(|| observation.ratio / promised)
        });
        median(excess.collect()).map_or(1.0, |excess| excess.max(1.0))
    }

    /// What one unit of the planner's cost is worth, by query: milliseconds where times are known, so that a query
    /// counts by the time it takes. One without a time has the rate of the others together.
    pub fn rates(&self, queries: &[(&str, f64)]) -> Vec<f64> {
        let timed = |(query, cost): &(&str, f64)| {
            self.before_ms.get(*query).map(|ms| (*ms, *cost)).filter(|(_, cost)| *cost > 0.0)
        };
        let (ms, cost) = queries
            .iter()
            .filter_map(timed)
            .fold((0.0, 0.0), |sum, (ms, cost)| (sum.0 + ms, sum.1 + cost));
        let mean = if cost > 0.0 { ms / cost } else { 1.0 };
        queries.iter().map(|query| timed(query).map_or(mean, |(ms, cost)| ms / cost)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uses(condition: &str) -> Uses {
        let leading = Some(KeySubject::Column("day".to_owned()));
        let condition = Some(condition.to_owned());
        Uses::from([Use { label: "Index Scan".into(), table: "t".into(), leading, condition }])
    }

    fn seen(cost: f64, ratio: f64) -> CostObservation {
        let day = IndexDefinition::on("public", "t", "btree", &["day", &cost.to_string()]);
        let (used, uses) = (BTreeSet::from([day]), uses("(day > 1)"));
        CostObservation { query: "q".to_owned(), present: used.clone(), used, uses, cost, ratio }
    }

    #[test]
    fn a_plan_that_was_measured_corrects_its_next_of_kin() {
        let mut cost_feedback = CostFeedback::default();
        cost_feedback.add(seen(50.0, 1.5));
        let price = |cost_feedback: &CostFeedback, condition: &str, cost: f64| {
            let optimism = cost_feedback.optimism(&[("q", 100.0)]);
            cost_feedback.calibrated("q", &uses(condition), (100.0, cost), optimism)
        };
        // The planner promised half the cost, and it took half as long again: three times what was promised.
        assert_eq!(price(&cost_feedback, "(day > 1)", 50.0), 150.0);
        assert_eq!(price(&cost_feedback, "(day > 1)", 40.0), 120.0);
        assert_eq!(price(&cost_feedback, "(day = 1)", 20.0), 60.0);
        assert_eq!(price(&cost_feedback, "(day = 1)", 40.0), 100.0, "no gain, and no loss either");
        assert_eq!(cost_feedback.calibrated("q", &Uses::new(), (100.0, 100.0), 3.0), 100.0);
        cost_feedback.add(seen(20.0, 0.2));
        assert_eq!(price(&cost_feedback, "(day > 1)", 20.0), 20.0);
        cost_feedback.add(seen(20.0, 0.4));
        assert_eq!(price(&cost_feedback, "(day > 1)", 20.0), 40.0);
        assert_eq!(cost_feedback.observations.len(), 2);
    }

    #[test]
    fn the_last_word_on_a_plan_counts_whichever_indexes_were_passed_over() {
        let mut cost_feedback = CostFeedback::default();
        let beside = IndexDefinition::on("public", "t", "btree", &["hour"]);
        let mut first = seen(50.0, 0.9);
        first.present.insert(beside);
        cost_feedback.add(first);
        cost_feedback.add(seen(50.01, 0.3));
        cost_feedback.add(seen(60.0, 0.5));
        let ratios: Vec<f64> = cost_feedback.observations.iter().map(|seen| seen.ratio).collect();
        assert_eq!(ratios, [0.3, 0.3, 0.5]);
    }

    #[test]
    fn queries_count_by_the_time_they_take() {
        let mut cost_feedback = CostFeedback::default();
        let queries = [("a", 100.0), ("b", 100.0), ("c", 10.0)];
        assert_eq!(cost_feedback.rates(&queries), [1.0, 1.0, 1.0]);
        cost_feedback.before_ms = [("a".to_owned(), 900.0), ("b".to_owned(), 100.0)].into();
        assert_eq!(cost_feedback.rates(&queries), [9.0, 1.0, 5.0]);
    }
}
