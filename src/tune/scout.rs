//! Where proof takes long, what is plainly no good goes first, after a glance instead of a proof.
//!
//! A verdict takes six to a dozen blocks of both sides: a quarter of an hour where one pass takes a minute. An
//! index that makes a query twice as slow shows in two executions, and so does the next one tried in its place.

use std::collections::HashMap;
use std::time::Duration;

use super::adviser::Adviser;
use super::change::Change;
use super::decide::{Decision, Measured, record_effects, uses};
use super::options::FIRST_LOOK;
use super::prove::{Bench, verdicts};
use crate::advise::Advice;
use crate::compare::{
    Comparison, Method, Pair, QueryComparison, Verdict, convincing_blocks, glance, has_changed,
    joined, side_of,
};
use crate::engine::{DbError, Session};
use crate::plan::plan_shape;
use crate::run::{QueryRun, Run, Status};
use crate::workload::Workload;

/// Rounds of glances; the clock has the last word on what is left.
const MOST_ROUNDS: usize = 5;

/// Blocks of one execution on each side.
const BLOCKS: u32 = 2;

/// A query whose one execution after the change took less than this share of its time before needs no second look.
const PLAINLY_FASTER: f64 = 0.8;

/// Slower by so much in every block, or faster by so much in all of them together: what neighbours alone seldom do.
const SLOWER: f64 = 1.15;
const FASTER: f64 = 0.95;

/// What was glanced at, by query: the plan's shape, and what was seen.
type Seen = HashMap<String, (String, QueryComparison)>;

impl Bench<'_> {
    /// Plans of the changed database. Where measuring them all would take longer than the time there is for it, indexes
    /// that help nobody or slow somebody down plainly are replaced first.
    pub(super) async fn explore(
        &mut self,
        session: &mut dyn Session,
        advice: &mut Advice,
        standing: &mut Vec<Change>,
        adviser: Option<&mut (dyn Adviser + '_)>,
    ) -> Result<Run, DbError> {
        let mut after = self.plans().await?;
        let Some(adviser) = adviser else { return Ok(after) };
        let mut seen = Seen::new();
        for _ in 0..MOST_ROUNDS {
            if self.interrupt.is_set() || self.proof_takes(&after) <= self.time_for_proof() {
                break;
            }
            let comparison = self.glance(&after, &mut seen).await?;
            let measured = Measured { before: self.run, after: &after, comparison: &comparison };
            let hopeless = hopeless(advice, standing, &measured);
            if hopeless.is_empty() || self.interrupt.is_set() {
                break;
            }
            record_effects(advice, standing, &measured);
            self.drop_useless(session, advice, &hopeless, &after).await?;
            standing.retain(|change| hopeless.iter().all(|(gone, _)| gone != change));
            let added = self.add_instead(session, advice, standing, adviser).await?;
            standing.extend(added);
            after = self.plans().await?;
        }
        Ok(after)
    }

    /// After another round of changes. Where proof takes long, queries whose plan is the one that was measured in the last
    /// round keep what was measured.
    pub(super) async fn look_again(
        &self,
        after: &Run,
        share: f64,
        (last_after, last): (&Run, Comparison),
    ) -> Result<Comparison, DbError> {
        let takes = self.proof_takes(after).max(self.proof_takes(last_after));
        if takes <= self.time_for_proof() {
            return self.look(after, share).await;
        }
        let is_new = |id: &str| {
            let both = last_after.query(id).zip(after.query(id));
            both.is_none_or(|(last, now)| shape(last) != shape(now))
        };
        let queries = self.workload.queries.iter().filter(|query| is_new(&query.id));
        let part = Workload { queries: queries.cloned().collect(), ..self.workload.clone() };
        let fresh = Bench { workload: &part, after: self.after.clone(), ..*self };
        Ok(joined(last, fresh.look(after, share).await?))
    }

    fn time_for_proof(&self) -> Duration {
        self.options.alternate.budget.mul_f64(FIRST_LOOK)
    }

    /// The fewest blocks that convince, of every query whose plan changed.
    fn proof_takes(&self, after: &Run) -> Duration {
        let changed: Vec<(&QueryRun, &QueryRun)> = self.changed(after).collect();
        let once: f64 = changed
            .iter()
            .filter_map(|(before, after)| Some(milliseconds(before)? + milliseconds(after)?))
            .sum();
        Duration::from_secs_f64(once / 1e3) * convincing_blocks(changed.len())
    }

    /// Queries with another plan than before, on both sides.
    fn changed<'r>(&'r self, after: &'r Run) -> impl Iterator<Item = (&'r QueryRun, &'r QueryRun)> {
        let both = after.queries.iter().filter_map(|now| Some((self.run.query(&now.id)?, now)));
        both.filter(|(before, after)| has_changed(Some(before), Some(after)))
    }

    /// One execution was seen already, with the plans; those that it does not show to be faster are executed again,
    /// alternating. Not those whose plan was looked at in an earlier round.
    async fn glance(&self, after: &Run, seen: &mut Seen) -> Result<Comparison, DbError> {
        let unclear: Vec<&str> = self
            .changed(after)
            .filter(|(before, now)| !is_plainly_faster(before, now) && !knows(seen, now))
            .map(|(_, now)| now.id.as_str())
            .collect();
        let queries = self.workload.queries.iter().filter(|q| unclear.contains(&q.id.as_str()));
        let part = Workload { queries: queries.cloned().collect(), ..self.workload.clone() };
        let pair = Pair { before: (self.before, self.run), after: (&self.after, after) };
        let glanced = glance(pair, &part, BLOCKS, self.interrupt, self.progress).await?;
        for compared in glanced.queries {
            let Some(run) = after.query(&compared.query) else { continue };
            let word = at_a_glance(&compared);
            let compared = QueryComparison { verdict: word, ..compared };
            seen.insert(run.id.clone(), (shape(run), compared));
        }
        let queries = after.queries.iter().filter_map(|now| {
            let before = self.run.query(&now.id)?;
            match seen.get(&now.id) {
                Some((known, compared)) if *known == shape(now) => Some(compared.clone()),
                _ => Some(by_one_execution(before, now)),
            }
        });
        let queries = queries.collect();
        Ok(Comparison { queries, ..Comparison::new(Method::Alternating) })
    }
}

/// Indexes that help nobody, or slow somebody down, as far as a glance can tell.
fn hopeless(
    advice: &Advice,
    standing: &[Change],
    measured: &Measured<'_>,
) -> Vec<(Change, Decision)> {
    let dropped = verdicts(advice, standing, measured).into_iter().filter_map(|verdict| {
        let (change @ Change::Index(i), Decision::Drop { reason }) = verdict else { return None };
        let name = &advice.indexes[i].name;
        let is_used = measured.after.queries.iter().any(|query| uses(query, name));
        let basis = format!(" (seen in {BLOCKS} executions on each side)");
        let reason = if is_used { reason + &basis } else { reason };
        Some((change, Decision::Drop { reason }))
    });
    dropped.collect()
}

fn milliseconds(query: &QueryRun) -> Option<f64> {
    query.latency.as_ref().map(|latency| latency.min_ms)
}

fn is_plainly_faster(before: &QueryRun, after: &QueryRun) -> bool {
    let both = milliseconds(before).zip(milliseconds(after));
    both.is_some_and(|(before, after)| after < before * PLAINLY_FASTER)
}

fn shape(query: &QueryRun) -> String {
    query.plans.first().map(|record| plan_shape(&record.plan)).unwrap_or_default()
}

fn knows(seen: &Seen, query: &QueryRun) -> bool {
    seen.get(&query.id).is_some_and(|(known, _)| *known == shape(query))
}

fn at_a_glance(compared: &QueryComparison) -> Verdict {
    let levels = |side: &Option<crate::compare::Side>| {
        side.as_ref().map(|side| side.block_levels_ms.clone()).unwrap_or_default()
    };
    let (before, after) = (levels(&compared.before), levels(&compared.after));
    let ratios: Vec<f64> =
        before.iter().zip(&after).map(|(before, after)| after / before).collect();
    let sum = |blocks: &[f64]| blocks.iter().sum::<f64>();
    match compared.verdict {
        Verdict::Failed => Verdict::Failed,
        _ if ratios.is_empty() => Verdict::Inconclusive,
        _ if ratios.iter().all(|ratio| *ratio > SLOWER) => Verdict::Regressed,
        _ if sum(&after) < sum(&before) * FASTER => Verdict::Improved,
        _ => Verdict::Unchanged,
    }
}

/// A query that needs no glance: its plan is the old one, it is plainly faster, or it did not finish before.
fn by_one_execution(before: &QueryRun, after: &QueryRun) -> QueryComparison {
    let side = |run: &QueryRun| Some(side_of(Some(run), run.latency.clone()?));
    let word = match (&before.status, &after.status) {
        (Status::Measured, Status::Measured) if is_plainly_faster(before, after) => {
            Verdict::Improved
        }
        (Status::Measured, Status::Measured) => Verdict::Unchanged,
        _ => Verdict::Failed,
    };
    let both = milliseconds(before).zip(milliseconds(after));
    QueryComparison {
        before: side(before),
        after: side(after),
        ratio: both.map(|(before, after)| after / before),
        ..QueryComparison::new(&after.id, after.weight, word)
    }
}
