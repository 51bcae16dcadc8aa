//! One set of indexes under limits: from the survey to a pool of candidates and to the chosen ones.

use std::collections::{BTreeMap, BTreeSet};

use super::access::Access;
use super::candidates::{Workshop, merged};
use super::experience::Experience;
use super::naming::Naming;
use super::selection::{
    Candidate, Configuration, Found, Limits, Named, Panel, Pool, SizeModel, select,
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
    pub workshop: &'a Workshop<'a>,
    pub limits: &'a Limits,
    pub experience: &'a Experience,
}

impl Limited<'_> {
    /// The chosen indexes; how they were chosen is written into `advice`.
    pub async fn choose(
        &self,
        panel: &mut Panel<'_>,
        advice: &mut Advice,
    ) -> Result<Vec<IndexDefinition>, DbError> {
        let own: Vec<Vec<IndexDefinition>> =
            self.survey.queries.iter().map(|query| self.candidates(query)).collect();
        let pool = self.pool(&own, panel, advice).await?;
        let queries = self.survey.queries.iter().zip(&own);
        let queries = queries
            .map(|(query, own)| (query.priced.clone(), relevant(query, own, &pool)))
            .collect();
        let found = select(panel, &pool, self.limits, self.experience, queries).await?;
        advice.selection = Some(self.summary(&pool, &found));
        if found.cut_short {
            advice.notes.push(
                "The search for indexes ended when its time was up; give it more with --search-time."
                    .to_owned(),
            );
        }
        Ok(pool.indexes(&found.set))
    }

    fn candidates(&self, query: &Surveyed<'_>) -> Vec<IndexDefinition> {
        let narrow = query.candidates(self.workshop);
        let mut found: BTreeSet<IndexDefinition> = narrow.iter().cloned().collect();
        for access in &query.accesses {
            let own: Vec<IndexDefinition> =
                narrow.iter().filter(|index| is_on(access, index)).cloned().collect();
            let wide = self.workshop.wide_candidates(access, &own);
            found.extend(
                wide.into_iter().filter(|index| {
                    covering(access.table, index, &self.workshop.serving).is_none()
                }),
            );
        }
        found.into_iter().collect()
    }

    /// Every candidate that the planner can be shown and that is not forbidden, with its size.
    async fn pool(
        &self,
        own: &[Vec<IndexDefinition>],
        panel: &mut Panel<'_>,
        advice: &mut Advice,
    ) -> Result<Pool, DbError> {
        let mut all: BTreeSet<IndexDefinition> = own.iter().flatten().cloned().collect();
        let listed: Vec<IndexDefinition> = all.iter().cloned().collect();
        all.extend(merged(&listed));
        all.extend(self.asked_for(&all, advice));
        let mut updated: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut candidates = Vec::new();
        for index in all {
            let name = Naming::unchecked(&index, self.workshop.grammar);
            if self.limits.forbids(&index, &name) || !panel.lead().can_show(&index) {
                continue;
            }
            if panel.lead().interrupt.is_set() {
                break;
            }
            let Some(table) = self.run.catalog.table(Some(&index.schema), &index.table) else {
                continue;
            };
            let Some(trial) = panel.lead_mut().try_out(&index).await? else { continue };
            let modelled = trial.bytes.or_else(|| self.survey.sizes.bytes(&index));
            let bytes = match self.limits.size_model {
                SizeModel::Modelled => modelled.or(trial.told_bytes),
                SizeModel::Hypothetical => trial.told_bytes.or(modelled),
            };
            let updated = updated
                .entry(index.table.clone())
                .or_insert_with(|| updated_columns(self.run, &index.table));
            let share = self.survey.sizes.share(&index).unwrap_or(1.0);
            candidates.push(Candidate {
                bytes: bytes.unwrap_or(0),
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
                    && index.method == self.workshop.grammar.ordered_method()
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
            method: self.workshop.grammar.ordered_method().to_owned(),
            keys: keys
                .iter()
                .map(|key| KeyDefinition::ascending(KeySubject::Column(key.clone())))
                .collect(),
            include: Vec::new(),
            predicate: None,
        })
    }

    fn summary(&self, pool: &Pool, found: &Found) -> Selection {
        let gap = found.lower_bound.filter(|bound| *bound > 0.0);
        Selection {
            budget_bytes: self.limits.budget,
            budget_size: self.limits.size_model.name().to_owned(),
            size_bytes: pool.bytes(&found.set),
            candidates: pool.candidates.len(),
            planner_calls: found.calls,
            lower_bound: found.lower_bound,
            gap: gap.map(|bound| found.cost_after / bound - 1.0),
            cut_short: found.cut_short,
        }
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
fn relevant(query: &Surveyed<'_>, own: &[IndexDefinition], pool: &Pool) -> Configuration {
    let own: BTreeSet<&IndexDefinition> = own.iter().collect();
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
