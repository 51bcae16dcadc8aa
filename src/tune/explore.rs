//! Where proof takes long, sets of indexes are compared quickly first, and the best of them goes to the proof.
//!
//! A verdict takes six to a dozen blocks of both sides: a quarter of an hour where one pass takes a minute. An
//! index that makes a query twice as slow shows in two executions. What was seen of a set corrects what the
//! adviser reckons with, so the next set is chosen by better prices: the search asks planners, tries what they promise,
//! and believes the clock.

use std::time::Duration;

use super::change::{Change, at_once};
use super::decide::{Decision, Measured, record_effects, uses};
use super::evidence::Evidence;
use super::options::FIRST_LOOK;
use super::plans::After;
use super::prove::{TestBed, verdicts};
use super::quick_comparison::BLOCKS;
use super::reason::Reason;
use super::slower::is_slower;
use super::trial::{Trial, ratio};
use crate::compare::{Comparison, QueryComparison, Verdict};
use crate::engine::DbError;
use crate::run::{Run, Target};

/// Sets that are compared quickly before one of them goes to the proof; fewer where most indexes are proven already.
const MOST_ROUNDS: usize = 10;
const MOST_LATER_ROUNDS: usize = 3;

/// Share of the time that no search for better sets may take from the proof.
const KEPT_FOR_PROOF: f64 = 0.5;

/// Share of the time that trying settings by themselves may take.
const MOST_FOR_SETTINGS: f64 = 0.25;

/// A set that was tried.
struct Visited {
    /// Positions in the advice, ascending.
    indexes: Vec<usize>,
    /// Whether a query is slower with it, and weighted milliseconds of all queries: less is better.
    score: (bool, f64),
}

impl Trial<'_, '_> {
    /// Plans of the changed database. Where measuring them all would take long, other sets with all of `pinned` are tried
    /// first, as long as a share of the time lasts, and the best one is in place afterwards. None has an index of `banned`,
    /// to which those are added that turn out to help nobody.
    pub async fn explore(
        &mut self,
        pinned: &[Change],
        banned: &mut Vec<usize>,
    ) -> Result<After, DbError> {
        let whole = self.test_bed.interrupt.clone();
        let kept_for_proof = self.time.left().mul_f64(KEPT_FOR_PROOF);
        self.test_bed.interrupt = self.time.but_for(kept_for_proof).or(&whole);
        let visited = self.try_sets(pinned, banned, kept_for_proof).await;
        self.test_bed.interrupt = whole;
        let (visited, after) = (visited?, self.plans().await?);
        if visited.is_empty() || self.is_over() {
            return Ok(after);
        }
        let best = self.settle_for_best(after, pinned, visited).await?;
        self.without_the_harmful(best, pinned).await
    }

    /// What is made before anything is measured.
    pub(super) fn changes_at_once(&self) -> Vec<Change> {
        at_once(&self.advice, self.has_time_for_settings())
    }

    /// What was seen to make a query slower goes before the proof, which would spend its time on plans that do not stay.
    async fn without_the_harmful(
        &mut self,
        mut after: After,
        pinned: &[Change],
    ) -> Result<After, DbError> {
        while !self.is_over() {
            let comparison = self.compared_quickly(&after);
            let harmful = harmful(self.judge(&after, &comparison).await?, pinned);
            if harmful.is_empty() {
                break;
            }
            for (change, reason) in harmful {
                self.take_back(change, reason.glimpsed()).await?;
            }
            after = self.screened().await?;
        }
        Ok(after)
    }

    /// Until the share of the time is over that is not kept for the proof, whatever it is that takes long: a workload of
    /// half a minute had once none left to prove anything.
    async fn try_sets(
        &mut self,
        pinned: &[Change],
        banned: &mut Vec<usize>,
        kept_for_proof: Duration,
    ) -> Result<Vec<Visited>, DbError> {
        let mut after = self.screened().await?;
        if pinned.is_empty() && self.proof_takes_long(&after) && self.has_time_for_settings() {
            while self.try_settings().await? {
                after = self.screened().await?;
            }
        }
        if self.fit(pinned, banned).await? {
            after = self.screened().await?;
        }
        let mut visited: Vec<Visited> = Vec::new();
        let most_rounds = if pinned.is_empty() { MOST_ROUNDS } else { MOST_LATER_ROUNDS };
        while self.is_advised() && !self.is_over() {
            let takes_long = self.proof_takes_long(&after);
            if visited.is_empty() && !takes_long {
                break;
            }
            let takes = self.test_bed.quick_comparison_takes(&after, &self.evidence);
            if self.time.left() < kept_for_proof + takes {
                break;
            }
            self.test_bed.quick_comparison(&after, &mut self.evidence).await?;
            if self.is_over() {
                break;
            }
            let comparison = self.compared_quickly(&after);
            let verdicts = self.judge(&after, &comparison).await?;
            if self.drop_settings(&verdicts).await? {
                visited.clear();
                after = self.screened().await?;
                continue;
            }
            let indexes = sorted(self.indexes());
            if visited.iter().any(|known| known.indexes == indexes) {
                break;
            }
            self.learn(&after, &comparison);
            let score = self.score(&comparison);
            tracing::info!(?score, ?indexes, seen = summary(&comparison), "set of indexes tried");
            visited.push(Visited { indexes, score });
            let hopeless = self.hopeless(verdicts, pinned, (&after.run, &comparison), banned);
            if !takes_long
                || visited.len() == most_rounds
                || !self.try_another(&hopeless, pinned, banned, &visited).await?
            {
                break;
            }
            self.fit(pinned, banned).await?;
            after = self.screened().await?;
        }
        Ok(visited)
    }

    /// Each setting costs an execution of everything and a quick comparison, and another after one that slows something down.
    fn has_time_for_settings(&self) -> bool {
        let pass_ms: f64 = self.cost_feedback.before_ms.values().sum();
        let passes = 1.0 + 2.0 * f64::from(BLOCKS + 1);
        pass_ms * passes / 1e3 <= self.time.left().as_secs_f64() * MOST_FOR_SETTINGS
    }

    /// Plans of what stands, each new one executed once.
    async fn screened(&mut self) -> Result<After, DbError> {
        let after = self.plans().await?;
        self.test_bed.screen(&after, &mut self.evidence).await?;
        Ok(after)
    }

    fn compared_quickly(&self, after: &After) -> Comparison {
        self.evidence.quick_comparison(
            self.test_bed.run,
            after,
            &self.test_bed.options.alternate.criteria,
        )
    }

    fn proof_takes_long(&self, after: &After) -> bool {
        let seconds: f64 = self.due(after).iter().map(|due| due.seconds).sum();
        seconds > self.test_bed.options.alternate.budget.mul_f64(FIRST_LOOK).as_secs_f64()
    }

    /// Settings without any new index, on the unchanged database: beside indexes, a query that both have changed would be
    /// slower for reasons that nobody could tell apart. True when one is gone that makes a query slower.
    async fn try_settings(&mut self) -> Result<bool, DbError> {
        if !self.standing.iter().any(|change| matches!(change, Change::Setting(_)))
            || !self.is_advised()
        {
            return Ok(false);
        }
        let after = Target { url: self.test_bed.before.url.clone(), ..self.test_bed.after.clone() };
        let alone = TestBed { after, interrupt: self.test_bed.interrupt.clone(), ..self.test_bed };
        let mut evidence = Evidence::default();
        let after = alone.plans(&self.original).await?;
        alone.screen(&after, &mut evidence).await?;
        alone.quick_comparison(&after, &mut evidence).await?;
        let criteria = &self.test_bed.options.alternate.criteria;
        let comparison = evidence.quick_comparison(self.test_bed.run, &after, criteria);
        if self.is_over() || !comparison.queries.iter().any(is_slower) {
            return Ok(false);
        }
        let measured =
            Measured { before: self.test_bed.run, after: &after.run, comparison: &comparison };
        let mut verdicts = verdicts(&self.advice, &self.standing, &measured);
        alone.attribute_to_settings(&self.advice, &mut verdicts, (&after.run, &comparison)).await?;
        self.drop_settings(&verdicts).await
    }

    async fn drop_settings(&mut self, verdicts: &[(Change, Decision)]) -> Result<bool, DbError> {
        let mut dropped = false;
        for (change, decision) in verdicts {
            if let (Change::Setting(_), Decision::Drop { reason }) = (change, decision) {
                self.take_back(*change, reason.clone().glimpsed()).await?;
                dropped = true;
            }
        }
        Ok(dropped)
    }

    /// Positions of the indexes that help nobody or slow somebody down, and why. Those that help nobody are banned.
    fn hopeless(
        &mut self,
        verdicts: Vec<(Change, Decision)>,
        pinned: &[Change],
        (after, comparison): (&Run, &Comparison),
        banned: &mut Vec<usize>,
    ) -> Vec<(usize, Reason)> {
        let measured = Measured { before: self.test_bed.run, after, comparison };
        record_effects(&mut self.advice, &self.standing, &measured);
        let mut found = Vec::new();
        for (change, decision) in verdicts.into_iter().filter(|(c, _)| !pinned.contains(c)) {
            let (Some(i), Decision::Drop { reason }) = (change.index(), decision) else { continue };
            let names = self.advice.indexes[i].names();
            let is_used = after.queries.iter().any(|query| uses(query, &names));
            found.push((i, if is_used { reason.glimpsed() } else { reason }));
            banned.extend((!measured.helps(&names)).then_some(i));
        }
        found
    }

    /// Puts the next set in place. False when the adviser has none that was not tried, also without those that are
    /// hopeless.
    async fn try_another(
        &mut self,
        hopeless: &[(usize, Reason)],
        pinned: &[Change],
        banned: &mut Vec<usize>,
        visited: &[Visited],
    ) -> Result<bool, DbError> {
        for stricter in [false, true] {
            if stricter {
                banned.extend(hopeless.iter().map(|(i, _)| *i));
            }
            let wanted = self.ask(pinned, banned).await;
            if self.is_over() {
                return Ok(false);
            }
            let mut wanted = self.enlist(wanted);
            wanted.extend(pinned.iter().filter_map(|change| change.index()));
            let wanted = sorted(wanted);
            if !visited.iter().any(|known| known.indexes == wanted) {
                let reason = |i: usize| {
                    let own = hopeless.iter().find(|(hopeless, _)| *hopeless == i);
                    own.map_or(Reason::Outdone, |(_, reason)| reason.clone())
                };
                return self.swap(&wanted, pinned, reason).await;
            }
        }
        Ok(false)
    }

    /// Times before are those of the run: the same for every set.
    fn score(&self, comparison: &Comparison) -> (bool, f64) {
        let is_worse = |compared: &QueryComparison| match compared.verdict {
            Verdict::Failed => compared.before.is_some() && compared.after.is_none(),
            _ => is_slower(compared),
        };
        let ms = |compared: &QueryComparison| {
            let before = self.cost_feedback.before_ms.get(&compared.query).copied().unwrap_or(0.0);
            compared.weight * before * ratio(compared).unwrap_or(1.0)
        };
        let queries = &comparison.queries;
        (queries.iter().any(is_worse), queries.iter().map(ms).sum())
    }

    async fn settle_for_best(
        &mut self,
        after: After,
        pinned: &[Change],
        visited: Vec<Visited>,
    ) -> Result<After, DbError> {
        let by_score = |a: &Visited, b: &Visited| {
            a.score.0.cmp(&b.score.0).then(a.score.1.total_cmp(&b.score.1))
        };
        let Some(best) = visited.into_iter().min_by(by_score) else { return Ok(after) };
        match self.swap(&best.indexes, pinned, |_| Reason::Outdone).await? {
            true => self.plans().await,
            false => Ok(after),
        }
    }
}

/// Indexes that slow a query down, but for those that were proven before.
fn harmful(verdicts: Vec<(Change, Decision)>, pinned: &[Change]) -> Vec<(Change, Reason)> {
    let open = verdicts.into_iter().filter(|(change, _)| !pinned.contains(change));
    let harmful = open.filter_map(|(change, decision)| match (change, decision) {
        (Change::Index(_), Decision::Drop { reason: reason @ Reason::Slows { .. } }) => {
            Some((change, reason))
        }
        _ => None,
    });
    harmful.collect()
}

/// For the log: every query with its ratio.
fn summary(comparison: &Comparison) -> String {
    let queries = comparison.queries.iter();
    let seen = queries.map(|q| format!("{} {:.2}", q.query, ratio(q).unwrap_or(f64::NAN)));
    seen.collect::<Vec<_>>().join(", ")
}

// As [`Reason::Glimpsed`] says.
const _: () = assert!(BLOCKS == 2);

fn sorted(mut positions: Vec<usize>) -> Vec<usize> {
    positions.sort_unstable();
    positions.dedup();
    positions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_slows_a_query_down_goes_before_the_proof_unless_it_was_proven() {
        let slows = || Decision::Drop {
            reason: Reason::Slows { query: "q2".to_owned(), ratio: Some(1.6), best: None },
        };
        let verdicts = vec![
            (Change::Index(0), slows()),
            (Change::Index(1), slows()),
            (Change::Index(2), Decision::Drop { reason: Reason::Unused }),
            (Change::Index(3), Decision::Unproven),
            (Change::Setting(0), slows()),
        ];
        let harmful = harmful(verdicts, &[Change::Index(1)]);
        let changes: Vec<Change> = harmful.into_iter().map(|(change, _)| change).collect();
        assert_eq!(changes, [Change::Index(0)]);
    }
}
