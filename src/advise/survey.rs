//! The workload seen through its plans: what each query asks of each table.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::{DbError, Index, IndexDefinition, Table};
use crate::plan::Plan;
use crate::rule::{Action, ActionKind, Finding};
use crate::run::{QueryRun, Run};
use crate::serving::covering;

use super::access::{Access, Constancy, Grammar, accesses};
use super::candidates::{CandidateGenerator, Popularity, worth_looking};
use super::expressions;
use super::selection::{PlannedQuery, Search, deserves, weighted_total};
use super::shares;
use super::sizes::Sizes;
use super::thresholds::Thresholds;

/// One query that deserves an index, with its plans and accesses.
pub struct Surveyed<'a> {
    pub priced: PlannedQuery<'a>,
    pub accesses: Vec<Access<'a>>,
}

/// Queries of a run in their order.
pub struct Survey<'a> {
    pub queries: Vec<Surveyed<'a>>,
    pub popularity: Popularity,
    pub sizes: Sizes<'a>,
    /// Queries without any plan.
    pub unplanned: Vec<&'a str>,
}

impl<'a> Survey<'a> {
    /// Plans come from the run; where it has none, `search` is asked for estimates.
    pub async fn of(
        run: &'a Run,
        findings: &[Finding],
        grammar: Grammar<'a>,
        mut search: Option<&mut Search<'_>>,
        thresholds: &Thresholds,
    ) -> Result<Survey<'a>, DbError> {
        let mut survey = Survey {
            queries: Vec::new(),
            popularity: Popularity::default(),
            sizes: Sizes::new(&run.catalog, grammar.indexes),
            unplanned: Vec::new(),
        };
        let constancy = Constancy::of(run, grammar.dialect);
        let awaiting = awaiting_statistics(findings);
        let plans = plans(run, search.as_deref_mut(), &mut survey.unplanned).await?;
        let total = weighted_total(run);
        let mut read: Vec<(&QueryRun, Vec<Access<'a>>)> = Vec::new();
        for query in run.queries.iter().filter(|query| deserves(query, total, thresholds)) {
            let mut found = Vec::new();
            let trusted = !awaiting.contains(query.id.as_str());
            for plan in plans.get(query.id.as_str()).into_iter().flatten().filter(|_| trusted) {
                found.extend(accesses(query, plan, &run.catalog, grammar, &constancy));
            }
            found.retain(|access| worth_looking(access.table, thresholds));
            read.push((query, found));
        }
        if let Some(search) = &mut search {
            expressions::know(read.iter().flat_map(|(_, found)| found), search, grammar).await?;
        }
        for (query, mut found) in read {
            if let Some(search) = &mut search {
                shares::fill(&mut found, search, grammar).await?;
            }
            for access in &found {
                survey.popularity.count(&query.id, access);
                survey.sizes.learn(access);
            }
            let relations = plans.get(query.id.as_str()).into_iter().flatten();
            let relations = relations.flat_map(Plan::walk).filter_map(|(n, _)| n.relation.clone());
            let tables = relations.chain(found.iter().map(|access| access.table.name.clone()));
            let (tables, compared) = (tables.collect(), compared_everywhere(&found));
            let reordered = reordered(query, &found, grammar);
            let priced = PlannedQuery { tables, compared, reordered, ..PlannedQuery::new(query) };
            survey.queries.push(Surveyed { priced, accesses: found });
        }
        Ok(survey)
    }
}

/// Queries that the planner misjudged for want of statistics that are proposed beside the indexes. What it would make of an
/// index is worth no more than its estimates: that is asked once they are mended.
pub fn awaiting_statistics(findings: &[Finding]) -> BTreeSet<&str> {
    let creates = |action: &Action| action.kind == ActionKind::Statistics && action.undo.is_some();
    let wanting = findings.iter().filter(|finding| finding.actions.iter().any(creates));
    wanting.filter_map(|finding| finding.query.as_deref()).collect()
}

/// Conditions between columns that every reading of their table has, by schema, table and condition.
fn compared_everywhere(
    accesses: &[Access<'_>],
) -> BTreeMap<(String, String, String), BTreeSet<String>> {
    let mut found = BTreeMap::new();
    for access in accesses {
        let Some(compared) = &access.compared else { continue };
        let mut others = accesses.iter().filter(|other| std::ptr::eq(other.table, access.table));
        let same = |other: &Access<'_>| {
            other.compared.as_ref().is_some_and(|other| other.condition == compared.condition)
        };
        if others.all(same) {
            let (schema, name) = (access.table.schema.clone(), access.table.name.clone());
            found.insert((schema, name, compared.condition.clone()), compared.columns.clone());
        }
    }
    found
}

/// The query with each of its tables in front.
fn reordered(
    query: &QueryRun,
    accesses: &[Access<'_>],
    grammar: Grammar<'_>,
) -> BTreeMap<String, String> {
    let tables: BTreeSet<&str> = accesses.iter().map(|access| access.table.name.as_str()).collect();
    let reordered = tables
        .into_iter()
        .filter_map(|table| Some((table.to_owned(), grammar.dialect.led_by(&query.sql, table)?)));
    reordered.collect()
}

async fn plans<'a>(
    run: &'a Run,
    mut search: Option<&mut Search<'_>>,
    unplanned: &mut Vec<&'a str>,
) -> Result<BTreeMap<&'a str, Vec<Plan>>, DbError> {
    let mut plans = BTreeMap::new();
    for query in run.queries.iter().filter(|query| !query.is_no_statement()) {
        let mut own: Vec<Plan> = Vec::new();
        let priced = PlannedQuery::new(query);
        // Plans of one shape may differ in what their conditions keep.
        if (query.plans.is_empty() || priced.sets.len() > 1)
            && let Some(search) = &mut search
            && let Some(answer) = search.ask(&priced, &[]).await?
        {
            own = answer.plans;
        }
        own.extend(query.plans.iter().map(|record| record.plan.clone()));
        if own.is_empty() {
            unplanned.push(query.id.as_str());
        }
        plans.insert(query.id.as_str(), own);
    }
    Ok(plans)
}

impl Surveyed<'_> {
    /// Distinct candidates, in the order in which they were thought of.
    pub fn candidates(&self, generator: &CandidateGenerator<'_>) -> Vec<IndexDefinition> {
        let mut distinct: Vec<IndexDefinition> = Vec::new();
        for access in &self.accesses {
            for candidate in generator.candidates(access) {
                let exists = |index: &IndexDefinition| {
                    covering(access.table, index, &generator.serving).is_some()
                };
                let missing = match exists(&candidate) {
                    false => Some(candidate),
                    true => generator.carrying_filter(access, &candidate),
                };
                let carrying = missing
                    .as_ref()
                    .and_then(|index| generator.instead_of_filtering(access, index));
                for index in missing.into_iter().chain(carrying) {
                    if !exists(&index) && !distinct.contains(&index) {
                        distinct.push(index);
                    }
                }
            }
        }
        distinct
    }

    /// Candidates that only help together, without those that are there.
    pub fn groups(&self, generator: &CandidateGenerator<'_>) -> Vec<Vec<IndexDefinition>> {
        let missing = |access: &Access<'_>, index: &IndexDefinition| {
            covering(access.table, index, &generator.serving).is_none()
        };
        let groups = self.accesses.iter().flat_map(|access| {
            let groups = generator.groups(access).into_iter();
            groups.map(move |mut group| {
                group.retain(|index| missing(access, index));
                group
            })
        });
        groups.filter(|group| !group.is_empty()).collect()
    }

    /// Indexes that would serve this query if they were built again, or shown to the optimiser, with their tables.
    pub fn unsearched<'s>(
        &'s self,
        generator: &CandidateGenerator<'_>,
    ) -> Vec<(&'s Table, &'s Index)> {
        let mut found: Vec<(&Table, &Index)> = Vec::new();
        for access in &self.accesses {
            for candidate in generator.candidates(access) {
                let existing = covering(access.table, &candidate, &generator.serving);
                if let Some(index) = existing.filter(|index| !index.is_searched())
                    && !found.iter().any(|(_, known)| known.name == index.name)
                {
                    found.push((access.table, index));
                }
            }
        }
        found.sort_by(|(_, a), (_, b)| a.name.cmp(&b.name));
        found
    }
}
