//! `--apply`: changes on the database itself, beside its traffic, and back again when they do not help.
//!
//! Existing indexes are never dropped and settings never written here: what looks useless to this
//! workload may serve another one, or a replica. Those stay proposals.

use super::apply::{building, make, take_back};
use super::change::Change;
use super::decide::{Decision, Measured, decide, record_effects, record_kept};
use super::give_back::give_back;
use super::options::FIRST_LOOK;
use super::prove::{Bench, Proven};
use super::script::apply_script;
use crate::advise::{Advice, Outcome};
use crate::compare::{Comparison, Half, Pair, half, sequential};
use crate::ddl::Script;
use crate::engine::{DbError, DbErrorKind, Session};
use crate::run::{Run, RunOptions, replay};

/// Makes the changes on the database of `bench` (whose two targets are the same) and keeps those that
/// helped. When a statement fails, or on an interrupt, everything made until then is undone, on a new
/// connection if need be: what cannot be undone is an error that names the statements.
pub async fn prove_in_place(
    bench: Bench<'_>,
    mut advice: Advice,
    script: Option<&Script>,
) -> Result<Proven, DbError> {
    let mut begun = Vec::new();
    match bench.in_place(&mut advice, script, &mut begun).await {
        Ok((after, comparison)) => Ok(Proven { advice, comparison, after }),
        Err(error) if error.ends_session() => {
            if script.is_some() {
                begun = (0..advice.indexes.len()).map(Change::Index).collect();
            }
            Err(give_back(&bench.after, &advice, &begun, error).await)
        }
        Err(error) => Err(error),
    }
}

impl Bench<'_> {
    /// Notes in `begun` every change before its statements are sent.
    async fn in_place(
        &self,
        advice: &mut Advice,
        script: Option<&Script>,
        begun: &mut Vec<Change>,
    ) -> Result<(Option<Run>, Option<Comparison>), DbError> {
        let before = self.measure(self.run, FIRST_LOOK / 2.0).await?;
        let mut session = building(&self.after).connect().await?;
        let standing = self.apply_together(session.as_mut(), advice, script, begun).await?;
        if standing.is_empty() {
            return Ok((None, None));
        }
        let looked = self.look_after(&before, FIRST_LOOK / 2.0).await;
        let (after, comparison) = match looked {
            Ok(looked) if !self.interrupt.is_set() => looked,
            other => {
                undo_all(session.as_mut(), advice, &standing, "interrupted").await?;
                let (after, comparison) = other?;
                return Ok((Some(after), Some(comparison)));
            }
        };
        let measured = Measured { before: self.run, after: &after, comparison: &comparison };
        let dropped = judge(session.as_mut(), advice, &standing, &measured).await?;
        let (after, comparison) = match dropped {
            0 => (after, comparison),
            _ => self.look_after(&before, 1.0 - FIRST_LOOK).await?,
        };
        Ok((Some(after), Some(comparison)))
    }

    async fn measure(&self, run: &Run, share: f64) -> Result<Half, DbError> {
        let options = self.options.look(share);
        let side = (&self.after, run);
        half(side, self.workload, &options, self.interrupt, self.progress).await
    }

    /// All changes, or none: the first that fails takes the others with it.
    async fn apply_together(
        &self,
        session: &mut dyn Session,
        advice: &mut Advice,
        script: Option<&Script>,
        begun: &mut Vec<Change>,
    ) -> Result<Vec<Change>, DbError> {
        let standing = match script {
            Some(script) => {
                apply_script(script, session, self.after.engine, advice, self.interrupt).await?
            }
            None => self.make_all(session, advice, begun).await?,
        };
        let failed = failure(advice);
        if failed.is_none() && !self.interrupt.is_set() {
            return Ok(standing);
        }
        let reason = failed.map_or("interrupted".to_owned(), |error| {
            format!("undone, because another change failed: {error}")
        });
        undo_all(session, advice, &standing, &reason).await?;
        Ok(Vec::new())
    }

    async fn make_all(
        &self,
        session: &mut dyn Session,
        advice: &mut Advice,
        begun: &mut Vec<Change>,
    ) -> Result<Vec<Change>, DbError> {
        let indexes = (0..advice.indexes.len()).map(Change::Index);
        let statistics = (0..advice.statistics.len()).map(Change::Statistics);
        let changes: Vec<Change> = indexes.chain(statistics).collect();
        let bar = self.progress.bar(changes.len() as u64, "applying changes");
        let mut standing = Vec::new();
        for change in changes {
            if self.interrupt.is_set() {
                break;
            }
            begun.push(change);
            if !make(session, advice, change, self.interrupt).await? {
                break;
            }
            standing.push(change);
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(standing)
    }

    async fn look_after(&self, before: &Half, share: f64) -> Result<(Run, Comparison), DbError> {
        let options = RunOptions::plans_only("after");
        let after =
            replay(&self.after, self.workload, &options, self.interrupt, self.progress).await?;
        let half = self.measure(&after, share).await?;
        let pair = Pair { before: (self.before, self.run), after: (&self.after, &after) };
        let criteria = &self.options.alternate.criteria;
        let comparison = sequential(pair, self.workload, before, &half, criteria);
        Ok((after, comparison))
    }
}

/// Takes back what did not help; how many that were.
async fn judge(
    session: &mut dyn Session,
    advice: &mut Advice,
    standing: &[Change],
    measured: &Measured<'_>,
) -> Result<usize, DbError> {
    record_effects(advice, standing, measured);
    let decisions = decide(advice, standing, measured);
    let mut dropped = 0;
    for (change, decision) in standing.iter().zip(decisions) {
        match decision {
            Decision::Keep { ratio } => record_kept(advice, *change, ratio, measured),
            Decision::Leave => change.set_outcome(advice, Outcome::Kept { ratio: 1.0 }),
            Decision::Drop { reason } => {
                undo(session, advice, *change, &reason).await?;
                dropped += 1;
            }
        }
    }
    Ok(dropped)
}

fn failure(advice: &Advice) -> Option<String> {
    let indexes = advice.indexes.iter().map(|index| &index.outcome);
    let statistics = advice.statistics.iter().map(|statistics| &statistics.outcome);
    let mut outcomes = indexes.chain(statistics);
    outcomes.find_map(|outcome| match outcome {
        Outcome::Failed { error } => Some(error.clone()),
        _ => None,
    })
}

/// Last made, first undone. All are tried, even after one could not be undone.
async fn undo_all(
    session: &mut dyn Session,
    advice: &mut Advice,
    standing: &[Change],
    reason: &str,
) -> Result<(), DbError> {
    let mut worst = Ok(());
    for change in standing.iter().rev() {
        let undone = undo(session, advice, *change, reason).await;
        worst = worst.and(undone);
    }
    worst
}

async fn undo(
    session: &mut dyn Session,
    advice: &mut Advice,
    change: Change,
    reason: &str,
) -> Result<(), DbError> {
    let Some(statement) = change.undo(advice) else {
        // Gathered statistics have no way back, and need none.
        change.set_outcome(advice, Outcome::Kept { ratio: 1.0 });
        return Ok(());
    };
    match take_back(session, advice, change).await? {
        None => {
            change.set_outcome(advice, Outcome::Dropped { reason: reason.to_owned() });
            Ok(())
        }
        Some(error) => {
            let message = format!("{} could not be undone: {}", change.name(advice), error.message);
            change.set_outcome(advice, Outcome::Failed { error: message.clone() });
            Err(DbError::new(DbErrorKind::Statement, message)
                .with_remedy(format!("run it yourself: {statement}")))
        }
    }
}
