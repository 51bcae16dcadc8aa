//! What pays beside the rest of a set: an index that saves many queries a little each, or one that a query by itself had
//! no use for.

use std::collections::BTreeMap;

use crate::advise::thresholds::Thresholds;
use crate::engine::{DbError, IndexDefinition, KeySubject};

use super::absence::least_that_counts;
use super::merge::{Settled, concerning, price_under};
use super::planned_query::is_bound;
use super::planner_pool::{PlannerPool, Question};
use super::search::{Answer, Search};

/// Narrowest and most wanted indexes of one leading key that are tried in the set.
const TRIED: usize = 2;

/// What queries would take if they were shown all their candidates beside the set, by table and leading key.
type Wishes = BTreeMap<(String, String, KeySubject), BTreeMap<IndexDefinition, f64>>;

/// Whether a set of indexes is within the limits.
pub type Admits<'f> = dyn Fn(&[IndexDefinition]) -> bool + 'f;

/// Adds to `set` what saves a part of the workload that counts, the most wished for first, and prices all queries again.
/// `candidates` are those of each query, by its id; only such are tried as can be shown without being built, and only such
/// are added as keep the set among those that are admitted.
pub async fn complete(
    planner_pool: &mut PlannerPool<'_>,
    settled: &mut [Settled<'_>],
    set: &mut Vec<IndexDefinition>,
    candidates: &BTreeMap<&str, Vec<IndexDefinition>>,
    (thresholds, admits): (&Thresholds, &Admits<'_>),
) -> Result<(), DbError> {
    let least = least_that_counts(settled, thresholds);
    let wishes = wishes(planner_pool, settled, set, candidates, thresholds).await?;
    let mut groups: Vec<BTreeMap<IndexDefinition, f64>> = wishes.into_values().collect();
    let total = |group: &BTreeMap<IndexDefinition, f64>| group.values().sum::<f64>();
    groups.retain(|group| total(group) >= least);
    groups.sort_by(|a, b| total(b).total_cmp(&total(a)).then_with(|| a.keys().cmp(b.keys())));
    let before = set.len();
    for group in groups {
        if planner_pool.lead().is_over() {
            break;
        }
        let mut group = group;
        group.retain(|index, _| admits(&[set.as_slice(), std::slice::from_ref(index)].concat()));
        set.extend(best_of(planner_pool, settled, set, &group, (least, thresholds)).await?);
    }
    match set.len() > before {
        true => price_under(planner_pool, settled, set).await,
        false => Ok(()),
    }
}

async fn wishes(
    planner_pool: &mut PlannerPool<'_>,
    settled: &[Settled<'_>],
    set: &[IndexDefinition],
    candidates: &BTreeMap<&str, Vec<IndexDefinition>>,
    thresholds: &Thresholds,
) -> Result<Wishes, DbError> {
    let mut asked: Vec<(&Settled<'_>, Question<'_, '_>)> = Vec::new();
    for s in settled {
        let own = candidates.get(s.query.query.id.as_str()).into_iter().flatten();
        let mut indexes = concerning(&s.query, set);
        let known = indexes.len();
        indexes
            .extend(own.filter(|i| !set.contains(i) && is_shown(planner_pool.lead(), i)).cloned());
        if indexes.len() > known {
            asked.push((s, Question { query: &s.query, indexes }));
        }
    }
    let (of, questions): (Vec<&Settled<'_>>, Vec<Question<'_, '_>>) = asked.into_iter().unzip();
    let answers = planner_pool.ask(&questions).await?;
    let mut wishes = Wishes::new();
    for (s, answer) in of.into_iter().zip(answers) {
        let Some(answer) = answer else { continue };
        let saved = counted(s, &answer, thresholds);
        if saved <= 0.0 {
            continue;
        }
        let open = |i: &&IndexDefinition| !set.contains(i) && !has_smaller(s, i);
        for index in answer.used.iter().filter(open).filter(|i| is_sure(&answer, i)) {
            let Some(key) = index.keys.first().filter(|_| !is_led(set, index)) else { continue };
            let group = (index.schema.clone(), index.table.clone(), key.subject.clone());
            *wishes.entry(group).or_default().entry(index.clone()).or_default() += saved;
        }
    }
    Ok(wishes)
}

/// Planner cost by weight that a query saves, if that is as much as an index of its own has to save it.
fn counted(settled: &Settled<'_>, answer: &Answer, thresholds: &Thresholds) -> f64 {
    let saved = settled.query.query.weight * (settled.after.cost() - answer.price.cost());
    let enough = answer.price.gain_over(&settled.after) >= thresholds.least_gain
        && settled.after.cost() - answer.price.cost() >= thresholds.least_cost;
    if enough { saved } else { saved.min(0.0) }
}

/// Whether an index of all rows with the same first key was chosen, in another form: that was weighed by more than cost.
fn is_led(set: &[IndexDefinition], index: &IndexDefinition) -> bool {
    let first = |index: &IndexDefinition| index.keys.first().map(|key| key.subject.clone());
    set.iter().any(|other| {
        (&other.schema, &other.table) == (&index.schema, &index.table)
            && other.predicate.is_none()
            && first(other) == first(index)
    })
}

/// Whether the query has an index of few of the table's rows, which was preferred for its size to somewhat cheaper ones.
fn has_smaller(settled: &Settled<'_>, index: &IndexDefinition) -> bool {
    settled.used.iter().any(|other| {
        (&other.schema, &other.table) == (&index.schema, &index.table) && other.predicate.is_some()
    })
}

/// Beside all others, whichever tables these are on.
fn is_shown(search: &Search<'_>, index: &IndexDefinition) -> bool {
    search.can_show(index) && !search.builds(index) && !is_bound(index)
}

fn is_sure(answer: &Answer, index: &IndexDefinition) -> bool {
    let unsure = [&answer.stops_early, &answer.walked, &answer.scattered];
    !unsure.iter().any(|indexes| indexes.contains(index))
}

/// The one of `group` that saves most beside `set`, if that is `least`; the narrowest where others save little more.
async fn best_of(
    planner_pool: &mut PlannerPool<'_>,
    settled: &[Settled<'_>],
    set: &[IndexDefinition],
    group: &BTreeMap<IndexDefinition, f64>,
    (least, thresholds): (f64, &Thresholds),
) -> Result<Option<IndexDefinition>, DbError> {
    let narrow = |index: &&IndexDefinition| {
        (index.predicate.is_some(), index.keys.len() + index.include.len(), (*index).clone())
    };
    let narrowest = group.keys().min_by_key(narrow);
    let wanted = group.iter().max_by(|a, b| a.1.total_cmp(b.1)).map(|(index, _)| index);
    let mut tried: Vec<&IndexDefinition> = narrowest.into_iter().chain(wanted).collect();
    tried.dedup();
    let mut best: Option<(f64, IndexDefinition)> = None;
    for index in tried.into_iter().take(TRIED) {
        let saved = saved_by(planner_pool, settled, set, index, thresholds).await?;
        let more = best.as_ref().map_or(least, |(known, _)| known + least);
        if saved >= more {
            best = Some((saved, index.clone()));
        }
    }
    Ok(best.map(|(_, index)| index))
}

/// Planner cost by weight that the workload would have less with `index` beside `set`.
async fn saved_by(
    planner_pool: &mut PlannerPool<'_>,
    settled: &[Settled<'_>],
    set: &[IndexDefinition],
    index: &IndexDefinition,
    thresholds: &Thresholds,
) -> Result<f64, DbError> {
    let mut with = set.to_vec();
    with.push(index.clone());
    let concerned: Vec<&Settled<'_>> = settled.iter().filter(|s| s.query.concerns(index)).collect();
    let question = |s: &&Settled<'_>| concerning(&s.query, &with);
    let questions: Vec<Question<'_, '_>> = concerned
        .iter()
        .zip(concerned.iter().map(question))
        .map(|(s, indexes)| Question { query: &s.query, indexes })
        .collect();
    let answers = planner_pool.ask(&questions).await?;
    let saved = concerned
        .iter()
        .zip(answers)
        .filter_map(|(s, answer)| answer.map(|answer| counted(s, &answer, thresholds)));
    Ok(saved.sum())
}
