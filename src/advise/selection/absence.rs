//! What each index of a set saves beside the others: what the workload would cost without it.

use std::collections::BTreeSet;

use crate::advise::thresholds::Thresholds;
use crate::engine::{DbError, IndexDefinition};
use crate::plan::NodeKind;

use super::merge::{Settled, concerning};
use super::planned_query::Price;
use super::planner_pool::{PlannerPool, Question};

/// What the absence of one index does to one query.
#[derive(Debug, Clone, PartialEq)]
pub struct Rise {
    /// Position among the settled queries.
    pub at: usize,
    /// Under the rest of the set.
    pub without: Price,
}

/// An index of a set, and the queries that would be dearer without it.
#[derive(Debug, Clone, PartialEq)]
pub struct Absence {
    pub index: IndexDefinition,
    pub rises: Vec<Rise>,
}

impl Absence {
    /// Planner cost by weight that the workload would have more.
    pub fn cost(&self, settled: &[Settled<'_>]) -> f64 {
        self.rises.iter().map(|rise| weighted(rise, &settled[rise.at])).sum()
    }
}

fn weighted(rise: &Rise, settled: &Settled<'_>) -> f64 {
    settled.query.query.weight * (rise.without.cost() - settled.after.cost()).max(0.0)
}

/// Queries asked about one index before it is seen whether they are enough.
const AT_ONCE: usize = 6;

/// Asks queries that use indexes of `set` what they would cost without each of them, the dearest first, and adds that to
/// `known`: until it is known to be missed, or of `all` queries. What cannot be answered counts as if the query had no new
/// index.
async fn learn(
    planner_pool: &mut PlannerPool<'_>,
    settled: &[Settled<'_>],
    set: &[IndexDefinition],
    known: &mut [Absence],
    (thresholds, all): (&Thresholds, bool),
) -> Result<(), DbError> {
    loop {
        let mut asked: Vec<(usize, usize)> = Vec::new();
        for (index, absence) in known.iter().enumerate() {
            if all || !is_missed(absence, settled, thresholds) {
                let most = if all { usize::MAX } else { AT_ONCE };
                asked.extend(unasked(absence, settled).take(most).map(|at| (index, at)));
            }
        }
        if asked.is_empty() {
            return Ok(());
        }
        let questions: Vec<Question<'_, '_>> = asked
            .iter()
            .map(|(index, at)| {
                let query = &settled[*at].query;
                let mut rest = concerning(query, set);
                rest.retain(|other| other != &known[*index].index);
                Question { query, indexes: rest }
            })
            .collect();
        let answers = planner_pool.ask(&questions).await?;
        for ((index, at), answer) in asked.into_iter().zip(answers) {
            let without = answer.map_or_else(|| settled[at].before.clone(), |answer| answer.price);
            known[index].rises.push(Rise { at, without });
        }
    }
}

/// Queries that use the index and were not asked yet, the dearest first.
fn unasked(absence: &Absence, settled: &[Settled<'_>]) -> impl Iterator<Item = usize> {
    let asked = |at: &usize| absence.rises.iter().any(|rise| rise.at == *at);
    let mut users: Vec<usize> = (0..settled.len())
        .filter(|at| settled[*at].used.contains(&absence.index) && !asked(at))
        .collect();
    let saved = |at: usize| {
        let query = &settled[at];
        query.query.query.weight * (query.before.cost() - query.after.cost())
    };
    users.sort_by(|a, b| saved(*b).total_cmp(&saved(*a)));
    users.into_iter()
}

/// Takes out of `set` what hardly anything would miss, the least missed first: each time the queries that used it are
/// priced anew, and what they use instead is missed more. What lies on different tables and
/// serves different queries goes at once.
pub async fn without_the_needless<'a>(
    planner_pool: &mut PlannerPool<'_>,
    mut settled: Vec<Settled<'a>>,
    mut set: Vec<IndexDefinition>,
    keep: &[IndexDefinition],
    thresholds: &Thresholds,
) -> Result<(Vec<IndexDefinition>, Vec<Settled<'a>>, Vec<Absence>), DbError> {
    let absent = |index: &IndexDefinition| Absence { index: index.clone(), rises: Vec::new() };
    let mut known: Vec<Absence> = set.iter().map(absent).collect();
    learn(planner_pool, &settled, &set, &mut known, (thresholds, false)).await?;
    if planner_pool.lead().is_over() {
        return Ok((set, settled, Vec::new()));
    }
    // What is begun is ended: each step concerns a few queries only.
    planner_pool.until(None);
    loop {
        let gone = needless(&known, &settled, keep, thresholds);
        if gone.is_empty() {
            learn(planner_pool, &settled, &set, &mut known, (thresholds, true)).await?;
            return Ok((set, settled, known));
        }
        set.retain(|index| !gone.contains(index));
        let changed = reprice(planner_pool, &mut settled, &set, &gone).await?;
        known.retain(|absence| !gone.contains(&absence.index));
        for absence in &mut known {
            absence.rises.retain(|rise| !changed.contains(&rise.at));
        }
        learn(planner_pool, &settled, &set, &mut known, (thresholds, false)).await?;
    }
}

/// What hardly anything would miss, the least missed first; of those on one table, which may stand in for each other, and
/// of those that one query uses only the first.
fn needless(
    known: &[Absence],
    settled: &[Settled<'_>],
    keep: &[IndexDefinition],
    thresholds: &Thresholds,
) -> Vec<IndexDefinition> {
    let mut needless: Vec<&Absence> = known
        .iter()
        .filter(|absence| !keep.contains(&absence.index))
        .filter(|absence| !is_missed(absence, settled, thresholds))
        .collect();
    needless.sort_by(|a, b| a.cost(settled).total_cmp(&b.cost(settled)));
    let (mut used, mut tables) = (BTreeSet::new(), BTreeSet::new());
    let mut gone = Vec::new();
    for absence in needless {
        let users: Vec<usize> = absence.rises.iter().map(|rise| rise.at).collect();
        let table = (&absence.index.schema, &absence.index.table);
        if !tables.contains(&table) && users.iter().all(|at| !used.contains(at)) {
            used.extend(users);
            tables.insert(table);
            gone.push(absence.index.clone());
        }
    }
    gone
}

/// Prices the queries that used any of `gone` under `set`; returns their positions.
async fn reprice(
    planner_pool: &mut PlannerPool<'_>,
    settled: &mut [Settled<'_>],
    set: &[IndexDefinition],
    gone: &[IndexDefinition],
) -> Result<Vec<usize>, DbError> {
    let uses = |at: &usize| settled[*at].used.iter().any(|index| gone.contains(index));
    let users: Vec<usize> = (0..settled.len()).filter(uses).collect();
    let questions: Vec<Question<'_, '_>> = users
        .iter()
        .map(|at| {
            let query = &settled[*at].query;
            Question { query, indexes: concerning(query, set) }
        })
        .collect();
    let answers = planner_pool.ask(&questions).await?;
    for (at, answer) in users.iter().zip(answers) {
        match answer {
            Some(answer) => settled[*at].take(answer),
            None => settled[*at].used.retain(|index| !gone.contains(index)),
        }
    }
    Ok(users)
}

/// Planner cost that is a part of the workload that counts: of what it still takes. Where one query was nearly all of it and is
/// cured, all that is left would be a trifle of what there was, and would be proposed the next time. But something of
/// what there was it must be: a workload that is cured altogether needs no more.
pub fn least_that_counts(settled: &[Settled<'_>], thresholds: &Thresholds) -> f64 {
    let left: f64 = settled.iter().map(|s| s.query.query.weight * s.after.cost()).sum();
    let before: f64 = settled.iter().map(|s| counted_before(s, thresholds)).sum();
    (left * thresholds.least_missed).max(before * thresholds.least_saved)
}

/// What a query took counts as a multiple of what it takes now, at most. PostgreSQL prices a subquery that is not hashed
/// as if it were asked for every row, whatever other conditions stand beside it: one such query would be the whole workload,
/// and nothing else would be worth an index.
fn counted_before(settled: &Settled<'_>, thresholds: &Thresholds) -> f64 {
    let most = settled.after.cost() * thresholds.most_cured;
    settled.query.query.weight * settled.before.cost().min(most)
}

/// Somebody has said, or measured, what the query counts for; or what it costs is a hope, to stop early. Of one that only
/// stands in a file next to nothing is saved, however large a part of next to nothing that is.
fn is_counted(settled: &Settled<'_>) -> bool {
    let query = &settled.query.query;
    let mut nodes = query.plans.iter().flat_map(|record| record.plan.walk());
    query.latency.is_some()
        || query.weight != 1.0
        || nodes.any(|(node, _)| node.kind == NodeKind::Limit)
}

/// Its absence would cost a part of the workload that counts, or a part of one query that is more than a trifle of it.
fn is_missed(absence: &Absence, settled: &[Settled<'_>], thresholds: &Thresholds) -> bool {
    let before = |s: &Settled<'_>| s.query.query.weight * s.before.cost();
    let whole: f64 = settled.iter().map(|s| counted_before(s, thresholds)).sum();
    let trifle = whole * thresholds.trifle / settled.len().max(1) as f64;
    let felt =
        |rise: &Rise| rise.without.cost() - settled[rise.at].after.cost() >= thresholds.least_cost;
    let missed_by_one = |rise: &Rise| {
        let own = before(&settled[rise.at]);
        (felt(rise) || is_counted(&settled[rise.at]))
            && own >= trifle
            && weighted(rise, &settled[rise.at]) >= own * thresholds.least_share
    };
    let missed = absence
        .rises
        .iter()
        .filter(|rise| felt(rise))
        .map(|rise| weighted(rise, &settled[rise.at]));
    missed.sum::<f64>() >= least_that_counts(settled, thresholds)
        || absence.rises.iter().any(missed_by_one)
}
