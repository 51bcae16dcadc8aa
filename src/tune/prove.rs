//! From proposed to proven: apply on the copy, measure, drop what did not help, look again.

use std::collections::BTreeMap;
use std::time::Instant;

use super::TuneOptions;
use super::adviser::Adviser;
use super::attribution::attribute;
use super::change::Change;
use super::credit::{claim_once, record_savings, savings};
use super::decide::{Decision, Measured, decide, record_effects};
use super::evidence::Evidence;
use super::options::MOST_LOOKS;
use super::plans::After;
use super::proof::{record_times, spoken};
use super::reason::Reason;
use super::time::TimeLimit;
use super::trial::Trial;
use crate::advise::{Advice, Outcome, Shortfall, ShortfallKind};
use crate::compare::Comparison;
use crate::ddl::Script;
use crate::engine::DbError;
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use crate::run::{Run, Target};
use crate::workload::Workload;

/// Two databases with the same content, of which the second may be changed at will.
pub struct TestBed<'a> {
    pub before: &'a Target,
    /// Made on `before`.
    pub run: &'a Run,
    pub after: Target,
    pub workload: &'a Workload,
    pub options: &'a TuneOptions,
    pub interrupt: Interrupt,
    pub progress: Progress,
}

/// What the measurements say.
pub struct Proven {
    /// With the outcome of every change that was tried.
    pub advice: Advice,
    /// `None` when nothing could be applied, or it was interrupted before anything was measured.
    pub comparison: Option<Comparison>,
    pub after: Option<Run>,
    /// For another tuning that goes on from here.
    pub evidence: Evidence,
}

/// Makes the changes of `advice` (or of `script`, when there is one) on the second database and measures
/// it against the first. A change that helped no query, or made one slower, is taken back; what is left is measured again.
pub async fn prove(
    test_bed: TestBed<'_>,
    advice: Advice,
    script: Option<&Script>,
) -> Result<Proven, DbError> {
    prove_with(test_bed, advice, script, None).await
}

/// As [`prove`]. Where indexes were taken back, `adviser` is asked for the next best ones, which are
/// built and measured in their turn, until nothing is taken back or it has been tried often enough. When the time of the
/// options is over, or on an interrupt, what was proven until then counts.
pub async fn prove_with(
    test_bed: TestBed<'_>,
    advice: Advice,
    script: Option<&Script>,
    adviser: Option<&mut dyn Adviser>,
) -> Result<Proven, DbError> {
    let pass_ms =
        test_bed.run.queries.iter().filter_map(|query| Some(query.latency.as_ref()?.mean_ms));
    let began = test_bed.options.began.unwrap_or_else(Instant::now);
    let time = TimeLimit::new(began, test_bed.options.time, pass_ms.sum());
    let user = test_bed.interrupt.clone();
    let test_bed = TestBed { interrupt: time.or(&user), ..test_bed };
    let mut trial = Trial::begin(test_bed, advice, adviser, time).await?;
    trial.apply(script).await?;
    if trial.standing.is_empty() || user.is_set() {
        if time.is_over() && !user.is_set() {
            trial.advice.shortfalls.push(not_proven(time));
        }
        return Ok(trial.unmeasured());
    }
    let mut banned = Vec::new();
    let after = trial.explore(&[], &mut banned).await?;
    let after = trial.confirm(after, banned).await?;
    if user.is_set() && trial.evidence.is_empty() {
        return Ok(trial.unmeasured());
    }
    trial.settle(after).await
}

impl Trial<'_, '_> {
    fn unmeasured(mut self) -> Proven {
        self.back_to_proposals();
        let evidence = std::mem::take(&mut self.evidence);
        Proven { advice: self.into_advice(), comparison: None, after: None, evidence }
    }

    /// Verdicts for what stands; what they do not confirm is dropped and, where there is an adviser, replaced; at last each
    /// change is left out once. All of it again while anything changes and the time lasts. Plans of what stands at the end.
    async fn confirm(
        &mut self,
        mut after: After,
        mut banned: Vec<usize>,
    ) -> Result<After, DbError> {
        let mut replacements = if self.is_advised() { MOST_LOOKS - 1 } else { 0 };
        loop {
            self.prove_all(&mut after).await?;
            let comparison = self.comparison(&after);
            self.record_effects(&after, &comparison);
            if self.is_over() {
                return Ok(after);
            }
            let verdicts = self.judge(&after, &comparison).await?;
            self.learn(&after, &comparison);
            let mut disturbed = self.drop_useless(&verdicts, &after).await?;
            if replacements > 0 {
                let kept = self.standing.clone();
                if self.replace(&verdicts, &kept, &mut banned).await? {
                    replacements -= 1;
                    after = self.explore(&kept, &mut banned).await?;
                    continue;
                }
            }
            if !disturbed && !self.is_over() {
                disturbed = self.leave_out(&after, &comparison).await?;
            }
            let proven = after;
            after = self.plans().await?;
            if !disturbed {
                // What was measured of these plans is known already.
                return Ok(proven);
            }
        }
    }

    /// The last word: whatever makes a query slower goes, also when the time is over.
    async fn settle(mut self, mut after: After) -> Result<Proven, DbError> {
        let mut comparison = self.comparison(&after);
        let mut verdicts = self.judge(&after, &comparison).await?;
        loop {
            let dropped = verdicts.iter().filter(|(_, d)| matches!(d, Decision::Drop { .. }));
            if dropped.count() == 0 {
                break;
            }
            self.drop_useless(&verdicts, &after).await?;
            after = self.plans().await?;
            comparison = self.comparison(&after);
            verdicts = self.judge(&after, &comparison).await?;
        }
        record_times(&mut after, &comparison);
        self.record_effects(&after, &comparison);
        let measured =
            Measured { before: self.test_bed.run, after: &after.run, comparison: &comparison };
        let missed = self.missed.clone();
        let verdicts: Vec<(Change, Decision)> =
            verdicts.into_iter().map(|(c, d)| (c, self.with_missed(c, d))).collect();
        note_untold(&mut self.advice, &verdicts);
        let mut claims = BTreeMap::new();
        for (change, decision) in verdicts {
            match (decision, change) {
                (Decision::Keep { ratio }, _) => {
                    let own = change.index().and_then(|i| missed.indexes.get(&i));
                    let own =
                        own.cloned().unwrap_or_else(|| savings(&self.advice, change, &measured));
                    record_savings(&mut self.advice, change, ratio, &own, &measured);
                    claims.extend(change.index().map(|i| (i, own)));
                }
                (Decision::Unproven, _) => change.set_outcome(&mut self.advice, Outcome::Unproven),
                (Decision::Leave | Decision::Drop { .. }, _) => {}
            }
        }
        claim_once(&mut self.advice, &claims);
        let nothing_proven = self.evidence.is_empty() && after.changed().next().is_some();
        if nothing_proven {
            self.advice.shortfalls.push(not_proven(self.time));
        }
        let evidence = std::mem::take(&mut self.evidence);
        let (comparison, after) = (Some(comparison), Some(after.run));
        Ok(Proven { advice: self.into_advice(), comparison, after, evidence })
    }

    fn record_effects(&mut self, after: &After, comparison: &Comparison) {
        let measured = Measured { before: self.test_bed.run, after: &after.run, comparison };
        record_effects(&mut self.advice, &self.standing, &measured);
    }

    /// What shall become of each standing change.
    pub(super) async fn judge(
        &self,
        after: &After,
        comparison: &Comparison,
    ) -> Result<Vec<(Change, Decision)>, DbError> {
        let measured = Measured { before: self.test_bed.run, after: &after.run, comparison };
        let mut verdicts = verdicts(&self.advice, &self.standing, &measured);
        self.test_bed
            .attribute_to_settings(&self.advice, &mut verdicts, (&after.run, comparison))
            .await?;
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
        self.swap(&wanted, kept, |_| Reason::Outdone).await
    }
}

pub(super) fn verdicts(
    advice: &Advice,
    standing: &[Change],
    measured: &Measured<'_>,
) -> Vec<(Change, Decision)> {
    let decisions = decide(advice, standing, measured);
    let decisions = attribute(advice, standing, decisions, measured);
    standing.iter().copied().zip(decisions).collect()
}

fn not_proven(time: TimeLimit) -> Shortfall {
    Shortfall {
        kind: ShortfallKind::NotProven,
        message: format!(
            "Nothing was proven: the time ({}, --time) was over before any query was measured with its new plan",
            spoken(time.limit().as_secs_f64())
        ),
        statements: Vec::new(),
        database_failed: false,
    }
}

/// Settings that were in place together: what they did together is in the figures, and they stay proposals.
fn note_untold(advice: &mut Advice, verdicts: &[(Change, Decision)]) {
    let mut names = Vec::new();
    for (change, decision) in verdicts {
        if let (Change::Setting(i), Decision::Leave | Decision::Unproven) = (change, decision) {
            advice.settings[*i].in_force = true;
            names.push(change.name(advice));
        }
    }
    if !names.is_empty() {
        advice.notes.push(format!(
            "{} were set while the figures after the change were measured; what each of them did was not told \
             apart, so they stay proposals.",
            names.join(", ")
        ));
    }
}
