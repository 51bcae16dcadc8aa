//! From proposed to proven: apply on the copy, measure, drop what did not help, look again.

use std::collections::HashSet;

use super::TuneOptions;
use super::adviser::Adviser;
use super::attempt::Attempt;
use super::blame::blame;
use super::change::Change;
use super::decide::{Decision, Measured, decide, record_effects, record_kept};
use super::glance::shape;
use super::options::{FIRST_LOOK, LATER_LOOK, MOST_LOOKS};
use crate::advise::{Advice, Outcome};
use crate::compare::{Comparison, Pair, alternate, joined};
use crate::ddl::Script;
use crate::engine::DbError;
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use crate::run::{Run, RunOptions, Target, replay};
use crate::workload::Workload;

/// Two databases with the same content, of which the second may be changed at will.
pub struct Bench<'a> {
    pub before: &'a Target,
    /// Made on `before`.
    pub run: &'a Run,
    pub after: Target,
    pub workload: &'a Workload,
    pub options: &'a TuneOptions,
    pub interrupt: &'a Interrupt,
    pub progress: Progress,
}

/// What the measurements say.
pub struct Proven {
    /// With the outcome of every change that was tried.
    pub advice: Advice,
    /// `None` when nothing could be applied, or it was interrupted before anything was measured.
    pub comparison: Option<Comparison>,
    pub after: Option<Run>,
}

/// Makes the changes of `advice` (or of `script`, when there is one) on the second database and measures
/// it against the first. A change that helped no query, or made one slower, is taken back; what is left is measured again.
pub async fn prove(
    bench: Bench<'_>,
    advice: Advice,
    script: Option<&Script>,
) -> Result<Proven, DbError> {
    prove_with(bench, advice, script, None).await
}

/// As [`prove`]. Where indexes were taken back, `adviser` is asked for the next best ones, which are
/// built and measured in their turn, until nothing is taken back or it has been tried often enough.
pub async fn prove_with(
    bench: Bench<'_>,
    advice: Advice,
    script: Option<&Script>,
    adviser: Option<&mut dyn Adviser>,
) -> Result<Proven, DbError> {
    let mut attempt = Attempt::begin(bench, advice, adviser).await?;
    attempt.apply(script).await?;
    if attempt.standing.is_empty() || attempt.is_over() {
        return Ok(attempt.unmeasured());
    }
    let mut banned = Vec::new();
    let after = attempt.explore(&[], &mut banned).await?;
    if attempt.is_over() {
        return Ok(attempt.unmeasured());
    }
    let comparison = attempt.bench.look(&after, FIRST_LOOK).await?;
    attempt.confirm((after, comparison), banned).await
}

impl Attempt<'_, '_> {
    fn unmeasured(mut self) -> Proven {
        self.back_to_proposals();
        Proven { advice: self.into_advice(), comparison: None, after: None }
    }

    /// Looks, and looks again at what is left or was put in place of what did not hold.
    async fn confirm(
        mut self,
        (mut after, mut comparison): (Run, Comparison),
        mut banned: Vec<usize>,
    ) -> Result<Proven, DbError> {
        let most_looks = if self.is_advised() { MOST_LOOKS } else { 2 };
        for looks in 1..=most_looks {
            let measured =
                Measured { before: self.bench.run, after: &after, comparison: &comparison };
            record_effects(&mut self.advice, &self.standing, &measured);
            if self.is_over() {
                return Ok(self.proven(after, comparison));
            }
            if looks == most_looks {
                break;
            }
            let verdicts = self.judge(&after, &comparison).await?;
            self.learn(&after, &comparison);
            let disturbed = self.drop_useless(&verdicts, &after).await?;
            let kept = self.standing.clone();
            let added = self.replace(&verdicts, &kept, &mut banned).await?;
            if !disturbed && !added {
                break;
            }
            let share = if looks == 1 { 1.0 - FIRST_LOOK } else { LATER_LOOK };
            let last = after;
            after = self.explore(&kept, &mut banned).await?;
            if self.is_over() {
                // What was seen of the new plans is not all of them: the last look stands, and what it kept.
                self.standing.clone_from(&kept);
                let measured =
                    Measured { before: self.bench.run, after: &last, comparison: &comparison };
                settle(&mut self.advice, &kept, &measured);
                return Ok(self.proven(last, comparison));
            }
            comparison = match touches_every_query(&verdicts) {
                true => self.bench.look(&after, share).await?,
                false => self.bench.look_again(&after, share, (&last, comparison)).await?,
            };
        }
        let measured = Measured { before: self.bench.run, after: &after, comparison: &comparison };
        settle(&mut self.advice, &self.standing, &measured);
        Ok(self.proven(after, comparison))
    }

    fn proven(self, after: Run, comparison: Comparison) -> Proven {
        Proven { advice: self.into_advice(), comparison: Some(comparison), after: Some(after) }
    }

    /// What shall become of each standing change.
    pub(super) async fn judge(
        &self,
        after: &Run,
        comparison: &Comparison,
    ) -> Result<Vec<(Change, Decision)>, DbError> {
        let measured = Measured { before: self.bench.run, after, comparison };
        let mut verdicts = verdicts(&self.advice, &self.standing, &measured);
        self.bench.acquit(&self.advice, &mut verdicts, (after, comparison)).await?;
        Ok(verdicts)
    }

    /// Builds what the adviser proposes in place of the indexes that were dropped; true when there is anything.
    async fn replace(
        &mut self,
        verdicts: &[(Change, Decision)],
        kept: &[Change],
        banned: &mut Vec<usize>,
    ) -> Result<bool, DbError> {
        let dropped = verdicts.iter().filter(|(_, d)| matches!(d, Decision::Drop { .. }));
        let dropped: Vec<Change> = dropped.map(|(change, _)| *change).collect();
        banned.extend(dropped.iter().filter_map(|change| change.index()));
        if dropped.is_empty() {
            return Ok(false);
        }
        let wanted = self.ask(kept, banned).await;
        let wanted = self.enlist(wanted);
        self.swap(&wanted, kept, |_, _| String::new()).await
    }
}

/// A setting that was taken back shows in no plan, and may have helped any query.
fn touches_every_query(verdicts: &[(Change, Decision)]) -> bool {
    let dropped = |(change, decision): &(Change, Decision)| {
        matches!((change, decision), (Change::Setting(_), Decision::Drop { .. }))
    };
    verdicts.iter().any(dropped)
}

pub(super) fn verdicts(
    advice: &Advice,
    standing: &[Change],
    measured: &Measured<'_>,
) -> Vec<(Change, Decision)> {
    let decisions = decide(advice, standing, measured);
    let decisions = blame(advice, standing, decisions, measured);
    standing.iter().copied().zip(decisions).collect()
}

impl Bench<'_> {
    /// Of the changed database, each with one execution.
    pub(super) async fn plans(&self) -> Result<Run, DbError> {
        let options = RunOptions::plans_only("after");
        replay(&self.after, self.workload, &options, self.interrupt, self.progress).await
    }

    /// Both databases against each other.
    pub(super) async fn look(&self, after: &Run, share: f64) -> Result<Comparison, DbError> {
        let pair = Pair { before: (self.before, self.run), after: (&self.after, after) };
        let options = self.options.look(share);
        alternate(pair, self.workload, &options, self.interrupt, self.progress).await?.whole()
    }

    /// After another round of changes. Where proof takes long, queries whose plan is the one that was measured in the last
    /// round keep what was measured.
    async fn look_again(
        &self,
        after: &Run,
        share: f64,
        (last_after, last): (&Run, Comparison),
    ) -> Result<Comparison, DbError> {
        if !self.proof_takes_long(after) && !self.proof_takes_long(last_after) {
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
}

/// The last word on what stands, by the last measurement. What looked good beside a change that
/// is gone now, and does so no longer, is said to; it is not taken back unmeasured.
fn settle(advice: &mut Advice, standing: &[Change], measured: &Measured<'_>) {
    let kept = standing.to_vec();
    let again: Vec<Decision> =
        verdicts(advice, &kept, measured).into_iter().map(|(_, decision)| decision).collect();
    note_untold(advice, &kept, &again);
    let mut noted = HashSet::new();
    for (change, decision) in kept.into_iter().zip(again) {
        match decision {
            Decision::Keep { ratio } => record_kept(advice, change, ratio, measured),
            Decision::Leave => {}
            Decision::Drop { reason } => {
                change.set_outcome(advice, Outcome::Dropped { reason: reason.clone() });
                let name = change.name(advice);
                if noted.insert(name.clone()) {
                    advice.notes.push(format!(
                        "{name} did not hold in the second look and is not advised ({reason}); \
                         the figures after the change still include it."
                    ));
                }
            }
        }
    }
}

/// Settings that were in place together: what they did together is in the figures, and they stay proposals.
fn note_untold(advice: &mut Advice, kept: &[Change], decisions: &[Decision]) {
    let left = kept.iter().zip(decisions).filter(|(_, decision)| **decision == Decision::Leave);
    let settings = left.filter(|(change, _)| matches!(change, Change::Setting(_)));
    let names: Vec<String> = settings.map(|(change, _)| change.name(advice)).collect();
    if !names.is_empty() {
        advice.notes.push(format!(
            "{} were set together while the figures after the change were measured; which of them \
             helped was not told apart, so they stay proposals.",
            names.join(", ")
        ));
    }
}
