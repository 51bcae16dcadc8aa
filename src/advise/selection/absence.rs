//! What each index of a set saves beside the others: what the workload would cost without it.

use crate::advise::thresholds::Thresholds;
use crate::engine::{DbError, IndexDefinition};

use super::merge::{Settled, concerning};
use super::panel::{Panel, Question};
use super::price::Price;

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

/// Asks the queries at `which` that use indexes of `set` what they would cost without each of them, and adds that to
/// `known`. What cannot be answered counts as if the query had no new index.
async fn learn(
    panel: &mut Panel<'_>,
    settled: &[Settled<'_>],
    set: &[IndexDefinition],
    which: &[usize],
    known: &mut [Absence],
) -> Result<(), DbError> {
    let mut asked: Vec<(usize, usize)> = Vec::new();
    for (index, absence) in known.iter().enumerate() {
        let users = which.iter().filter(|at| settled[**at].used.contains(&absence.index));
        asked.extend(users.map(|at| (index, *at)));
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
    let answers = panel.ask(&questions).await?;
    for ((index, at), answer) in asked.into_iter().zip(answers) {
        let without = answer.map_or_else(|| settled[at].before.clone(), |answer| answer.price);
        known[index].rises.push(Rise { at, without });
    }
    Ok(())
}

/// Takes out of `set` what hardly anything would miss, the least missed first: each time the queries that used it are
/// priced anew, and what they use instead is missed more.
pub async fn without_the_needless<'a>(
    panel: &mut Panel<'_>,
    mut settled: Vec<Settled<'a>>,
    mut set: Vec<IndexDefinition>,
    keep: &[IndexDefinition],
    thresholds: &Thresholds,
) -> Result<(Vec<IndexDefinition>, Vec<Settled<'a>>, Vec<Absence>), DbError> {
    let absent = |index: &IndexDefinition| Absence { index: index.clone(), rises: Vec::new() };
    let mut known: Vec<Absence> = set.iter().map(absent).collect();
    let all: Vec<usize> = (0..settled.len()).collect();
    learn(panel, &settled, &set, &all, &mut known).await?;
    if panel.lead().is_over() {
        return Ok((set, settled, Vec::new()));
    }
    // What is begun is ended: each step concerns a few queries only.
    panel.until(None);
    loop {
        let needless = known
            .iter()
            .filter(|absence| !keep.contains(&absence.index))
            .filter(|absence| !is_missed(absence, &settled, thresholds))
            .min_by(|a, b| a.cost(&settled).total_cmp(&b.cost(&settled)));
        let Some(gone) = needless.map(|absence| absence.index.clone()) else {
            return Ok((set, settled, known));
        };
        set.retain(|index| index != &gone);
        let changed = reprice(panel, &mut settled, &set, &gone).await?;
        known.retain(|absence| absence.index != gone);
        for absence in &mut known {
            absence.rises.retain(|rise| !changed.contains(&rise.at));
        }
        learn(panel, &settled, &set, &changed, &mut known).await?;
    }
}

/// Prices the queries that used `gone` under `set`; returns their positions.
async fn reprice(
    panel: &mut Panel<'_>,
    settled: &mut [Settled<'_>],
    set: &[IndexDefinition],
    gone: &IndexDefinition,
) -> Result<Vec<usize>, DbError> {
    let users: Vec<usize> =
        (0..settled.len()).filter(|at| settled[*at].used.contains(gone)).collect();
    let questions: Vec<Question<'_, '_>> = users
        .iter()
        .map(|at| {
            let query = &settled[*at].query;
            Question { query, indexes: concerning(query, set) }
        })
        .collect();
    let answers = panel.ask(&questions).await?;
    for (at, answer) in users.iter().zip(answers) {
        match answer {
            Some(answer) => settled[*at].take(answer),
            None => settled[*at].used.retain(|index| index != gone),
        }
    }
    Ok(users)
}

/// Its absence would cost a part of the workload that counts, or a part of one query that is more than a trifle of it.
fn is_missed(absence: &Absence, settled: &[Settled<'_>], thresholds: &Thresholds) -> bool {
    let before = |s: &Settled<'_>| s.query.query.weight * s.before.cost();
    let whole: f64 = settled.iter().map(before).sum();
    let trifle = whole * thresholds.trifle / settled.len().max(1) as f64;
    let missed_by_one = |rise: &Rise| {
        let own = before(&settled[rise.at]);
        own >= trifle && weighted(rise, &settled[rise.at]) >= own * thresholds.least_share
    };
    absence.cost(settled) >= whole * thresholds.least_missed
        || absence.rises.iter().any(missed_by_one)
}
