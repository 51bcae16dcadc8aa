//! Each kept change once more, by leaving it out: beside another one that does as much, it may be credited with what that
//! other one did. Plans without it are asked for first; only those are executed that nobody has measured.

use std::collections::{BTreeMap, HashMap};

use super::apply::unset;
use super::change::Change;
use super::credit::{Saving, order, saving, savings};
use super::decide::{Decision, Measured, uses};
use super::plans::{After, Key};
use super::prove::TestBed;
use super::reason::Reason;
use super::trial::Trial;
use crate::compare::{Comparison, Pair, QueryComparison, Verdict, alternate};
use crate::engine::DbError;
use crate::run::{Status, Target};
use crate::stats::Interval;

/// Slower without a change by so much, beyond noise: then it is needed.
const TOLERANCE: f64 = 0.05;

/// What leaving changes out has shown.
#[derive(Debug, Clone, Default)]
pub struct Missed {
    /// By position of the index: what is lost without it.
    pub indexes: BTreeMap<usize, Vec<Saving>>,
    /// By position of the setting: after / before of the query that it helps most.
    pub settings: BTreeMap<usize, f64>,
}

impl Trial<'_, '_> {
    /// Leaves out the changes that were not left out yet, the least useful first. True when one has gone for good: then
    /// plans have changed.
    pub async fn leave_out(
        &mut self,
        after: &After,
        comparison: &Comparison,
    ) -> Result<bool, DbError> {
        let measured = Measured { before: self.test_bed.run, after: &after.run, comparison };
        let worth = |i: usize| {
            let all = savings(&self.advice, Change::Index(i), &measured);
            all.iter().map(|saving| saving.weighted_ms).sum::<f64>()
        };
        let untried = |i: &usize| !self.missed.indexes.contains_key(i) && worth(*i) > 0.0;
        let mut indexes: Vec<usize> = self.indexes().into_iter().filter(untried).collect();
        indexes.sort_by(|a, b| worth(*a).total_cmp(&worth(*b)).then(b.cmp(a)));
        for i in indexes {
            if self.is_over() {
                return Ok(false);
            }
            if self.leave_index_out(i, after, comparison).await? {
                return Ok(true);
            }
        }
        self.leave_settings_out(after, comparison).await
    }

    async fn leave_index_out(
        &mut self,
        i: usize,
        after: &After,
        comparison: &Comparison,
    ) -> Result<bool, DbError> {
        let index = &self.advice.indexes[i];
        let names = index.names();
        let users = after.run.queries.iter().filter(|query| uses(query, &names));
        let users: Vec<&str> = users.map(|query| query.id.as_str()).collect();
        let Some(grammar) = self.test_bed.after.engine.index_grammar() else { return Ok(false) };
        let gone = [grammar.drop_now(&index.schema, &index.table, &index.name)];
        let without = self.test_bed.plans_as_if(&gone, &users, &self.original).await?;
        let Some(without) = without else { return Ok(false) };
        let with = faster(comparison, &users);
        let mut lost = self.lost(&with, &without);
        let unknown = self.unknown(&with, &without);
        let change = Change::Index(i);
        if lost.is_empty() && !unknown.is_empty() {
            self.take_back(change, Reason::NotMissed).await?;
            let mut now = self.plans().await?;
            self.prove_all(&mut now).await?;
            lost = self.lost(&with, &without);
            if lost.is_empty() && !self.is_over() {
                return Ok(true);
            }
            self.rebuild(i).await?;
            if self.is_over() {
                return Ok(false);
            }
        }
        if lost.is_empty() {
            self.take_back(change, Reason::NotMissed).await?;
            return Ok(true);
        }
        order(&mut lost);
        self.missed.indexes.insert(i, lost);
        Ok(false)
    }

    /// What each of these queries would lose, as far as its plan without the change was measured.
    fn lost(
        &self,
        with: &[&QueryComparison],
        without: &HashMap<String, Option<Key>>,
    ) -> Vec<Saving> {
        let lost = with.iter().filter_map(|compared| {
            let other = match without.get(&compared.query)? {
                None => Interval::new(1.0, 1.0),
                Some(key) => interval(self.evidence.proven(key)?)?,
            };
            if compared.verdict == Verdict::Failed {
                return self.ends_now(compared);
            }
            is_missed(compared, other).then(|| saving(compared, other, self.test_bed.run)).flatten()
        });
        lost.collect()
    }

    /// It did not end in the time it was given, and does now.
    fn ends_now(&self, compared: &QueryComparison) -> Option<Saving> {
        let Status::TimedOut { after_ms } = self.test_bed.run.query(&compared.query)?.status else {
            return None;
        };
        let saved = (after_ms - compared.after.as_ref()?.latency.p50_ms).max(0.0);
        let (query, weighted_ms) = (compared.query.clone(), compared.weight * saved);
        Some(Saving { query, saved_ms: Interval::new(saved, saved), weighted_ms })
    }

    fn unknown(
        &self,
        with: &[&QueryComparison],
        without: &HashMap<String, Option<Key>>,
    ) -> Vec<String> {
        let unknown = with.iter().filter(|compared| {
            let key = without.get(&compared.query).and_then(Option::as_ref);
            key.is_some_and(|key| self.evidence.proven(key).is_none())
        });
        unknown.map(|compared| compared.query.clone()).collect()
    }

    /// Of several settings at once nobody can tell which one helped: each is taken away from the changed side in its turn.
    async fn leave_settings_out(
        &mut self,
        after: &After,
        comparison: &Comparison,
    ) -> Result<bool, DbError> {
        let settings = self.standing.iter().filter_map(|change| match change {
            Change::Setting(i) => Some(*i),
            _ => None,
        });
        let untried: Vec<usize> =
            settings.filter(|i| !self.missed.settings.contains_key(i)).collect();
        for i in untried {
            if self.is_over() {
                return Ok(false);
            }
            let mut target = self.test_bed.after.clone();
            unset(&mut target, &self.advice, i);
            let best = self.test_bed.best_with(&target, after, comparison, self).await?;
            if self.is_over() {
                return Ok(false);
            }
            match best {
                Some(ratio) => {
                    self.missed.settings.insert(i, ratio);
                }
                None => {
                    self.take_back(Change::Setting(i), Reason::NotMissed).await?;
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// What leaving out has shown replaces what could not be told before.
    pub fn with_missed(&self, change: Change, decision: Decision) -> Decision {
        match (change, &decision) {
            (Change::Setting(i), Decision::Leave | Decision::Keep { .. }) => {
                let ratio = self.missed.settings.get(&i);
                ratio.map_or(decision, |ratio| Decision::Keep { ratio: *ratio })
            }
            _ => decision,
        }
    }
}

impl TestBed<'_> {
    /// After / before of the query that gains most from what the changed side has and `without` has not; `None` where none
    /// does.
    async fn best_with(
        &self,
        without: &Target,
        after: &After,
        comparison: &Comparison,
        trial: &Trial<'_, '_>,
    ) -> Result<Option<f64>, DbError> {
        let other = TestBed { after: without.clone(), interrupt: self.interrupt.clone(), ..*self };
        let plain = other.plans(&trial.original).await?;
        let touched = after.run.queries.iter().filter(|query| {
            let differ = after.differs(&plain, &query.id);
            let faster =
                comparison.query(&query.id).is_some_and(|q| q.verdict == Verdict::Improved);
            differ && faster
        });
        let touched: Vec<String> = touched.map(|query| query.id.clone()).collect();
        if touched.is_empty() {
            return Ok(None);
        }
        let part = self.part(&touched);
        let pair = Pair { before: (without, &plain.run), after: (&self.after, &after.run) };
        let mut options = self.options.look(super::options::FIRST_LOOK);
        options.early = true;
        let compared = alternate(pair, &part, &options, &self.interrupt, self.progress).await?;
        let compared = compared.whole()?;
        let faster = compared.queries.iter().filter(|q| q.verdict == Verdict::Improved);
        Ok(faster.filter_map(|q| q.ratio).min_by(f64::total_cmp))
    }
}

fn faster<'c>(comparison: &'c Comparison, users: &[&str]) -> Vec<&'c QueryComparison> {
    let all = comparison.queries.iter().filter(|q| users.contains(&q.query.as_str()));
    let finishes = |q: &QueryComparison| q.verdict == Verdict::Failed && q.after.is_some();
    all.filter(|q| q.verdict == Verdict::Improved || finishes(q)).collect()
}

fn interval(compared: &QueryComparison) -> Option<Interval> {
    compared.ratio_interval.or_else(|| compared.ratio.map(|ratio| Interval::new(ratio, ratio)))
}

/// The intervals lie apart: the plan without the change takes longer beyond noise.
fn is_missed(with: &QueryComparison, without: Interval) -> bool {
    match with.ratio_interval {
        Some(with) => with.high * (1.0 + TOLERANCE) < without.low,
        None => false,
    }
}
