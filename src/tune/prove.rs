//! From proposed to proven: apply on the copy, measure, drop what did not help, look again.

use std::collections::HashSet;

use super::TuneOptions;
use super::adviser::{Adviser, untried};
use super::apply::{apply_all, building, make, take_back, unset};
use super::blame::blame;
use super::change::Change;
use super::decide::{Decision, Measured, decide, record_effects, record_kept, uses};
use super::options::{FIRST_LOOK, LATER_LOOK, MOST_LOOKS};
use super::script::apply_script;
use crate::advise::{Advice, IndexAdvice, Outcome};
use crate::compare::{Comparison, Pair, alternate};
use crate::ddl::Script;
use crate::engine::{DbError, Session};
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
    mut bench: Bench<'_>,
    mut advice: Advice,
    script: Option<&Script>,
    mut adviser: Option<&mut dyn Adviser>,
) -> Result<Proven, DbError> {
    let mut session = building(&bench.after).connect().await?;
    let mut standing = match script {
        None => bench.apply(session.as_mut(), &mut advice).await?,
        Some(script) => {
            apply_script(script, session.as_mut(), bench.engine(), &mut advice, bench.interrupt)
                .await?
        }
    };
    if standing.is_empty() || bench.interrupt.is_set() {
        return Ok(Proven { advice, comparison: None, after: None });
    }
    let mut after =
        bench.explore(session.as_mut(), &mut advice, &mut standing, adviser.as_deref_mut()).await?;
    if bench.interrupt.is_set() {
        return Ok(Proven { advice, comparison: None, after: None });
    }
    let mut comparison = bench.look(&after, FIRST_LOOK).await?;
    let most_looks = if adviser.is_some() { MOST_LOOKS } else { 2 };
    for looks in 1..=most_looks {
        let measured = Measured { before: bench.run, after: &after, comparison: &comparison };
        record_effects(&mut advice, &standing, &measured);
        if bench.interrupt.is_set() {
            return Ok(Proven { advice, comparison: Some(comparison), after: Some(after) });
        }
        if looks == most_looks {
            break;
        }
        let verdicts = verdicts(&advice, &standing, &measured);
        let disturbed =
            bench.drop_useless(session.as_mut(), &mut advice, &verdicts, &after).await?;
        let dropped = |verdict: &&(Change, Decision)| matches!(verdict.1, Decision::Drop { .. });
        let kept = verdicts.iter().filter(|verdict| !dropped(verdict)).map(|(change, _)| *change);
        standing = kept.collect();
        let added = match adviser.as_deref_mut() {
            Some(adviser) if verdicts.iter().any(|verdict| dropped(&verdict)) => {
                bench.add_instead(session.as_mut(), &mut advice, &standing, adviser).await?
            }
            _ => Vec::new(),
        };
        if !disturbed && added.is_empty() {
            break;
        }
        standing.extend(added);
        let share = if looks == 1 { 1.0 - FIRST_LOOK } else { LATER_LOOK };
        let last = after;
        after = bench
            .explore(session.as_mut(), &mut advice, &mut standing, adviser.as_deref_mut())
            .await?;
        if bench.interrupt.is_set() {
            // What was seen of the new plans is not all of them: the last look stands.
            return Ok(Proven { advice, comparison: Some(comparison), after: Some(last) });
        }
        comparison = match touches_every_query(&verdicts) {
            true => bench.look(&after, share).await?,
            false => bench.look_again(&after, share, (&last, comparison)).await?,
        };
    }
    let measured = Measured { before: bench.run, after: &after, comparison: &comparison };
    settle(&mut advice, &standing, &measured);
    Ok(Proven { advice, comparison: Some(comparison), after: Some(after) })
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
    fn engine(&self) -> &'static dyn crate::engine::Engine {
        self.after.engine
    }

    async fn apply(
        &mut self,
        session: &mut dyn Session,
        advice: &mut Advice,
    ) -> Result<Vec<Change>, DbError> {
        apply_all(session, &mut self.after, advice, self.interrupt, self.progress).await
    }

    /// Builds what the adviser proposes in place of what was dropped.
    pub(super) async fn add_instead(
        &mut self,
        session: &mut dyn Session,
        advice: &mut Advice,
        standing: &[Change],
        adviser: &mut dyn Adviser,
    ) -> Result<Vec<Change>, DbError> {
        let is_standing = |i: &usize| standing.contains(&Change::Index(*i));
        let (kept, gone): (Vec<usize>, Vec<usize>) =
            (0..advice.indexes.len()).partition(|i| is_standing(i));
        let chosen = |of: &[usize]| -> Vec<IndexAdvice> {
            of.iter().map(|i| advice.indexes[*i].clone()).collect()
        };
        let fresh = adviser.instead(&chosen(&gone), &chosen(&kept)).await;
        let mut added = Vec::new();
        for index in untried(fresh, &advice.indexes) {
            let change = Change::Index(advice.indexes.len());
            advice.indexes.push(index);
            if make(session, advice, change, self.interrupt).await? {
                added.push(change);
            }
        }
        Ok(added)
    }

    /// Of the changed database, each with one execution.
    pub(super) async fn plans(&self) -> Result<Run, DbError> {
        let options = RunOptions::plans_only("after");
        replay(&self.after, self.workload, &options, self.interrupt, self.progress).await
    }

    /// Both databases against each other.
    pub(super) async fn look(&self, after: &Run, share: f64) -> Result<Comparison, DbError> {
        let pair = Pair { before: (self.before, self.run), after: (&self.after, after) };
        let options = self.options.look(share);
        alternate(pair, self.workload, &options, self.interrupt, self.progress).await
    }

    /// Takes back what did not help. True when that touches anything that was measured: an index
    /// that no plan uses can go without a second look.
    pub(super) async fn drop_useless(
        &mut self,
        session: &mut dyn Session,
        advice: &mut Advice,
        verdicts: &[(Change, Decision)],
        after: &Run,
    ) -> Result<bool, DbError> {
        let mut disturbed = false;
        for (change, decision) in verdicts {
            let Decision::Drop { reason } = decision else { continue };
            disturbed |= match change {
                Change::Index(i) => {
                    let name = &advice.indexes[*i].name;
                    after.queries.iter().any(|query| uses(query, name))
                }
                _ => true,
            };
            if let Change::Setting(i) = change {
                unset(&mut self.after, advice, *i);
            }
            let failure = take_back(session, advice, *change).await?;
            let reason = match failure {
                Some(error) => format!("{reason} (and it could not be taken back: {error})"),
                None => reason.clone(),
            };
            change.set_outcome(advice, Outcome::Dropped { reason });
        }
        Ok(disturbed)
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
