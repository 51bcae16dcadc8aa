//! A glance at queries whose plan changed: two executions a side, for what shows without a proof.

use std::collections::HashMap;

use super::prove::Bench;
use crate::compare::{
    Comparison, Method, Pair, QueryComparison, Side, Verdict, glance, has_changed, side_of,
};
use crate::engine::DbError;
use crate::plan::plan_shape;
use crate::run::{QueryRun, Run, Status};
use crate::workload::Workload;

/// Blocks of one execution on each side.
pub const BLOCKS: u32 = 2;

/// Slower by so much in every block, or faster by so much in the fastest of each side: what neighbours alone seldom do.
const SLOWER: f64 = 1.15;
const FASTER: f64 = 0.95;

/// A query and the shape of its plan.
type Key = (String, String);

/// What was measured of plans while sets of indexes were tried under the same settings, each against the plan before, in
/// turn: what was measured one after the other measures the machine's mood as well. (The same plan took 2.1 s and, half an
/// hour later, 3.7 s on a rented machine.)
#[derive(Default)]
pub struct Seen(HashMap<Key, QueryComparison>);

impl Seen {
    /// The last word on a plan counts.
    pub fn note(&mut self, after: &Run, comparison: &Comparison) {
        for compared in comparison.queries.iter().filter(|compared| compared.ratio.is_some()) {
            let Some(run) = after.query(&compared.query) else { continue };
            self.0.insert(key(run), compared.clone());
        }
    }

    fn of(&self, after: &QueryRun) -> Option<&QueryComparison> {
        self.0.get(&key(after))
    }
}

impl Bench<'_> {
    /// Queries with another plan than before, on both sides.
    pub fn changed<'r>(
        &'r self,
        after: &'r Run,
    ) -> impl Iterator<Item = (&'r QueryRun, &'r QueryRun)> {
        let both = after.queries.iter().filter_map(|now| Some((self.run.query(&now.id)?, now)));
        both.filter(|(before, after)| has_changed(Some(before), Some(after)))
    }

    /// Plans that are not those from before, and were not measured in an earlier round, alternating with those from before.
    pub async fn glance(&self, after: &Run, seen: &mut Seen) -> Result<Comparison, DbError> {
        let unknown = self.changed(after).filter(|(_, now)| seen.of(now).is_none());
        let unknown: Vec<&str> = unknown.map(|(_, now)| now.id.as_str()).collect();
        let queries = self.workload.queries.iter().filter(|q| unknown.contains(&q.id.as_str()));
        let part = Workload { queries: queries.cloned().collect(), ..self.workload.clone() };
        let pair = Pair { before: (self.before, self.run), after: (&self.after, after) };
        let mut glanced = glance(pair, &part, BLOCKS, self.interrupt, self.progress).await?;
        glanced.queries = glanced.queries.into_iter().map(settled).collect();
        seen.note(after, &glanced);
        let queries = after.queries.iter().filter_map(|now| {
            let before = self.run.query(&now.id)?;
            let known = seen.of(now).filter(|_| has_changed(Some(before), Some(now)));
            Some(known.cloned().unwrap_or_else(|| unmeasured(before, now)))
        });
        let queries = queries.collect();
        Ok(Comparison { queries, ..Comparison::new(Method::Alternating) })
    }
}

fn key(query: &QueryRun) -> Key {
    (query.id.clone(), shape(query))
}

pub fn milliseconds(query: &QueryRun) -> Option<f64> {
    query.latency.as_ref().map(|latency| latency.min_ms)
}

pub fn shape(query: &QueryRun) -> String {
    query.plans.first().map(|record| plan_shape(&record.plan)).unwrap_or_default()
}

/// With a verdict, and the ratio of the fastest executions: neighbours only ever make one slower.
fn settled(compared: QueryComparison) -> QueryComparison {
    let levels = |side: &Option<Side>| {
        side.as_ref().map(|side| side.block_levels_ms.clone()).unwrap_or_default()
    };
    let (before, after) = (levels(&compared.before), levels(&compared.after));
    let fastest = |blocks: &[f64]| blocks.iter().copied().min_by(f64::total_cmp);
    let ratio = fastest(&after).zip(fastest(&before)).map(|(after, before)| after / before);
    let is_slower = before.iter().zip(&after).all(|(before, after)| *after > before * SLOWER);
    let verdict = match (&compared.verdict, ratio) {
        (Verdict::Failed, _) => Verdict::Failed,
        (_, None) => Verdict::Inconclusive,
        (_, Some(_)) if is_slower => Verdict::Regressed,
        (_, Some(ratio)) if ratio < FASTER => Verdict::Improved,
        _ => Verdict::Unchanged,
    };
    QueryComparison { verdict, ratio: ratio.or(compared.ratio), ..compared }
}

/// The same plan: what its times differ by is the time of day. Or one that did not finish, on either side.
fn unmeasured(before: &QueryRun, now: &QueryRun) -> QueryComparison {
    let side = |run: &QueryRun| Some(side_of(Some(run), run.latency.clone()?));
    let both = matches!((&before.status, &now.status), (Status::Measured, Status::Measured));
    let verdict = if both { Verdict::Unchanged } else { Verdict::Failed };
    let compared = QueryComparison::new(&now.id, now.weight, verdict);
    match both {
        true => compared,
        false => QueryComparison { before: side(before), after: side(now), ..compared },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{Histogram, Latency};

    fn side(levels: &[f64]) -> Option<Side> {
        let mut histogram = Histogram::default();
        histogram.record(std::time::Duration::from_millis(1));
        let side = side_of(None, Latency::of(&histogram)?);
        Some(Side { block_levels_ms: levels.to_vec(), ..side })
    }

    fn seen(before: &[f64], after: &[f64]) -> (Verdict, f64) {
        let compared = QueryComparison::new("q", 1.0, Verdict::Inconclusive);
        let (before, after) = (side(before), side(after));
        let settled = settled(QueryComparison { before, after, ..compared });
        (settled.verdict, settled.ratio.unwrap())
    }

    #[test]
    fn a_neighbour_who_slows_one_execution_down_changes_nothing() {
        assert_eq!(seen(&[100.0, 100.0], &[50.0, 300.0]), (Verdict::Improved, 0.5));
        assert_eq!(seen(&[100.0, 600.0], &[50.0, 50.0]), (Verdict::Improved, 0.5));
        assert_eq!(seen(&[100.0, 100.0], &[100.0, 300.0]), (Verdict::Unchanged, 1.0));
        assert_eq!(seen(&[100.0, 90.0], &[180.0, 300.0]), (Verdict::Regressed, 2.0));
        let nothing = QueryComparison::new("q", 1.0, Verdict::Inconclusive);
        assert_eq!(settled(nothing).verdict, Verdict::Inconclusive);
    }
}
