//! `--apply`: changes on the database itself, beside its traffic, and back again when they do not help.
//!
//! Existing indexes are never dropped and settings never written here: what looks useless to this
//! workload may serve another one, or a replica. Those stay proposals.

use std::collections::BTreeMap;

use super::apply::building;
use super::change::Change;
use super::credit::{claim_once, record_kept, savings};
use super::decide::{Decision, Measured, decide, record_effects};
use super::evidence::Evidence;
use super::journal::Journal;
use super::make::{describe, find_free_names, make, objects, of_script, take_back, tell};
use super::options::FIRST_LOOK;
use super::owned::Owned;
use super::parts::learn_parts;
use super::prove::{Proven, TestBed};
use super::roll_back::roll_back;
use crate::advise::{Advice, Outcome, Shortfall, ShortfallKind};
use crate::compare::{Comparison, Half, Pair, half, sequential};
use crate::ddl::Script;
use crate::engine::{DbError, NewObject, Session};
use crate::run::{Run, RunOptions, replay};

/// Makes the changes on the database of `test_bed` (whose two targets are the same) and keeps those that
/// helped. When a statement fails, or on an interrupt, everything made until then is undone, on a new
/// connection if need be; what cannot be undone is among the advice's shortfalls, or in the error, with
/// the statements that do it. `journal` says the same at any moment between, should the process be killed.
pub async fn prove_in_place(
    test_bed: TestBed<'_>,
    mut advice: Advice,
    script: Option<&Script>,
    journal: Journal,
) -> Result<Proven, DbError> {
    if let (Some(script), Some(grammar)) = (script, test_bed.after.engine.index_grammar()) {
        of_script(script, grammar, &mut advice);
    }
    let mut owned = Owned::new(&test_bed.interrupt, journal);
    match test_bed.in_place(&mut advice, script.is_some(), &mut owned).await {
        Ok((after, comparison)) => {
            Ok(Proven { advice, comparison, after, evidence: Evidence::default() })
        }
        Err(error) => Err(roll_back(&test_bed.after, &mut owned, error).await),
    }
}

type Looked = (Option<Run>, Option<Comparison>);

impl TestBed<'_> {
    async fn in_place(
        &self,
        advice: &mut Advice,
        scripted: bool,
        owned: &mut Owned<'_>,
    ) -> Result<Looked, DbError> {
        let mut session = building(&self.after).connect().await?;
        let changes = self.permitted(session.as_mut(), advice).await?;
        if changes.is_empty() {
            return Ok((None, None));
        }
        let before = self.measure(self.run, FIRST_LOOK / 2.0).await?;
        let standing =
            self.apply_together(session.as_mut(), advice, &changes, scripted, owned).await?;
        if standing.is_empty() {
            return Ok((None, None));
        }
        describe(advice, &session.catalog().await?);
        for i in standing.iter().filter_map(|change| change.index()) {
            learn_parts(session.as_mut(), self.after.engine, &mut advice.indexes[i]).await?;
        }
        let looked = self.look_after(&before, FIRST_LOOK / 2.0).await?;
        if self.interrupt.is_set() {
            undo_all(session.as_mut(), advice, &standing, "interrupted", owned).await?;
            return Ok((Some(looked.0), Some(looked.1)));
        }
        let measured = Measured { before: self.run, after: &looked.0, comparison: &looked.1 };
        let dropped = judge(session.as_mut(), advice, &standing, &measured, owned).await?;
        let (after, comparison) = match dropped {
            0 => looked,
            _ => self.look_after(&before, 1.0 - FIRST_LOOK).await?,
        };
        standing.iter().for_each(|change| owned.keep(*change));
        Ok((Some(after), Some(comparison)))
    }

    /// Changes that can be made here and that this login may make, in order. The others are marked as failed, before anything is measured.
    async fn permitted(
        &self,
        session: &mut dyn Session,
        advice: &mut Advice,
    ) -> Result<Vec<Change>, DbError> {
        let indexes = (0..advice.indexes.len()).map(Change::Index);
        let statistics = (0..advice.statistics.len()).map(Change::Statistics);
        let wanted: Vec<Change> = indexes.chain(statistics).collect();
        if wanted.is_empty() {
            advice.shortfalls.push(not_applied(
                "Nothing was applied: --apply makes indexes and statistics, and what is proposed here is neither"
                    .to_owned(),
                false,
            ));
            return Ok(wanted);
        }
        let Some(grammar) = self.after.engine.index_grammar() else { return Ok(wanted) };
        let mut permitted = Vec::new();
        let mut refused = Vec::new();
        for change in wanted {
            let objects: Vec<NewObject> = objects(advice, change, grammar);
            let reason = session.missing_rights(&objects).await?.into_iter().flatten().next();
            match reason {
                None => permitted.push(change),
                Some(reason) => {
                    refused.push(format!("{}: {reason}", change.name(advice)));
                    let error = format!("not tried, a right is missing: {reason}");
                    change.set_outcome(advice, Outcome::Failed { error });
                }
            }
        }
        if !refused.is_empty() {
            let how_many = if permitted.is_empty() { "Nothing was applied" } else { "Not applied" };
            let message = format!("{how_many}, rights are missing: {}", refused.join("; "));
            advice.shortfalls.push(not_applied(message, true));
        }
        Ok(permitted)
    }

    async fn measure(&self, run: &Run, share: f64) -> Result<Half, DbError> {
        let options = self.options.look(share);
        let side = (&self.after, run);
        half(side, self.workload, &options, &self.interrupt, self.progress).await
    }

    /// All changes, or none: the first that fails takes the others with it.
    async fn apply_together(
        &self,
        session: &mut dyn Session,
        advice: &mut Advice,
        changes: &[Change],
        scripted: bool,
        owned: &mut Owned<'_>,
    ) -> Result<Vec<Change>, DbError> {
        let engine = self.after.engine;
        let bar = self.progress.bar(changes.len() as u64, "applying changes");
        let (mut standing, mut left) = (Vec::new(), Vec::new());
        let mut failed = None;
        for change in changes {
            if self.interrupt.is_set() {
                break;
            }
            if let (false, Some(grammar)) = (scripted, engine.index_grammar()) {
                find_free_names(session, advice, *change, grammar).await?;
            }
            if !make(session, engine, advice, *change, owned, &mut left).await? {
                failed = Some(*change);
                break;
            }
            standing.push(*change);
            bar.inc(1);
        }
        bar.finish_and_clear();
        tell(advice, &left);
        if failed.is_none() && !self.interrupt.is_set() {
            return Ok(standing);
        }
        let reason = match failed.and_then(|change| change.error(advice)) {
            Some(error) if !self.interrupt.is_set() => {
                let name = failed.map_or_else(String::new, |change| change.name(advice));
                let message = format!(
                    "Nothing was applied: {name} could not be made, and what was made before it was undone: {error}"
                );
                advice.shortfalls.push(not_applied(message, true));
                format!("undone, because another change failed: {error}")
            }
            _ => "interrupted".to_owned(),
        };
        undo_all(session, advice, &standing, &reason, owned).await?;
        Ok(Vec::new())
    }

    async fn look_after(&self, before: &Half, share: f64) -> Result<(Run, Comparison), DbError> {
        let options = RunOptions::plans_beside("after", self.run);
        let after =
            replay(&self.after, self.workload, &options, &self.interrupt, self.progress).await?;
        let half = self.measure(&after, share).await?;
        let pair = Pair { before: (self.before, self.run), after: (&self.after, &after) };
        let criteria = &self.options.alternate.criteria;
        let comparison = sequential(pair, self.workload, before, &half, criteria);
        Ok((after, comparison))
    }
}

fn not_applied(message: String, database_failed: bool) -> Shortfall {
    let (kind, statements) = (ShortfallKind::NotApplied, Vec::new());
    Shortfall { kind, message, statements, database_failed }
}

/// Takes back what did not help; how many that were.
async fn judge(
    session: &mut dyn Session,
    advice: &mut Advice,
    standing: &[Change],
    measured: &Measured<'_>,
    owned: &mut Owned<'_>,
) -> Result<usize, DbError> {
    record_effects(advice, standing, measured);
    let decisions = decide(advice, standing, measured);
    let (mut dropped, mut left, mut claims) = (0, Vec::new(), BTreeMap::new());
    for (change, decision) in standing.iter().zip(decisions) {
        match decision {
            Decision::Keep { ratio } => {
                record_kept(advice, *change, ratio, measured);
                let own = savings(advice, *change, measured);
                claims.extend(change.index().map(|i| (i, own)));
            }
            Decision::Leave | Decision::Unproven => {
                change.set_outcome(advice, Outcome::Kept { ratio: 1.0 });
            }
            Decision::Drop { reason } => {
                left.extend(take_back(session, advice, *change, &reason.to_string(), owned).await?);
                dropped += 1;
            }
        }
    }
    claim_once(advice, &claims);
    tell(advice, &left);
    Ok(dropped)
}

/// Last made, first undone. All are tried, even after one could not be undone.
async fn undo_all(
    session: &mut dyn Session,
    advice: &mut Advice,
    standing: &[Change],
    reason: &str,
    owned: &mut Owned<'_>,
) -> Result<(), DbError> {
    let mut left = Vec::new();
    for change in standing.iter().rev() {
        left.extend(take_back(session, advice, *change, reason, owned).await?);
    }
    tell(advice, &left);
    Ok(())
}
