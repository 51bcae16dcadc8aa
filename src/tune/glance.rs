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

/// A query whose one execution after the change took less than this share of its time before needs no second look.
const PLAINLY_FASTER: f64 = 0.8;

/// Slower by so much in every block, or faster by so much in all of them together: what neighbours alone seldom do.
const SLOWER: f64 = 1.15;
const FASTER: f64 = 0.95;

/// A query and the shape of its plan.
type Key = (String, String);

/// What was seen of plans while sets of indexes were tried under the same settings.
#[derive(Default)]
pub struct Seen {
    glanced: HashMap<Key, QueryComparison>,
    /// Milliseconds of the fastest execution: neighbours only ever make one slower, and a plan that comes back with
    /// another set should not be judged by another moment.
    fastest: HashMap<Key, f64>,
}

impl Seen {
    fn note(&mut self, after: &Run) {
        for query in &after.queries {
            let Some(ms) = milliseconds(query) else { continue };
            let fastest = self.fastest.entry(key(query)).or_insert(ms);
            *fastest = fastest.min(ms);
        }
    }

    /// Time after / before, by the fastest executions of both plans.
    fn ratio(&self, before: &QueryRun, after: &QueryRun) -> Option<f64> {
        Some(self.fastest.get(&key(after))? / milliseconds(before)?)
    }

    fn is_plainly_faster(&self, before: &QueryRun, after: &QueryRun) -> bool {
        self.ratio(before, after).is_some_and(|ratio| ratio < PLAINLY_FASTER)
    }

    /// A query that needs no glance: it is plainly faster, nothing but settings changed, or it did not finish before.
    fn by_one_execution(&self, before: &QueryRun, after: &QueryRun) -> QueryComparison {
        let side = |run: &QueryRun| Some(side_of(Some(run), run.latency.clone()?));
        let word = match (&before.status, &after.status) {
            (Status::Measured, Status::Measured) if self.is_plainly_faster(before, after) => {
                Verdict::Improved
            }
            (Status::Measured, Status::Measured) => Verdict::Unchanged,
            _ => Verdict::Failed,
        };
        QueryComparison {
            before: side(before),
            after: side(after),
            ratio: self.ratio(before, after),
            ..QueryComparison::new(&after.id, after.weight, word)
        }
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

    /// One execution was seen already, with the plans; those that it does not show to be faster are executed again,
    /// alternating. Not those whose plan was looked at in an earlier round.
    pub async fn glance(&self, after: &Run, seen: &mut Seen) -> Result<Comparison, DbError> {
        seen.note(after);
        let unclear: Vec<&str> = self
            .changed(after)
            .filter(|(before, now)| {
                !seen.is_plainly_faster(before, now) && !seen.glanced.contains_key(&key(now))
            })
            .map(|(_, now)| now.id.as_str())
            .collect();
        let queries = self.workload.queries.iter().filter(|q| unclear.contains(&q.id.as_str()));
        let part = Workload { queries: queries.cloned().collect(), ..self.workload.clone() };
        let pair = Pair { before: (self.before, self.run), after: (&self.after, after) };
        let glanced = glance(pair, &part, BLOCKS, self.interrupt, self.progress).await?;
        for compared in glanced.queries {
            let Some(run) = after.query(&compared.query) else { continue };
            seen.glanced.insert(key(run), settled(compared));
        }
        let same_settings = self.before.options.settings == self.after.options.settings;
        let queries = after.queries.iter().filter_map(|now| {
            let before = self.run.query(&now.id)?;
            if same_settings && !has_changed(Some(before), Some(now)) {
                return Some(unchanged(now));
            }
            let known = seen.glanced.get(&key(now)).cloned();
            Some(known.unwrap_or_else(|| seen.by_one_execution(before, now)))
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

/// With a verdict, and the ratio of all blocks together.
fn settled(compared: QueryComparison) -> QueryComparison {
    let levels = |side: &Option<Side>| {
        side.as_ref().map(|side| side.block_levels_ms.clone()).unwrap_or_default()
    };
    let (before, after) = (levels(&compared.before), levels(&compared.after));
    let ratios: Vec<f64> =
        before.iter().zip(&after).map(|(before, after)| after / before).collect();
    let sum = |blocks: &[f64]| blocks.iter().sum::<f64>();
    let verdict = match compared.verdict {
        Verdict::Failed => Verdict::Failed,
        _ if ratios.is_empty() => Verdict::Inconclusive,
        _ if ratios.iter().all(|ratio| *ratio > SLOWER) => Verdict::Regressed,
        _ if sum(&after) < sum(&before) * FASTER => Verdict::Improved,
        _ => Verdict::Unchanged,
    };
    let ratio = (!ratios.is_empty()).then(|| sum(&after) / sum(&before));
    QueryComparison { verdict, ratio: ratio.or(compared.ratio), ..compared }
}

/// The same plan under the same settings: what its times differ by is the time of day.
fn unchanged(now: &QueryRun) -> QueryComparison {
    QueryComparison::new(&now.id, now.weight, Verdict::Unchanged)
}
