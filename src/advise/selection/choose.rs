//! The best indexes for one query: greedy, the planner being the judge of each step.

use std::collections::{BTreeMap, BTreeSet};

use crate::advise::access::Access;
use crate::advise::candidates::{complexity, covering};
use crate::advise::sizes::Sizes;
use crate::advise::thresholds::Thresholds;
use crate::engine::{DbError, IndexDefinition, IndexGrammar};
use crate::plan::NodeKind;

use super::planned_query::{PlannedQuery, Price, is_bound};
use super::search::{Answer, Search};

/// What one query would have.
#[derive(Debug, Clone)]
pub struct Choice {
    pub indexes: Vec<IndexDefinition>,
    pub before: Price,
    pub after: Price,
}

/// A candidate that the planner uses, with the query's price under it.
struct Viable {
    position: usize,
    index: IndexDefinition,
    price: Price,
    bytes: u64,
    /// See [`Answer::stops_early`].
    stops_early: bool,
}

/// Everything that is the same for all queries.
pub struct Chooser<'a> {
    pub sizes: &'a Sizes<'a>,
    pub grammar: &'a dyn IndexGrammar,
    pub thresholds: &'a Thresholds,
}

/// A query to choose for.
pub struct Task<'t, 'a> {
    pub query: &'t PlannedQuery<'a>,
    pub accesses: &'t [Access<'a>],
    pub candidates: Vec<IndexDefinition>,
    /// Sets that only help together.
    pub groups: Vec<Vec<IndexDefinition>>,
}

impl Task<'_, '_> {
    /// Planner cost of the query as it is, by its weight; 0 where no plan says.
    pub fn cost(&self) -> f64 {
        let plan = self.query.query.plans.first();
        let cost = plan.and_then(|record| record.plan.root.total_cost).unwrap_or(0.0);
        cost * self.query.query.weight
    }
}

/// With more candidates than these for a query of several tables, what the planner takes when it is shown all of
/// them is the answer: asking about each of them beside each chosen one takes their number squared. Those that cannot all
/// be shown at once are tried in place of what was taken.
const ONE_BY_ONE: usize = 8;

/// `None` when nothing helps enough, or the query cannot be planned.
pub async fn choose(
    search: &mut Search<'_>,
    chooser: &Chooser<'_>,
    task: &Task<'_, '_>,
) -> Result<Option<Choice>, DbError> {
    let Task { query, accesses, candidates, groups } = task;
    if candidates.is_empty() || search.is_over() {
        return Ok(None);
    }
    let Some(baseline) = search.ask(query, &[]).await? else { return Ok(None) };
    let mut choice =
        Choice { indexes: Vec::new(), before: baseline.price.clone(), after: baseline.price };
    let (bound, plain): (Vec<IndexDefinition>, Vec<IndexDefinition>) =
        candidates.iter().cloned().partition(is_bound);
    let all = chooser.best_of_all(search, query, candidates, &choice).await?;
    if let Some(all) = &all
        && all.price.gain_over(&choice.before) < chooser.thresholds.least_share
    {
        // Lookups of many rows by a loop may pay only where the table need not be visited.
        let joined = query.tables.len() > 1;
        let plain = if joined { &plain[..] } else { &[] };
        let choice = chooser.widen_each(search, query, choice, (plain, accesses)).await?;
        return Ok(Some(choice).filter(|choice| !choice.indexes.is_empty()));
    }
    let shown = candidates.iter().all(|index| !search.builds(index));
    if shown && query.tables.len() > 1 && plain.len() > ONE_BY_ONE {
        let choice = chooser.at_once(search, query, choice, &plain, 1).await?;
        let choice = chooser.widen_each(search, query, choice, (&plain, accesses)).await?;
        let choice = chooser.in_place(search, query, choice, &bound).await?;
        return Ok(Some(choice).filter(|choice| !choice.indexes.is_empty()));
    }
    let mut open: Vec<(usize, &IndexDefinition)> =
        candidates.iter().filter(|index| search.can_show(index)).enumerate().collect();
    loop {
        let (viable, promising) =
            chooser.try_each(search, query, &choice, &open, all.as_ref()).await?;
        let Some(best) = chooser.best(chooser.sure(viable, &choice.after)) else { break };
        let best = chooser.widen(search, query, &choice, best, accesses).await?;
        choice.indexes.push(best.index);
        choice.after = best.price;
        open.retain(|(position, index)| {
            promising.contains(position) && has_room(&choice.indexes, index, accesses)
        });
    }
    if choice.indexes.is_empty()
        && let Some(group) = chooser.together(search, query, &choice, groups).await?
    {
        return Ok(Some(group));
    }
    let choice = chooser.at_once(search, query, choice, candidates, 2).await?;
    Ok(Some(choice).filter(|choice| !choice.indexes.is_empty()))
}

/// One index for each time the query reads the table; two for one reading would only be combined.
fn has_room(chosen: &[IndexDefinition], index: &IndexDefinition, accesses: &[Access<'_>]) -> bool {
    let same = |schema: &str, table: &str| schema == index.schema && table == index.table;
    let readings: BTreeSet<&str> = accesses
        .iter()
        .filter(|access| same(&access.table.schema, &access.table.name))
        .map(|access| access.alias.as_str())
        .collect();
    chosen.iter().filter(|other| same(&other.schema, &other.table)).count() < readings.len()
}

impl Chooser<'_> {
    /// Those that help enough, and the positions of those worth another try beside a chosen one: what was used, or would be
    /// among `all`. What had to be really built and was not used is not built again.
    async fn try_each(
        &self,
        search: &mut Search<'_>,
        query: &PlannedQuery<'_>,
        choice: &Choice,
        open: &[(usize, &IndexDefinition)],
        all: Option<&Answer>,
    ) -> Result<(Vec<Viable>, Vec<usize>), DbError> {
        let (mut viable, mut promising) = (Vec::new(), Vec::new());
        for (position, index) in open {
            if search.is_over() {
                break;
            }
            if choice.indexes.contains(index) {
                continue;
            }
            let set: Vec<_> = choice.indexes.iter().chain([*index]).cloned().collect();
            let Some(answer) = search.ask(query, &set).await? else { continue };
            let used = answer.used.contains(index);
            let may_be_used =
                all.map_or(search.built(index).is_none(), |all| all.used.contains(index));
            if used || may_be_used {
                promising.push(*position);
            }
            let enough = answer.price.gain_over(&choice.after) >= self.least_gain(index, &answer);
            let others_kept = choice.indexes.iter().all(|chosen| answer.used.contains(chosen));
            if used && enough && others_kept {
                let bytes = search.bytes(index, self.sizes);
                let stops_early = answer.stops_early.contains(index);
                let (position, index) = (*position, (*index).clone());
                viable.push(Viable { position, index, price: answer.price, bytes, stops_early });
            }
        }
        Ok((viable, promising))
    }

    /// Partial walks by condition promise more than walks of the whole; what a summary of page
    /// ranges saves is underrated, since planners take the rows it finds for scattered ones.
    fn least_gain(&self, index: &IndexDefinition, answer: &Answer) -> f64 {
        if self.is_summary(index) {
            self.thresholds.least_share
        } else if index.predicate.is_none() && answer.walked.contains(index) {
            self.thresholds.least_walk_gain
        } else {
            self.thresholds.least_gain
        }
    }

    fn is_summary(&self, index: &IndexDefinition) -> bool {
        self.grammar.block_summary().is_some_and(|summary| summary.method == index.method)
    }

    /// Without plans that count on stopping early, where a certain one saves nearly as much of the cost.
    fn sure(&self, mut viable: Vec<Viable>, before: &Price) -> Vec<Viable> {
        let gain = |v: &Viable| v.price.gain_over(before);
        let best = viable.iter().map(gain).fold(0.0, f64::max);
        let near = |v: &Viable| gain(v) >= best - self.thresholds.least_share;
        if viable.iter().any(|v| !v.stops_early && near(v)) {
            viable.retain(|v| !v.stops_early);
        }
        viable
    }

    /// Cheapest plan; among nearly equal ones the smallest, then the simplest index. A summary of
    /// page ranges was only proposed where it suits, and planners overrate what it costs.
    fn best(&self, viable: Vec<Viable>) -> Option<Viable> {
        let cheapest = viable.iter().min_by(|a, b| a.price.cost().total_cmp(&b.price.cost()))?;
        let (cost, bytes) = (cheapest.price.cost(), cheapest.bytes);
        let good = |v: &Viable| {
            let equal = v.price.cost() <= cost * (1.0 + self.thresholds.tie);
            let frugal = v.bytes.saturating_mul(self.thresholds.smaller) <= bytes
                && v.price.cost() <= cost * self.thresholds.dearer;
            equal || frugal || self.is_summary(&v.index)
        };
        viable.into_iter().filter(good).min_by_key(|v| {
            let plain = !self.is_summary(&v.index);
            (plain, size_class(v.bytes), complexity(&v.index), v.position)
        })
    }

    /// The same index with carried columns, where not visiting the table pays by far.
    async fn widen(
        &self,
        search: &mut Search<'_>,
        query: &PlannedQuery<'_>,
        choice: &Choice,
        best: Viable,
        accesses: &[Access<'_>],
    ) -> Result<Viable, DbError> {
        for index in self.wider(&best.index, accesses) {
            let set: Vec<_> = choice.indexes.iter().chain([&index]).cloned().collect();
            let Some(answer) = search.ask(query, &set).await? else { continue };
            if answer.used.contains(&index) && self.pays_wider(&answer, &best.price, choice) {
                let bytes = search.bytes(&index, self.sizes);
                return Ok(Viable { index, price: answer.price, bytes, ..best });
            }
        }
        Ok(best)
    }

    /// Much of what is left, and either a part of what there was that counts or hundreds of rows that an aggregate
    /// need not fetch: that is little beside a full scan, and most of the time once the scan is gone.
    fn pays_wider(&self, wider: &Answer, narrow: &Price, choice: &Choice) -> bool {
        let cost = wider.price.cost();
        let saved = (narrow.cost() - cost) / choice.before.cost().max(1.0);
        let counts = saved >= self.thresholds.least_share
            || rows_aggregated(wider) >= self.thresholds.covering_visits;
        cost <= narrow.cost() * self.thresholds.covering_ratio && counts
    }

    /// As [`Chooser::widen`], for all indexes of a choice together, and for those of `plain` that are no use without what they
    /// would carry: where each round of a loop visits the table by one of several indexes, carrying columns in one of them
    /// saves little before the others do. What then hardly matters is narrowed again, or left out.
    async fn widen_each(
        &self,
        search: &mut Search<'_>,
        query: &PlannedQuery<'_>,
        choice: Choice,
        (plain, accesses): (&[IndexDefinition], &[Access<'_>]),
    ) -> Result<Choice, DbError> {
        let mut narrow_of: BTreeMap<IndexDefinition, Option<&IndexDefinition>> = BTreeMap::new();
        for index in plain {
            for wider in self.wider(index, accesses) {
                narrow_of.insert(wider, None);
            }
        }
        for index in &choice.indexes {
            for wider in self.wider(index, accesses) {
                narrow_of.insert(wider, Some(index));
            }
        }
        if narrow_of.is_empty() {
            return Ok(choice);
        }
        let all: Vec<_> = choice.indexes.iter().chain(narrow_of.keys()).cloned().collect();
        let Some(answer) = search.ask(query, &all).await? else { return Ok(choice) };
        if !self.pays_wider(&answer, &choice.after, &choice) {
            return Ok(choice);
        }
        let mut widened = Choice { indexes: answer.used, after: answer.price, ..choice.clone() };
        for index in widened.indexes.clone() {
            let Some(narrow) = narrow_of.get(&index).filter(|_| !search.is_over()) else {
                continue;
            };
            let mut set = widened.indexes.clone();
            set.retain(|other| *other != index);
            set.extend(narrow.filter(|narrow| !set.contains(narrow)).cloned());
            let Some(without) = search.ask(query, &set).await? else { continue };
            if without.price.cost() <= widened.after.cost() * (1.0 + self.thresholds.tie) {
                (widened.indexes, widened.after) = (without.used, without.price);
            }
        }
        Ok(widened)
    }

    /// `index` with columns carried along, as each reading of its table wants them.
    fn wider(&self, index: &IndexDefinition, accesses: &[Access<'_>]) -> Vec<IndexDefinition> {
        let ordered = index.method == self.grammar.ordered_method();
        let same = |access: &&Access<'_>| {
            ordered && access.table.name == index.table && access.table.schema == index.schema
        };
        let own = accesses.iter().filter(same);
        own.filter_map(|access| covering(index, access, self.grammar, self.thresholds)).collect()
    }

    /// The answer with all candidates shown, where they all can be shown at once: none of them alone does better.
    async fn best_of_all(
        &self,
        search: &mut Search<'_>,
        query: &PlannedQuery<'_>,
        candidates: &[IndexDefinition],
        choice: &Choice,
    ) -> Result<Option<Answer>, DbError> {
        let builds = |index: &IndexDefinition| search.builds(index) || !search.can_show(index);
        if candidates.len() < 3 || candidates.iter().any(builds) {
            return Ok(None);
        }
        let version = query.version(candidates, |_| false);
        let as_themselves = version.shown.iter().all(|shown| shown.index == shown.as_what);
        if version.shown.len() < candidates.len() || !as_themselves {
            return Ok(None);
        }
        let answer = search.ask(query, candidates).await?;
        // A planner that searches at random may find less with more.
        Ok(answer.filter(|answer| answer.price.cost() <= choice.before.cost()))
    }
}

/// Rows that aggregates read of new indexes alone, in one execution.
fn rows_aggregated(answer: &Answer) -> f64 {
    let nodes = answer.plans.iter().flat_map(|plan| plan.walk());
    let alone = nodes.filter(|(node, path)| {
        let new = |name: &String| answer.names.contains(name);
        node.kind == NodeKind::IndexOnlyScan
            && node.index_cond.is_some()
            && node.index.as_ref().is_some_and(new)
            && path.last().is_some_and(|above| above.kind == NodeKind::Aggregate)
    });
    alone.map(|(node, _)| node.plan_rows.unwrap_or(0.0)).fold(0.0, f64::max)
}

/// Sizes within a quarter of each other are the same to a user.
fn size_class(bytes: u64) -> u32 {
    ((bytes.max(8192) as f64).ln() / 1.25_f64.ln()) as u32
}
