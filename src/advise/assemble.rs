//! Chosen indexes in the form that reports and scripts show.

use crate::engine::{IndexDefinition, IndexGrammar, KeyDefinition, KeySubject};
use crate::rule::GainClass;
use crate::run::{QueryRun, Run};
use crate::serving::Serving;
use crate::stats::Interval;

use super::candidates::{MeasuredCheck, UnindexedCheck, foreign_key_candidates, foreseen_checks};
use super::naming::Naming;
use super::selection::{Absence, Rise, Search, Settled, placeholder};
use super::sizes::Sizes;
use super::spelling::Spelling;
use super::thresholds::Thresholds;
use super::write_cost::{updated_columns, write_overhead};
use super::{Advice, IndexAdvice, Outcome, PlanStory, WhatIfCost};
use crate::plan::Plan;

/// An index to be proposed.
pub struct Chosen {
    index: IndexDefinition,
    bytes: Option<u64>,
    hypothetical_bytes: Option<u64>,
    build_seconds: Option<f64>,
    /// Queries it was chosen for without a price.
    unpriced_for: Vec<String>,
}

impl Chosen {
    pub fn priced(index: IndexDefinition, search: &Search<'_>, sizes: &Sizes<'_>) -> Self {
        let built = search.built(&index);
        Chosen {
            bytes: built.and_then(|trial| trial.bytes).or_else(|| sizes.bytes(&index)),
            build_seconds: built.and_then(|trial| trial.build_seconds),
            hypothetical_bytes: search.told(&index),
            unpriced_for: Vec::new(),
            index,
        }
    }

    /// Adds `query` to the proposal of `index`, or makes one.
    pub fn remember(
        found: &mut Vec<Chosen>,
        index: &IndexDefinition,
        query: &str,
        sizes: &Sizes<'_>,
    ) {
        match found.iter_mut().find(|chosen| &chosen.index == index) {
            Some(chosen) if !chosen.unpriced_for.iter().any(|known| known == query) => {
                chosen.unpriced_for.push(query.to_owned());
            }
            Some(_) => {}
            None => found.push(Chosen {
                index: index.clone(),
                bytes: sizes.bytes(index),
                hypothetical_bytes: None,
                build_seconds: None,
                unpriced_for: vec![query.to_owned()],
            }),
        }
    }
}

/// Everything that turns choices into advice.
pub struct Assembly<'a> {
    pub run: &'a Run,
    pub grammar: &'a dyn IndexGrammar,
    pub serving: Serving<'a>,
    pub settled: &'a [Settled<'a>],
    /// Of the priced indexes; of none where time was up.
    pub absences: &'a [Absence],
    pub sizes: &'a Sizes<'a>,
    pub thresholds: &'a Thresholds,
}

impl Assembly<'_> {
    /// Most missed first; what has no price comes last.
    pub fn write(&self, chosen: Vec<Chosen>, advice: &mut Advice) {
        let mut naming = Naming::new(&self.run.catalog, self.grammar);
        let mut ranked: Vec<(f64, IndexAdvice)> = chosen
            .into_iter()
            .map(|chosen| (self.worth(&chosen.index), self.describe(chosen, &mut naming)))
            .collect();
        ranked.sort_by(|(a, x), (b, y)| b.total_cmp(a).then_with(|| x.ddl.cmp(&y.ddl)));
        advice.indexes.extend(ranked.into_iter().map(|(_, index)| index));
        let total = |cost: fn(&Settled<'_>) -> f64| {
            self.settled.iter().map(|s| s.query.query.weight * cost(s)).sum::<f64>()
        };
        if !self.settled.is_empty() {
            advice.workload_cost_before = Some(total(|s| s.before.cost()));
            advice.workload_cost_after = Some(total(|s| s.after.cost()));
        }
    }

    fn users(&self, index: &IndexDefinition) -> Vec<&Settled<'_>> {
        let mut users: Vec<&Settled<'_>> =
            self.settled.iter().filter(|settled| settled.used.contains(index)).collect();
        users.sort_by(|a, b| saved(b).total_cmp(&saved(a)));
        users
    }

    /// What its absence would cost; where nobody asked, what its queries save with the whole set.
    fn worth(&self, index: &IndexDefinition) -> f64 {
        let saved_with_all = || self.users(index).into_iter().map(saved).sum();
        self.absence(index).map_or_else(saved_with_all, |absence| absence.cost(self.settled))
    }

    fn absence(&self, index: &IndexDefinition) -> Option<&Absence> {
        self.absences.iter().find(|absence| &absence.index == index)
    }

    /// What the query that would miss it most costs with and without it, of so many that would miss it.
    fn missed_most(&self, index: &IndexDefinition) -> Option<Missed> {
        let rises = &self.absence(index)?.rises;
        let weighted = |rise: &Rise| {
            let settled = &self.settled[rise.at];
            settled.query.query.weight * (rise.without.cost() - settled.after.cost())
        };
        let missed: Vec<&Rise> = rises.iter().filter(|rise| weighted(rise) > 0.0).collect();
        let most = missed.iter().max_by(|a, b| weighted(a).total_cmp(&weighted(b)))?;
        let settled = &self.settled[most.at];
        Some(Missed {
            query: settled.query.query.id.clone(),
            without: most.without.cost(),
            with: settled.after.cost(),
            others: missed.len() - 1,
        })
    }

    fn describe(&self, chosen: Chosen, naming: &mut Naming) -> IndexAdvice {
        let users = self.users(&chosen.index);
        let name = naming.name(&chosen.index);
        let costs: Vec<WhatIfCost> = users.iter().map(|user| cost_of(user)).collect();
        let priced = !costs.is_empty();
        let queries = match priced {
            true => users.iter().map(|user| user.query.query.id.clone()).collect(),
            false => chosen.unpriced_for.clone(),
        };
        let missed = self.missed_most(&chosen.index).or_else(|| Missed::all(&costs));
        let why = why(&chosen.index, missed, &queries, self.grammar.prices_by());
        let why = match self.grammar.caution(&chosen.index) {
            Some(caution) => format!("{}. {caution}", why.trim_end_matches('.')),
            None => why,
        };
        IndexAdvice {
            why,
            class: if priced { GainClass::Modelled } else { GainClass::Structural },
            saved_ms: users.first().and_then(|user| saved_ms(user)),
            size_bytes: chosen.bytes,
            hypothetical_bytes: chosen.hypothetical_bytes,
            build_seconds: chosen.build_seconds,
            story: users.first().map(|user| PlanStory {
                query: user.query.query.id.clone(),
                before: user.shapes.0.clone(),
                after: user.shapes.1.replace(&placeholder(&chosen.index), &name),
            }),
            absence_cost: self.absence(&chosen.index).map(|absence| absence.cost(self.settled)),
            cost_before: priced.then(|| weighted(&users, |user| user.before.cost())),
            cost_after: priced.then(|| weighted(&users, |user| user.after.cost())),
            queries,
            costs,
            ..self.bare(&chosen.index, name, naming)
        }
    }

    /// The statement and its parts, with nothing said about its worth.
    fn bare(&self, index: &IndexDefinition, name: String, naming: &mut Naming) -> IndexAdvice {
        let extension = self.grammar.extension(index).filter(|extension| {
            !self.run.catalog.extensions.iter().any(|installed| installed == extension)
        });
        let spelt = Spelling::of(index, &name, &self.run.catalog, self.grammar, naming);
        IndexAdvice {
            schema: index.schema.clone(),
            table: index.table.clone(),
            columns: index.keys.iter().map(key_text).collect(),
            include: index.include.clone(),
            method: index.method.clone(),
            predicate: index.predicate.clone(),
            ddl: spelt.ddl,
            steps: spelt.steps,
            undo: spelt.undo,
            online: self.grammar.online_changes(
                index,
                &name,
                &self.run.catalog,
                &self.run.settings,
            ),
            requires: extension.map(|extension| self.grammar.install_extension(extension)),
            size_bytes: None,
            hypothetical_bytes: None,
            write_overhead: self.write_overhead(index),
            cost_before: None,
            cost_after: None,
            absence_cost: None,
            story: None,
            parts: Vec::new(),
            definition: Some(index.clone()),
            effects: Vec::new(),
            build_seconds: None,
            queries: Vec::new(),
            why: String::new(),
            costs: Vec::new(),
            class: GainClass::Structural,
            saved_ms: None,
            outcome: Outcome::Proposed,
            name,
        }
    }

    fn write_overhead(&self, index: &IndexDefinition) -> Option<f64> {
        let table = self.run.catalog.table(Some(&index.schema), &index.table)?;
        let updated = updated_columns(self.run, &index.table);
        Some(write_overhead(index, table, self.sizes.share(index).unwrap_or(1.0), &updated))
    }

    /// Foreign keys whose checks a measured statement had to make without an index.
    pub fn write_unindexed_checks(&self, advice: &mut Advice) {
        let mut naming = Naming::new(&self.run.catalog, self.grammar);
        for query in &self.run.queries {
            for check in query.plans.iter().flat_map(|p| self.checks(query, &p.plan)) {
                let index = &check.definition;
                let keys: Vec<String> = index.keys.iter().map(key_text).collect();
                let known = advice.indexes.iter().any(|other| {
                    other.table == index.table
                        && other.schema == index.schema
                        && other.predicate.is_none()
                        && other.columns.starts_with(&keys)
                });
                let worth = check.measured.is_none_or(|measured| measured.total_ms >= 1.0);
                if !known && worth {
                    advice.indexes.push(self.check_advice(query, &check, &mut naming));
                }
            }
        }
    }

    fn checks(&self, query: &QueryRun, plan: &Plan) -> Vec<UnindexedCheck> {
        let catalog = &self.run.catalog;
        match (plan.execution_ms, &query.shape) {
            (None, Some(shape)) => foreseen_checks(
                plan,
                &shape.assigned,
                catalog,
                self.grammar,
                &self.serving,
                self.thresholds,
            ),
            _ => foreign_key_candidates(plan, catalog, self.grammar, &self.serving),
        }
    }

    fn check_advice(
        &self,
        query: &QueryRun,
        check: &UnindexedCheck,
        naming: &mut Naming,
    ) -> IndexAdvice {
        let name = naming.name(&check.definition);
        let reads = format!(
            "{}: constraint {} reads all of {} for each",
            query.id, check.constraint, check.definition.table
        );
        let (why, class) = match check.measured {
            Some(MeasuredCheck { total_ms, calls }) => {
                (format!("{reads} of {calls} rows, {total_ms:.1} ms together"), GainClass::Modelled)
            }
            None => (format!("{reads} row that it changes"), GainClass::Structural),
        };
        IndexAdvice {
            why,
            class,
            queries: vec![query.id.clone()],
            saved_ms: check.measured.map(|measured| Interval::new(0.0, measured.total_ms)),
            ..self.bare(&check.definition, name, naming)
        }
    }
}

fn weighted(users: &[&Settled<'_>], cost: fn(&Settled<'_>) -> f64) -> f64 {
    users.iter().map(|user| user.query.query.weight * cost(user)).sum()
}

fn saved(settled: &Settled<'_>) -> f64 {
    settled.query.query.weight * (settled.before.cost() - settled.after.cost())
}

fn cost_of(settled: &Settled<'_>) -> WhatIfCost {
    WhatIfCost {
        query: settled.query.query.id.clone(),
        cost_before: settled.before.cost(),
        cost_after: settled.after.cost(),
    }
}

/// Model G3: the share of the planner's cost that goes, of the measured median. The bracket is that
/// of the parameter sets and of the median itself.
fn saved_ms(settled: &Settled<'_>) -> Option<Interval> {
    let median = settled.query.query.latency.as_ref()?.median_interval;
    let (low, high) = settled.after.gains_over(&settled.before);
    (low <= high).then(|| Interval::new(low * median.low, high * median.high))
}

fn key_text(key: &KeyDefinition) -> String {
    match &key.subject {
        KeySubject::Column(name) => name.clone(),
        KeySubject::Expression(text) => text.clone(),
    }
}

/// The query that misses an index most, and how many others do.
struct Missed {
    query: String,
    without: f64,
    with: f64,
    others: usize,
}

impl Missed {
    /// Where nobody asked what the index itself does: what all of them do.
    fn all(costs: &[WhatIfCost]) -> Option<Self> {
        let best = costs.first()?;
        let (query, others) = (best.query.clone(), costs.len() - 1);
        Some(Missed { query, without: best.cost_before, with: best.cost_after, others })
    }
}

fn why(index: &IndexDefinition, missed: Option<Missed>, queries: &[String], price: &str) -> String {
    let keys: Vec<String> = index.keys.iter().map(key_text).collect();
    let keys = keys.join(", ");
    match missed {
        Some(missed) => {
            let others = match missed.others {
                0 => String::new(),
                1 => " and 1 more query".to_owned(),
                more => format!(" and {more} more queries"),
            };
            format!(
                "Finds rows of {} by {keys}: {price} of {} falls from {:.0} to {:.0}{others}",
                index.table, missed.query, missed.without, missed.with
            )
        }
        None => format!(
            "{} is read whole by {} to keep few rows; an index on {keys} finds them. Not priced: \
             no planner here can be shown such an index",
            index.table,
            queries.join(", ")
        ),
    }
}
