//! One set of indexes under limits: from the survey to a pool of candidates and to the chosen ones.

use std::collections::{BTreeMap, BTreeSet};

use super::access::Access;
use super::candidates::{CandidateGenerator, merged};
use super::cost_feedback::CostFeedback;
use super::naming::Naming;
use super::schedule::Schedule;
use super::selection::{
    Candidate, Concern, Configuration, Found, Ground, Limits, Named, PlannerPool, Pool, Search,
    Settled, SizeModel, select,
};
use super::survey::{Survey, Surveyed};
use super::write_cost::{updated_columns, write_overhead};
use super::{Advice, Selection};
use crate::engine::{DbError, IndexDefinition, KeyDefinition, KeySubject, Table};
use crate::run::Run;
use crate::serving::covering;

/// What candidates are made from, and what they may take.
pub struct Limited<'a> {
    pub run: &'a Run,
    pub survey: &'a Survey<'a>,
    pub generator: &'a CandidateGenerator<'a>,
    pub limits: &'a Limits,
    pub cost_feedback: &'a CostFeedback,
}

impl Limited<'_> {
    /// Whether `set`, which is the best without limits, is the answer under these. Space that was granted is to be spent,
    /// and wishes and measurements ask for a choice of their own.
    pub fn admits(&self, set: &[IndexDefinition]) -> bool {
        let limits = self.limits;
        let chosen_anew = limits.budget.is_some()
            || limits.least_gain.is_some()
            || !limits.pinned.is_empty()
            || !self.cost_feedback.is_empty();
        !limits.bind() || !chosen_anew && self.has_room_for(set)
    }

    /// Whether the limits allow `set`. What each index has to save, and sizes that the server claims, are not known here:
    /// then nothing is said to fit.
    pub fn has_room_for(&self, set: &[IndexDefinition]) -> bool {
        let limits = self.limits;
        let on_table = |index: &IndexDefinition| {
            let same = |other: &&IndexDefinition| {
                (&other.schema, &other.table) == (&index.schema, &index.table)
            };
            let own: Vec<&IndexDefinition> = set.iter().filter(same).collect();
            let overhead: f64 = own.iter().map(|index| self.overhead(index)).sum();
            limits.most_per_table.is_none_or(|most| own.len() <= most)
                && limits.write_overhead.is_none_or(|most| overhead <= most)
        };
        let few = limits.most_indexes.is_none_or(|most| set.len() <= most);
        let small = limits.budget.is_none_or(|budget| {
            let bytes: Option<u64> = set.iter().map(|index| self.survey.sizes.bytes(index)).sum();
            limits.size_model == SizeModel::Modelled && bytes.is_some_and(|bytes| bytes <= budget)
        });
        limits.least_gain.is_none() && few && small && set.iter().all(on_table)
    }

    fn overhead(&self, index: &IndexDefinition) -> f64 {
        let Some(table) = self.run.catalog.table(Some(&index.schema), &index.table) else {
            return 0.0;
        };
        let updated = updated_columns(self.run, &index.table);
        write_overhead(index, table, self.survey.sizes.share(index).unwrap_or(1.0), &updated)
    }

    /// Those of `set` that the user wants there whatever they save.
    pub fn pinned(&self, set: &[IndexDefinition]) -> Vec<IndexDefinition> {
        let name = |index: &IndexDefinition| Naming::unchecked(index, self.generator.grammar);
        set.iter().filter(|index| self.is_pinned(index, &name(index))).cloned().collect()
    }

    /// The chosen indexes, where `unlimited` is what would be chosen without limits; how they were chosen is written into
    /// `advice`.
    pub async fn choose(
        &self,
        planner_pool: &mut PlannerPool<'_>,
        unlimited: &[IndexDefinition],
        schedule: &mut Schedule,
        advice: &mut Advice,
    ) -> Result<Vec<IndexDefinition>, DbError> {
        let narrow: Vec<BTreeSet<IndexDefinition>> = (self.survey.queries.iter())
            .map(|query| query.candidates(self.generator).into_iter().collect())
            .collect();
        let own: Vec<BTreeSet<IndexDefinition>> = (self.survey.queries.iter().zip(&narrow))
            .map(|(query, narrow)| self.with_wide(query, narrow))
            .collect();
        let heard = planner_pool.heard();
        let pool = self.pool(&own, unlimited, planner_pool, advice).await?;
        let positions = |indexes: &BTreeSet<IndexDefinition>| {
            indexes.iter().filter_map(|index| pool.position(index)).collect::<Configuration>()
        };
        let queries = self.survey.queries.iter().zip(own.iter().zip(&narrow));
        let queries = queries
            .map(|(query, (own, narrow))| Concern {
                query: query.priced.clone(),
                relevant: relevant(query, own, &pool),
                own: positions(own),
                narrow: positions(narrow),
            })
            .collect();
        let ground = Ground {
            limits: self.limits,
            cost_feedback: self.cost_feedback,
            heard,
            unlimited: unlimited.iter().filter_map(|index| pool.position(index)).collect(),
        };
        let found = select(planner_pool, &pool, ground, queries, schedule).await?;
        advice.selection = Some(self.summary(&pool, &found));
        if found.cut_short {
            advice.notes.push(
                "The search for indexes ended when its time was up; give it more with --search-time."
                    .to_owned(),
            );
        }
        Ok(pool.indexes(&found.set))
    }

    /// Candidates that only pay where space is granted are looked for where it is.
    fn with_wide(
        &self,
        query: &Surveyed<'_>,
        narrow: &BTreeSet<IndexDefinition>,
    ) -> BTreeSet<IndexDefinition> {
        let mut found: BTreeSet<IndexDefinition> = narrow.clone();
        if self.limits.budget.is_none() {
            return found;
        }
        for access in &query.accesses {
            let own: Vec<IndexDefinition> =
                narrow.iter().filter(|index| is_on(access, index)).cloned().collect();
            let wide = self.generator.wide_candidates(access, &own);
            found.extend(
                wide.into_iter().filter(|index| {
                    covering(access.table, index, &self.generator.serving).is_none()
                }),
            );
        }
        found
    }

    /// Every candidate that the planner can be shown and that is not forbidden, with its size.
    async fn pool(
        &self,
        own: &[BTreeSet<IndexDefinition>],
        unlimited: &[IndexDefinition],
        planner_pool: &mut PlannerPool<'_>,
        advice: &mut Advice,
    ) -> Result<Pool, DbError> {
        let mut all: BTreeSet<IndexDefinition> = own.iter().flatten().cloned().collect();
        all.extend(unlimited.iter().cloned());
        let listed: Vec<IndexDefinition> = all.iter().cloned().collect();
        all.extend(merged(&listed));
        all.extend(self.asked_for(&all, advice));
        let mut updated: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut candidates = Vec::new();
        for index in all {
            let name = Naming::unchecked(&index, self.generator.grammar);
            if self.limits.forbids(&index, &name) || !planner_pool.lead().can_show(&index) {
                continue;
            }
            if planner_pool.lead().interrupt.is_set() {
                break;
            }
            let Some(table) = self.run.catalog.table(Some(&index.schema), &index.table) else {
                continue;
            };
            let Some(trial) = planner_pool.lead_mut().try_out(&index).await? else { continue };
            let bytes = self.size(&index, trial.bytes, trial.estimated_bytes);
            let updated = updated
                .entry(index.table.clone())
                .or_insert_with(|| updated_columns(self.run, &index.table));
            let share = self.survey.sizes.share(&index).unwrap_or(1.0);
            candidates.push(Candidate {
                bytes,
                overhead: write_overhead(&index, table, share, updated),
                pinned: self.is_pinned(&index, &name),
                in_order: is_in_order(table, &index),
                index,
            });
        }
        Ok(Pool::of(candidates))
    }

    /// A pin names one index: by all of its keys, and with nothing carried along.
    fn is_pinned(&self, index: &IndexDefinition, name: &str) -> bool {
        self.limits.pinned.iter().any(|pin| match pin {
            Named::Same(_) => pin.means(index, name),
            Named::Index(_) => pin.means(index, name) && index.include.is_empty(),
            Named::Keys { keys, .. } => {
                pin.means(index, name)
                    && keys.len() == index.keys.len()
                    && index.include.is_empty()
                    && index.predicate.is_none()
                    && index.method == self.generator.grammar.ordered_method()
                    && index.keys.iter().all(|key| {
                        !key.descending && !key.nulls_first && key.operator_class.is_none()
                    })
            }
        })
    }

    /// Pinned indexes that nobody thought of.
    fn asked_for(
        &self,
        known: &BTreeSet<IndexDefinition>,
        advice: &mut Advice,
    ) -> Vec<IndexDefinition> {
        let mut wanted = Vec::new();
        for pin in &self.limits.pinned {
            let Named::Keys { table, keys } = pin else { continue };
            if known.iter().any(|index| self.is_pinned(index, "") && pin.means(index, "")) {
                continue;
            }
            match self.defined(table, keys) {
                Some(index) => wanted.push(index),
                None => advice.notes.push(format!(
                    "--pin {table}({}): there is no such table, or it lacks one of the columns.",
                    keys.join(", ")
                )),
            }
        }
        wanted
    }

    fn defined(&self, table: &str, keys: &[String]) -> Option<IndexDefinition> {
        let catalog = &self.run.catalog;
        let table = match table.split_once('.') {
            Some((schema, name)) => catalog.table(Some(schema), name),
            None => catalog.table(None, table),
        }?;
        let known = keys.iter().all(|key| table.column(key).is_some());
        (known && !keys.is_empty()).then(|| IndexDefinition {
            schema: table.schema.clone(),
            table: table.name.clone(),
            method: self.generator.grammar.ordered_method().to_owned(),
            keys: keys
                .iter()
                .map(|key| KeyDefinition::ascending(KeySubject::Column(key.clone())))
                .collect(),
            include: Vec::new(),
            predicate: None,
        })
    }

    /// What counts against the budget.
    fn size(&self, index: &IndexDefinition, real: Option<u64>, told: Option<u64>) -> u64 {
        let modelled = real.or_else(|| self.survey.sizes.bytes(index));
        let bytes = match self.limits.size_model {
            SizeModel::Modelled => modelled.or(told),
            SizeModel::Hypothetical => told.or(modelled),
        };
        bytes.unwrap_or(0)
    }

    fn summary(&self, pool: &Pool, found: &Found) -> Selection {
        Selection {
            budget_bytes: self.limits.budget,
            budget_size: self.limits.size_model.name().to_owned(),
            size_bytes: pool.bytes(&found.set),
            candidates: pool.candidates.len(),
            planner_calls: 0,
            lower_bound: found.lower_bound,
            gap: None,
            cut_short: found.cut_short,
        }
    }

    /// What became of the selection in the end: `set` is what is proposed.
    pub fn sum_up(
        &self,
        (set, settled): (&[IndexDefinition], &[Settled<'_>]),
        planner_pool: &PlannerPool<'_>,
        advice: &mut Advice,
    ) {
        if !self.limits.bind() {
            return;
        }
        let search: &Search<'_> = planner_pool.lead();
        let size = |index: &IndexDefinition| {
            self.size(index, search.built(index).and_then(|trial| trial.bytes), search.told(index))
        };
        let after: f64 = settled.iter().map(|s| s.query.query.weight * s.after.cost()).sum();
        let empty = || Selection {
            budget_size: self.limits.size_model.name().to_owned(),
            candidates: set.len(),
            ..Selection::default()
        };
        let selection = advice.selection.get_or_insert_with(empty);
        selection.size_bytes = set.iter().map(size).sum();
        selection.planner_calls = planner_pool.calls();
        // What was weighed by the clock has no bound, and what was left out as needless costs a little more.
        let bound = selection.lower_bound.map(|bound| bound.min(after));
        selection.lower_bound = bound;
        selection.gap = bound.filter(|bound| *bound > 0.0).map(|bound| after / bound - 1.0);
    }
}

/// Share of rows in order, as the server's correlation has it, from which a walk along the index is one
/// along the table.
const IN_ORDER: f64 = 0.9;

fn is_in_order(table: &Table, index: &IndexDefinition) -> bool {
    let first = index.keys.first().and_then(|key| match &key.subject {
        KeySubject::Column(name) => table.column(name),
        KeySubject::Expression(_) => None,
    });
    first.and_then(|column| column.correlation).is_some_and(|c| c.abs() >= IN_ORDER)
}

fn is_on(access: &Access<'_>, index: &IndexDefinition) -> bool {
    access.table.name == index.table && access.table.schema == index.schema
}

/// Candidates that the planner could use for this query: they begin with something that it restricts,
/// joins or sorts by, or hold all that it reads. Conditional ones only where the query has the condition.
fn relevant(query: &Surveyed<'_>, own: &BTreeSet<IndexDefinition>, pool: &Pool) -> Configuration {
    let serves = |index: &IndexDefinition| {
        own.contains(index)
            || query.accesses.iter().any(|access| {
                is_on(access, index)
                    && (begins_with_a_key(access, index) || holds_all(access, index))
                    && (index.predicate.is_none()
                        || own.iter().any(|other| other.predicate == index.predicate))
            })
    };
    let candidates = pool.candidates.iter().enumerate();
    candidates.filter(|(_, candidate)| serves(&candidate.index)).map(|(at, _)| at).collect()
}

fn begins_with_a_key(access: &Access<'_>, index: &IndexDefinition) -> bool {
    let Some(first) = index.keys.first() else { return false };
    let joined = access.joins.iter().flatten();
    let sorted = access.orders.iter().filter_map(|order| order.first()).map(|key| &key.subject);
    let restricted = access.restrictions.iter().map(|restriction| &restriction.subject);
    restricted.chain(joined).chain(sorted).any(|subject| subject == &first.subject)
}

fn holds_all(access: &Access<'_>, index: &IndexDefinition) -> bool {
    let holds = |name: &String| {
        index.include.contains(name)
            || index.keys.iter().any(|key| key.subject == KeySubject::Column(name.clone()))
    };
    access.needed.as_ref().is_some_and(|needed| !needed.is_empty() && needed.iter().all(holds))
}
