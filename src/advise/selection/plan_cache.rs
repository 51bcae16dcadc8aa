//! What the planner has said about one query, and what follows from it without asking again.

use std::collections::HashMap;

use super::configuration::Configuration;

/// One answer: under `shown` the planner chose a plan that needs no more than `used`.
#[derive(Debug, Clone, PartialEq)]
pub struct CachedPlan {
    pub shown: Configuration,
    pub used: Configuration,
    /// By which the planner chooses.
    pub cost: f64,
    /// What to reckon with: the same, unless the clock has said otherwise.
    pub calibrated: f64,
}

/// An index that is only shown to the planner is priced a little otherwise than when it is there.
const AS_CHEAP: f64 = 1.02;

/// Costs of one query. A planner takes the cheapest plan it knows, so more indexes never make a
/// query dearer, and a plan stays the best one as long as all it uses is there. (INUM and CoPhy rest on the
/// same observation.) Hence one answer prices every set between what it used and what was shown.
#[derive(Debug, Clone, Default)]
pub struct PlanCache {
    /// Candidates that can make a difference to this query.
    pub relevant: Configuration,
    /// Those of them that sets are told apart by.
    useful: Configuration,
    cached_plans: Vec<CachedPlan>,
    /// Answers of the planner when the indexes were really there; where it was shown them only, it may err.
    real: Vec<CachedPlan>,
    /// Sets that were asked about, or derived once.
    known: HashMap<Configuration, usize>,
}

impl PlanCache {
    pub fn new(relevant: Configuration) -> Self {
        PlanCache { useful: relevant.clone(), relevant, ..PlanCache::default() }
    }

    /// The part of `set` that makes a difference to this query, as far as is known.
    pub fn key(&self, set: &Configuration) -> Configuration {
        set.intersection(&self.useful)
    }

    pub fn add(&mut self, cached_plan: CachedPlan) {
        self.known.insert(cached_plan.shown.clone(), self.cached_plans.len());
        self.cached_plans.push(cached_plan);
    }

    /// What the planner did with indexes that were built, and what came of it.
    pub fn add_real(&mut self, cached_plan: CachedPlan) {
        self.real.push(cached_plan);
    }

    pub fn cached_plans(&self) -> &[CachedPlan] {
        &self.cached_plans
    }

    /// Leaves aside candidates that no plan has used so far, but for `keep`: a search need not ask about each
    /// set with them anew.
    pub fn narrow(&mut self, keep: &Configuration) {
        let cached_plans = self.cached_plans.iter().chain(&self.real);
        let used = cached_plans.fold(keep.clone(), |all, cached_plan| all.union(&cached_plan.used));
        self.useful = self.relevant.intersection(&used);
    }

    /// Takes them all in again: what no plan has used yet might still be used beside others.
    pub fn widen(&mut self) {
        self.useful = self.relevant.clone();
    }

    /// What the planner would say, where that is certain. `key` is from [`PlanCache::key`].
    pub fn exact(&self, key: &Configuration) -> Option<&CachedPlan> {
        if let Some(at) = self.known.get(key) {
            return self.cached_plans.get(*at);
        }
        self.cached_plans.iter().find(|cached_plan| {
            cached_plan.used.is_subset(key) && key.is_subset(&cached_plan.shown)
        })
    }

    /// As [`PlanCache::exact`], but for what the planner did once such indexes were there: it takes a plan that it took before
    /// where it knows of none that is plainly cheaper, and none that it had the indexes for and passed over.
    pub fn likely(&self, key: &Configuration) -> Option<&CachedPlan> {
        let between = |real: &&CachedPlan| real.used.is_subset(key) && key.is_subset(&real.shown);
        if let Some(real) = self.real.iter().rev().find(between) {
            return Some(real);
        }
        let shown = self.exact(key)?;
        let taken = self.real.iter().filter(|real| {
            let passed_over = shown.used.is_subset(&real.shown);
            real.used.is_subset(key)
                && (real.cost <= shown.cost * AS_CHEAP || passed_over && shown.cost < real.cost)
        });
        taken.min_by(|a, b| a.cost.total_cmp(&b.cost)).or(Some(shown))
    }

    /// The query costs at most this much by the planner: some plan that is known is possible.
    pub fn high(&self, key: &Configuration) -> f64 {
        let possible =
            self.cached_plans.iter().filter(|cached_plan| cached_plan.used.is_subset(key));
        let chosen = possible.min_by(|a, b| a.cost.total_cmp(&b.cost));
        chosen.map_or(f64::INFINITY, |cached_plan| cached_plan.calibrated)
    }

    /// The query costs at least this much: with more indexes it costs no less.
    pub fn low(&self, key: &Configuration) -> f64 {
        let wider =
            self.cached_plans.iter().filter(|cached_plan| key.is_subset(&cached_plan.shown));
        wider.map(|cached_plan| cached_plan.cost.min(cached_plan.calibrated)).fold(0.0, f64::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(members: &[usize]) -> Configuration {
        members.iter().copied().collect()
    }

    #[test]
    fn what_the_planner_did_counts_for_more_than_what_it_said() {
        let cached_plan = |shown: &[usize], used: &[usize], cost, calibrated| CachedPlan {
            shown: set(shown),
            used: set(used),
            cost,
            calibrated,
        };
        let calibrated = |plan_cache: &PlanCache, key: &[usize]| {
            plan_cache.likely(&set(key)).map(|o| o.calibrated)
        };
        let mut plan_cache = PlanCache::new(set(&[0, 1, 2]));
        plan_cache.add(cached_plan(&[], &[], 100.0, 100.0));
        plan_cache.add(cached_plan(&[0, 1], &[], 100.0, 100.0));
        plan_cache.add(cached_plan(&[0, 1, 2], &[2], 10.0, 10.0));
        assert_eq!(calibrated(&plan_cache, &[0, 1]), Some(100.0));
        // Once both were there it took a plan with them, to its loss.
        plan_cache.add_real(cached_plan(&[0, 1], &[0, 1], 97.0, 250.0));
        assert_eq!(calibrated(&plan_cache, &[0, 1]), Some(250.0));
        assert_eq!(calibrated(&plan_cache, &[0]), Some(100.0));
        assert_eq!(calibrated(&plan_cache, &[0, 1, 2]), Some(10.0), "something plainly cheaper");
        // And it passed over what it had promised to take.
        plan_cache.add_real(cached_plan(&[0, 1, 2], &[], 100.0, 100.0));
        assert_eq!(calibrated(&plan_cache, &[2]), Some(100.0));
    }

    #[test]
    fn an_answer_prices_all_sets_between_used_and_shown() {
        let mut plan_cache = PlanCache::new(set(&[0, 1, 2]));
        plan_cache.add(CachedPlan {
            shown: set(&[]),
            used: set(&[]),
            cost: 100.0,
            calibrated: 100.0,
        });
        plan_cache.add(CachedPlan {
            shown: set(&[0, 1, 2]),
            used: set(&[1]),
            cost: 10.0,
            calibrated: 10.0,
        });
        assert_eq!(plan_cache.exact(&set(&[1, 2])).map(|cached_plan| cached_plan.cost), Some(10.0));
        assert_eq!(plan_cache.exact(&set(&[0])), None);
        assert_eq!((plan_cache.low(&set(&[0])), plan_cache.high(&set(&[0]))), (10.0, 100.0));
        assert_eq!(plan_cache.key(&set(&[1, 9])), set(&[1]));
    }
}
