//! One set for the workload out of each query's own: what another index serves as well goes.

use std::collections::BTreeMap;

use crate::advise::thresholds::Thresholds;
use crate::engine::{DbError, IndexDefinition, KeySubject};
use crate::plan::{Node, NodeKind, plan_shape};

use super::choose::Choice;
use super::planned_query::{PlannedQuery, Price};
use super::planner_pool::{PlannerPool, Question};
use super::search::Answer;
use super::search::Search;

/// A query with its price before and under the whole set.
pub struct Settled<'a> {
    pub query: PlannedQuery<'a>,
    pub before: Price,
    pub after: Price,
    /// Those of the set that its plans use.
    pub used: Vec<IndexDefinition>,
    /// Its plans before and under the set, one line a node; new indexes stand as [`placeholder`].
    pub shapes: (String, String),
    /// See [`joins_in_loops`].
    pub at_risk: bool,
}

/// Joins below the outer side of a loop, from which the number of its rounds is a product of guesses.
const GUESSES: usize = 2;

/// An index of the set is looked up in a loop over the outcome of several joins: where that outcome is misjudged the plan
/// takes many times what the planner thinks, and a planner with fewer indexes would have read the table once.
fn joins_in_loops(answer: &Answer) -> bool {
    let is_new = |node: &Node| node.index.as_ref().is_some_and(|name| answer.names.contains(name));
    let loops = answer.plans.iter().flat_map(|plan| plan.walk()).map(|(node, _)| node);
    loops.filter(|node| node.kind == NodeKind::NestedLoop).any(|node| match &node.children[..] {
        [outer, inner] => {
            let joins = all(outer).into_iter().filter(|node| is_join(node)).count();
            joins >= GUESSES && all(inner).into_iter().any(is_new)
        }
        _ => false,
    })
}

/// `top` and what is below it.
fn all(top: &Node) -> Vec<&Node> {
    let mut found = vec![top];
    let mut at = 0;
    while let Some(node) = found.get(at).copied() {
        found.extend(&node.children);
        at += 1;
    }
    found
}

fn is_join(node: &Node) -> bool {
    matches!(node.kind, NodeKind::NestedLoop | NodeKind::HashJoin | NodeKind::MergeJoin)
}

impl Settled<'_> {
    /// What the planner said last.
    pub fn take(&mut self, answer: Answer) {
        self.shapes.1 = shape(&answer);
        self.at_risk = joins_in_loops(&answer);
        self.after = answer.price;
        self.used = answer.used;
    }
}

/// Stands for the name of an index that has none yet.
pub fn placeholder(index: &IndexDefinition) -> String {
    let subjects = index.keys.iter().map(|key| match &key.subject {
        KeySubject::Column(text) | KeySubject::Expression(text) => text.as_str(),
    });
    let keys: Vec<&str> = subjects.collect();
    format!("new index on {}({})", index.table, keys.join(", "))
}

/// The shape of the first plan.
fn shape(answer: &Answer) -> String {
    let shape = answer.plans.first().map(plan_shape).unwrap_or_default();
    let named = answer.names.iter().zip(&answer.used);
    named.fold(shape, |shape, (name, index)| shape.replace(name, &placeholder(index)))
}

/// Drops indexes whose queries do as well with the rest, then prices every query under what is left: also those that time
/// did not allow to look at, where `all` are looked at later.
pub async fn settle<'a>(
    planner_pool: &mut PlannerPool<'_>,
    queries: Vec<(PlannedQuery<'a>, Option<Choice>)>,
    all: bool,
    thresholds: &Thresholds,
) -> Result<(Vec<IndexDefinition>, Vec<Settled<'a>>), DbError> {
    let mut wanted = by_index(&queries);
    let mut set: Vec<IndexDefinition> = wanted.keys().cloned().collect();
    // Shorter ones first: they are the ones that longer ones can stand in for.
    set.sort_by_key(|index| (index.keys.len() + index.include.len(), index.clone()));
    for index in set.clone() {
        let rest = others_on_table(&set, &index);
        let search = planner_pool.lead_mut();
        if rest.is_empty() || search.is_over() {
            continue;
        }
        if does_without(search, &queries, &wanted, &index, &rest, thresholds).await? {
            set.retain(|other| other != &index);
            wanted.remove(&index);
        }
    }
    let mut queries: Vec<PlannedQuery<'a>> = queries.into_iter().map(|(query, _)| query).collect();
    // What is claimed of queries has to be known, also when time is up; of those nobody looked at nothing is claimed.
    if !all && planner_pool.lead().is_over() {
        queries.retain(|query| planner_pool.has_looked_at(query));
    }
    planner_pool.until(None);
    let settled = price_all(planner_pool, queries, &set).await?;
    let set = set.into_iter().filter(|index| settled.iter().any(|s| s.used.contains(index)));
    Ok((set.collect(), settled))
}

/// Positions of the queries that chose each index.
fn by_index(
    queries: &[(PlannedQuery<'_>, Option<Choice>)],
) -> BTreeMap<IndexDefinition, Vec<usize>> {
    let mut wanted: BTreeMap<IndexDefinition, Vec<usize>> = BTreeMap::new();
    for (position, (_, choice)) in queries.iter().enumerate() {
        for index in choice.iter().flat_map(|choice| &choice.indexes) {
            wanted.entry(index.clone()).or_default().push(position);
        }
    }
    wanted
}

fn others_on_table(set: &[IndexDefinition], index: &IndexDefinition) -> Vec<IndexDefinition> {
    set.iter()
        .filter(|other| *other != index)
        .filter(|other| other.schema == index.schema && other.table == index.table)
        .cloned()
        .collect()
}

async fn does_without(
    search: &mut Search<'_>,
    queries: &[(PlannedQuery<'_>, Option<Choice>)],
    wanted: &BTreeMap<IndexDefinition, Vec<usize>>,
    index: &IndexDefinition,
    rest: &[IndexDefinition],
    thresholds: &Thresholds,
) -> Result<bool, DbError> {
    for position in wanted.get(index).into_iter().flatten() {
        let Some((query, Some(choice))) = queries.get(*position) else { continue };
        let own = choice.indexes.iter().filter(|own| *own != index && !rest.contains(own));
        let without: Vec<_> = own.chain(rest).cloned().collect();
        let Some(answer) = search.ask(query, &without).await? else { return Ok(false) };
        if answer.price.cost() > choice.after.cost() * (1.0 + thresholds.tie) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Prices every query anew, under `set`.
pub async fn price_under(
    planner_pool: &mut PlannerPool<'_>,
    settled: &mut [Settled<'_>],
    set: &[IndexDefinition],
) -> Result<(), DbError> {
    let questions: Vec<Question<'_, '_>> = settled
        .iter()
        .map(|s| Question { query: &s.query, indexes: concerning(&s.query, set) })
        .collect();
    let answers = planner_pool.ask(&questions).await?;
    for (settled, answer) in settled.iter_mut().zip(answers) {
        match answer {
            Some(answer) => settled.take(answer),
            // Refused or interrupted: nothing is claimed.
            None => {
                settled.after = settled.before.clone();
                settled.used.clear();
            }
        }
    }
    Ok(())
}

/// Every query before and under the whole set; those that cannot be planned are left out.
async fn price_all<'a>(
    planner_pool: &mut PlannerPool<'_>,
    queries: Vec<PlannedQuery<'a>>,
    set: &[IndexDefinition],
) -> Result<Vec<Settled<'a>>, DbError> {
    let bare: Vec<_> =
        queries.iter().map(|query| Question { query, indexes: Vec::new() }).collect();
    let befores = planner_pool.ask(&bare).await?;
    let under = |query| Question { query, indexes: concerning(query, set) };
    let (at, under): (Vec<usize>, Vec<_>) = (queries.iter().map(under).enumerate())
        .filter(|(_, question)| !question.indexes.is_empty())
        .unzip();
    let mut afters = befores.clone();
    for (at, answer) in at.into_iter().zip(planner_pool.ask(&under).await?) {
        afters[at] = answer;
    }
    let mut settled = Vec::new();
    for (query, (before, after)) in queries.into_iter().zip(befores.into_iter().zip(afters)) {
        if let (Some(before), Some(after)) = (before, after) {
            let shapes = (shape(&before), shape(&after));
            let at_risk = joins_in_loops(&after);
            let (before, used) = (before.price, after.used);
            settled.push(Settled { query, before, after: after.price, used, shapes, at_risk });
        }
    }
    Ok(settled)
}

pub fn concerning(query: &PlannedQuery<'_>, set: &[IndexDefinition]) -> Vec<IndexDefinition> {
    set.iter().filter(|index| query.concerns(index)).cloned().collect()
}
