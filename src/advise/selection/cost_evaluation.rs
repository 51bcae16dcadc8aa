//! The cost of a workload under sets of candidates, with as few calls to the planner as it takes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use super::configuration::Configuration;
use super::limits::Limits;
use super::plan_cache::{CachedPlan, PlanCache};
use super::planned_query::PlannedQuery;
use super::planner_pool::{PlannerPool, Question};
use super::pool::Pool;
use super::search::{Answer, Heard};
use crate::advise::cost_feedback::{CostFeedback, CostObservation, Uses};
use crate::engine::{DbError, IndexDefinition};

/// One query with everything known about its costs.
pub struct Entry<'a> {
    pub query: PlannedQuery<'a>,
    pub plan_cache: PlanCache,
    /// Candidates that its own readings of tables gave rise to, and those of them that carry nothing along.
    pub own: Configuration,
    pub narrow: Configuration,
    /// Cost without any candidate.
    pub base: f64,
    /// What a unit of its cost counts for: its weight, and its time where that is known.
    pub weight: f64,
}

pub struct CostEvaluation<'p, 'w, 'a> {
    pub planner_pool: &'p mut PlannerPool<'w>,
    pub pool: &'p Pool,
    pub limits: &'p Limits,
    cost_feedback: &'p CostFeedback,
    /// See [`CostFeedback::doubt`].
    optimism: f64,
    pub entries: Vec<Entry<'a>>,
    /// Per candidate, the entries it can make a difference to: most queries have nothing to do with it.
    concerned: Vec<Vec<usize>>,
    pub deadline: Instant,
    /// Questions that reached a planner, and how many may.
    pub calls: usize,
    pub most_calls: usize,
}

/// A query, and the candidates that concern it: all of them, those that its own readings of tables gave rise to, and
/// those of these that carry nothing along.
pub struct Concern<'a> {
    pub query: PlannedQuery<'a>,
    pub relevant: Configuration,
    pub own: Configuration,
    pub narrow: Configuration,
}

impl<'p, 'w, 'a> CostEvaluation<'p, 'w, 'a> {
    /// Asks what every query costs now; queries that cannot be planned are left out. What was `heard` of them before
    /// is not asked again. The dearest query comes first, in whatever order they stand in the workload.
    pub async fn open(
        planner_pool: &'p mut PlannerPool<'w>,
        pool: &'p Pool,
        (limits, cost_feedback): (&'p Limits, &'p CostFeedback),
        heard: Vec<Heard>,
        concerns: Vec<Concern<'a>>,
        deadline: Instant,
    ) -> Result<Self, DbError> {
        let mut by_query: BTreeMap<String, Vec<Heard>> = BTreeMap::new();
        for heard in heard {
            by_query.entry(heard.query.clone()).or_default().push(heard);
        }
        let known = |concern: &Concern<'a>| {
            let heard = by_query.get(&concern.query.query.id)?;
            heard.iter().find(|heard| heard.shown.is_empty()).map(|heard| heard.answer.clone())
        };
        let mut answers: Vec<Option<Answer>> = concerns.iter().map(known).collect();
        let open: Vec<usize> = (0..answers.len()).filter(|at| answers[*at].is_none()).collect();
        let bare = |at: &usize| Question { query: &concerns[*at].query, indexes: Vec::new() };
        let bare: Vec<Question<'_, 'a>> = open.iter().map(bare).collect();
        let calls = bare.len();
        for (at, answer) in open.iter().zip(planner_pool.ask(&bare).await?) {
            answers[*at] = answer;
        }
        let mut earlier: Vec<Vec<Heard>> = Vec::new();
        let mut entries = Vec::new();
        for (concern, answer) in concerns.into_iter().zip(answers) {
            let Some(answer) = answer else { continue };
            let Concern { query, mut relevant, own, narrow } = concern;
            let mut heard = by_query.remove(&query.query.id).unwrap_or_default();
            heard.retain(|heard| heard.shown.iter().all(|i| pool.position(i).is_some()));
            let shown = heard.iter().flat_map(|heard| &heard.shown);
            relevant = relevant.union(&shown.filter_map(|index| pool.position(index)).collect());
            earlier.push(heard);
            let base = answer.price.cost();
            let mut plan_cache = PlanCache::new(relevant);
            let none = Configuration::default();
            let calibrated =
                cost_feedback.calibrated(&query.query.id, &Uses::new(), (base, base), 1.0);
            plan_cache.add(CachedPlan { shown: none.clone(), used: none, cost: base, calibrated });
            for seen in
                cost_feedback.observations.iter().filter(|seen| seen.query == query.query.id)
            {
                if let Some(cached_plan) = real(seen, base, pool, &plan_cache.relevant) {
                    plan_cache.add_real(cached_plan);
                }
            }
            let weight = query.query.weight;
            entries.push(Entry { query, plan_cache, own, narrow, base, weight });
        }
        let priced: Vec<(&str, f64)> =
            entries.iter().map(|entry| (entry.query.query.id.as_str(), entry.base)).collect();
        let (rates, optimism) = (cost_feedback.rates(&priced), cost_feedback.optimism(&priced));
        entries.iter_mut().zip(rates).for_each(|(entry, rate)| entry.weight *= rate);
        let mut ranked: Vec<(Entry<'a>, Vec<Heard>)> = entries.into_iter().zip(earlier).collect();
        ranked.sort_by(|(a, _), (b, _)| {
            let share = |entry: &Entry<'_>| entry.weight * entry.base;
            let text = |entry: &Entry<'a>| &entry.query.query.sql;
            share(b).total_cmp(&share(a)).then_with(|| text(a).cmp(text(b)))
        });
        let (entries, earlier): (Vec<_>, Vec<_>) = ranked.into_iter().unzip();
        let mut concerned = vec![Vec::new(); pool.candidates.len()];
        for (at, entry) in entries.iter().enumerate() {
            entry.plan_cache.relevant.iter().for_each(|candidate| concerned[candidate].push(at));
        }
        let most_calls = usize::MAX;
        let mut evaluation = CostEvaluation {
            planner_pool,
            pool,
            limits,
            cost_feedback,
            optimism,
            entries,
            concerned,
            deadline,
            calls,
            most_calls,
        };
        evaluation.hear(earlier);
        Ok(evaluation)
    }

    fn hear(&mut self, earlier: Vec<Vec<Heard>>) {
        for (at, heard) in earlier.into_iter().enumerate() {
            for heard in heard.iter().filter(|heard| !heard.shown.is_empty()) {
                let shown = heard.shown.iter().filter_map(|index| self.pool.position(index));
                let cached_plan = self.cached_plan(at, &shown.collect(), &heard.answer);
                self.entries[at].plan_cache.add(cached_plan);
            }
        }
    }

    pub fn is_over(&self) -> bool {
        self.calls >= self.most_calls || self.is_late()
    }

    pub fn is_late(&self) -> bool {
        Instant::now() >= self.deadline || self.planner_pool.lead().interrupt.is_set()
    }

    /// Weighted cost of the workload without any candidate.
    pub fn base(&self) -> f64 {
        self.entries.iter().map(|entry| entry.weight * entry.base).sum()
    }

    /// Weighted cost of the workload if each query had the best plan known of it: what no allowed set saves.
    pub fn reachable(&self) -> f64 {
        let least = |entry: &Entry<'_>| {
            let known = entry.plan_cache.cached_plans().iter().map(|plan| plan.calibrated);
            entry.weight * known.fold(entry.base, f64::min)
        };
        self.entries.iter().map(least).sum()
    }

    /// Finds out what each of these queries costs under each of these sets, as far as time allows.
    pub async fn learn(&mut self, wanted: Vec<(usize, Configuration)>) -> Result<(), DbError> {
        let mut open: BTreeSet<(usize, Configuration)> = BTreeSet::new();
        for (at, set) in wanted {
            let entry = &self.entries[at];
            let key = entry.plan_cache.key(&set);
            if entry.plan_cache.exact(&key).is_none() {
                open.insert((at, key));
            }
        }
        // The dearest queries first, each of them once before any of them twice.
        let mut times = vec![0; self.entries.len()];
        let mut open: Vec<(usize, (usize, Configuration))> = (open.into_iter())
            .map(|(at, key)| {
                times[at] += 1;
                (times[at], (at, key))
            })
            .collect();
        open.sort_by_key(|(time, (at, _))| (*time, *at));
        let open: Vec<_> = open.into_iter().map(|(_, question)| question).collect();
        for part in open.chunks(64) {
            if self.is_over() {
                return Ok(());
            }
            self.ask(part).await?;
        }
        Ok(())
    }

    async fn ask(&mut self, wanted: &[(usize, Configuration)]) -> Result<(), DbError> {
        let questions: Vec<Question<'_, 'a>> = wanted
            .iter()
            .map(|(at, key)| Question {
                query: &self.entries[*at].query,
                indexes: self.pool.indexes(key),
            })
            .collect();
        let answers = self.planner_pool.ask(&questions).await?;
        self.calls += questions.len();
        for ((at, key), answer) in wanted.iter().zip(answers) {
            if let Some(answer) = answer {
                let cached_plan = self.cached_plan(*at, key, &answer);
                self.entries[*at].plan_cache.add(cached_plan);
            }
        }
        Ok(())
    }

    /// A plan whose cost depends on where rows lie is credited with nothing, unless they lie in order.
    fn cached_plan(&self, at: usize, shown: &Configuration, answer: &Answer) -> CachedPlan {
        let base = self.entries[at].base;
        let used = answer.used.iter().filter_map(|index| self.pool.position(index)).collect();
        let scattered = |index: &IndexDefinition| {
            !self.pool.position(index).is_some_and(|i| self.pool.candidates[i].in_order)
        };
        let gambles = !answer.stops_early.is_empty() || answer.scattered.iter().any(scattered);
        let cost = if gambles { answer.price.cost().max(base) } else { answer.price.cost() };
        let query = &self.entries[at].query.query.id;
        let calibrated = match gambles {
            true => cost,
            false => {
                self.cost_feedback.calibrated(query, &answer.uses, (base, cost), self.optimism)
            }
        };
        CachedPlan { shown: shown.clone(), used, cost, calibrated }
    }

    /// Queries for which any of these candidates can make a difference, in order.
    pub fn concerned(&self, set: &Configuration) -> Vec<usize> {
        let mut queries: Vec<usize> =
            set.iter().flat_map(|i| self.concerned[i].iter().copied()).collect();
        queries.sort_unstable();
        queries.dedup();
        queries
    }

    /// Weighted cost of each query under `set`, from plans that are known to be possible.
    pub fn costs(&self, set: &Configuration) -> Vec<f64> {
        self.entries.iter().map(|entry| self.cost(entry, set)).collect()
    }

    fn cost(&self, entry: &Entry<'_>, set: &Configuration) -> f64 {
        let key = entry.plan_cache.key(set);
        let cost = entry
            .plan_cache
            .likely(&key)
            .map_or_else(|| entry.plan_cache.high(&key), |o| o.calibrated);
        entry.weight * cost
    }

    /// As [`CostEvaluation::costs`] for `set`, given those of `near`, which differs from it in `changed` only.
    pub fn total_near(&self, set: &Configuration, changed: &Configuration, near: &[f64]) -> f64 {
        self.near(changed, near, |entry| self.cost(entry, set))
    }

    /// The least that `set` can cost, as far as is known; given what `near` costs, as above.
    pub fn least_near(&self, set: &Configuration, changed: &Configuration, near: &[f64]) -> f64 {
        self.near(changed, near, |entry| self.least_of(entry, set))
    }

    pub fn least(&self, set: &Configuration) -> f64 {
        self.entries.iter().map(|entry| self.least_of(entry, set)).sum()
    }

    fn least_of(&self, entry: &Entry<'_>, set: &Configuration) -> f64 {
        let key = entry.plan_cache.key(set);
        let exact = entry.plan_cache.likely(&key).map(|cached_plan| cached_plan.calibrated);
        entry.weight * exact.unwrap_or_else(|| entry.plan_cache.low(&key))
    }

    /// The sum of `near`, with the costs of the queries that `changed` concerns counted anew.
    fn near(&self, changed: &Configuration, near: &[f64], cost: impl Fn(&Entry<'_>) -> f64) -> f64 {
        let difference = |at: &usize| cost(&self.entries[*at]) - near[*at];
        let total: f64 = near.iter().sum();
        total + self.concerned(changed).iter().map(difference).sum::<f64>()
    }

    /// By how much, weighted, what is not known of a query's cost under `set` can still change it.
    pub fn unsure(&self, at: usize, set: &Configuration) -> f64 {
        let entry = &self.entries[at];
        let key = entry.plan_cache.key(set);
        match entry.plan_cache.exact(&key) {
            Some(_) => 0.0,
            None => {
                entry.weight * (entry.plan_cache.high(&key) - entry.plan_cache.low(&key)).max(0.0)
            }
        }
    }

    /// Queries that `set` makes dearer than tolerated, as far as is known.
    pub fn suffering(&self, set: &Configuration) -> Vec<usize> {
        (0..self.entries.len()).filter(|at| !self.tolerates(&self.entries[*at], set)).collect()
    }

    /// Learns what `set` costs for every query.
    pub async fn learn_set(&mut self, set: &Configuration) -> Result<(), DbError> {
        let wanted = self.concerned(set).into_iter().map(|at| (at, set.clone())).collect();
        self.learn(wanted).await
    }

    /// Keeps to the limits, and makes no query dearer than tolerated.
    pub fn allows(&self, set: &Configuration) -> bool {
        self.pool.allows(set, self.limits) && self.entries.iter().all(|e| self.tolerates(e, set))
    }

    /// The same for an allowed set to which `added` was added.
    pub fn allows_with(&self, set: &Configuration, added: &Configuration) -> bool {
        let mut concerned = self.concerned(added).into_iter();
        self.pool.allows(set, self.limits)
            && concerned.all(|at| self.tolerates(&self.entries[at], set))
    }

    fn tolerates(&self, entry: &Entry<'_>, set: &Configuration) -> bool {
        let likely = entry.plan_cache.likely(&entry.plan_cache.key(set));
        likely.is_none_or(|cached_plan| {
            cached_plan.calibrated <= entry.base * (1.0 + self.limits.tolerance)
        })
    }
}

/// `None` where the plan used what is no candidate any more.
fn real(
    seen: &CostObservation,
    base: f64,
    pool: &Pool,
    relevant: &Configuration,
) -> Option<CachedPlan> {
    let used: Option<Configuration> = seen.used.iter().map(|index| pool.position(index)).collect();
    let shown: Configuration = seen.present.iter().filter_map(|i| pool.position(i)).collect();
    let (used, shown) = (used?, shown.intersection(relevant));
    Some(CachedPlan { used, shown, cost: seen.cost, calibrated: base * seen.ratio })
}
