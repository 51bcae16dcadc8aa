//! Queries that an index of the set makes dearer: a planner that can find their rows by it does, though they read most of
//! the table and every row has to be fetched. With the few columns that they read besides, the index answers them alone.

use std::collections::BTreeMap;

use crate::advise::access::Access;
use crate::advise::candidates::covering;
use crate::advise::thresholds::Thresholds;
use crate::engine::{DbError, IndexDefinition, IndexGrammar};

use super::merge::{Settled, concerning, price_under};
use super::planner_pool::{PlannerPool, Question};

/// Readings of tables by query id.
pub type Readings<'s, 'a> = BTreeMap<&'s str, &'s [Access<'a>]>;

/// What decides whether a query suffers, and what may be carried along for it.
pub struct Relief<'t> {
    pub grammar: &'t dyn IndexGrammar,
    pub thresholds: &'t Thresholds,
    /// Share by which a query may become dearer.
    pub tolerance: f64,
}

/// Wider indexes are built where they cannot be shown: no more of them than this are tried, however much time there is. That
/// is looked at also when time is up: an index that harms is taken back once it is measured, with all that it is good for.
const MOST_TRIED: usize = 4;

/// Puts wider indexes in place of those in `set` that make queries dearer, where that helps these and costs the others less
/// than it saves.
pub async fn relieve<'a>(
    planner_pool: &mut PlannerPool<'_>,
    settled: &mut [Settled<'a>],
    set: &mut Vec<IndexDefinition>,
    readings: &Readings<'_, 'a>,
    relief: &Relief<'_>,
) -> Result<(), DbError> {
    let wider = wider_ones(settled, set, readings, relief);
    for (query, index, wider) in wider.into_iter().take(MOST_TRIED) {
        let Some(at) = set.iter().position(|other| *other == index) else { continue };
        if planner_pool.lead().interrupt.is_set() {
            break;
        }
        let mut other = set.clone();
        other[at] = wider;
        if relief.helps(planner_pool, settled, (&query, set, &other)).await? {
            *set = other;
            price_under(planner_pool, settled, set).await?;
        }
    }
    Ok(())
}

/// A query that suffers, the index of the set that it suffers from, and one that answers it alone.
fn wider_ones(
    settled: &[Settled<'_>],
    set: &[IndexDefinition],
    readings: &Readings<'_, '_>,
    relief: &Relief<'_>,
) -> Vec<(String, IndexDefinition, IndexDefinition)> {
    let mut found = Vec::new();
    for s in settled.iter().filter(|s| relief.suffers(s)) {
        let id = s.query.query.id.as_str();
        let accesses = readings.get(id).copied().unwrap_or_default();
        for index in s.used.iter().filter(|index| set.contains(index)) {
            let own = accesses.iter().filter(|access| {
                access.table.name == index.table && access.table.schema == index.schema
            });
            let wider =
                own.filter_map(|access| covering(index, access, relief.grammar, relief.thresholds));
            found.extend(wider.map(|wider| (id.to_owned(), index.clone(), wider)));
        }
    }
    found.dedup();
    found
}

impl Relief<'_> {
    fn suffers(&self, settled: &Settled<'_>) -> bool {
        settled.after.cost() > settled.before.cost() * (1.0 + self.tolerance)
    }

    /// Under `other` the query suffers no longer, and all queries together cost less than under `set`.
    async fn helps(
        &self,
        planner_pool: &mut PlannerPool<'_>,
        settled: &[Settled<'_>],
        (query, set, other): (&str, &[IndexDefinition], &[IndexDefinition]),
    ) -> Result<bool, DbError> {
        let new = other.iter().filter(|index| !set.contains(index));
        let new: Vec<&IndexDefinition> = new.collect();
        let concerned: Vec<&Settled<'_>> =
            settled.iter().filter(|s| new.iter().any(|index| s.query.concerns(index))).collect();
        let question = |s: &&Settled<'_>| concerning(&s.query, other);
        let indexes: Vec<Vec<IndexDefinition>> = concerned.iter().map(question).collect();
        let questions: Vec<Question<'_, '_>> = concerned
            .iter()
            .zip(indexes)
            .map(|(s, indexes)| Question { query: &s.query, indexes })
            .collect();
        let answers = planner_pool.ask(&questions).await?;
        let (mut saved, mut relieved) = (0.0, false);
        for (s, answer) in concerned.iter().zip(answers) {
            // What was not answered is not known to be any better.
            let Some(answer) = answer else { return Ok(false) };
            let cost = answer.price.cost();
            saved += s.query.query.weight * (s.after.cost() - cost);
            relieved |=
                s.query.query.id == query && cost <= s.before.cost() * (1.0 + self.tolerance);
        }
        Ok(relieved && saved > 0.0)
    }
}
