//! Making changes, one at a time, and taking them back.

use std::time::Instant;

use super::change::Change;
use crate::advise::{Advice, Outcome};
use crate::engine::{DbError, DbErrorKind, Session, SessionOptions};
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use crate::run::Target;

/// Options for a session that changes the schema: building may take its time, waiting for locks may not.
pub fn building(target: &Target) -> Target {
    let options =
        SessionOptions { statement_timeout: std::time::Duration::ZERO, ..target.options.clone() };
    Target { options, ..target.clone() }
}

/// Makes `changes` of `advice` and returns those that stand. What cannot be made is
/// marked as failed, its leftovers are removed, and the next is tried. Settings go to `after`'s sessions
/// where the server lets a session have them; otherwise they stay proposed.
pub async fn apply_all(
    session: &mut dyn Session,
    after: &mut Target,
    advice: &mut Advice,
    changes: Vec<Change>,
    (interrupt, progress): (&Interrupt, Progress),
) -> Result<Vec<Change>, DbError> {
    let bar = progress.bar(changes.len() as u64, "applying changes");
    let mut standing = Vec::new();
    for change in changes {
        if interrupt.is_set() {
            break;
        }
        let made = match change {
            Change::Setting(i) => set(after, advice, i).await?,
            _ => make(session, advice, change, interrupt).await?,
        };
        if !made && interrupt.is_set() && change.error(advice).is_some() {
            change.set_outcome(advice, Outcome::Proposed);
        }
        standing.extend(made.then_some(change));
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(standing)
}

/// Whether the change stands now. An error means that the session is lost.
pub async fn make(
    session: &mut dyn Session,
    advice: &mut Advice,
    change: Change,
    interrupt: &Interrupt,
) -> Result<bool, DbError> {
    let started = Instant::now();
    for statement in change.statements(advice) {
        let outcome = tokio::select! {
            biased;
            _ = interrupt.wait() => Err(interrupted()),
            outcome = session.command(&statement) => outcome,
        };
        if let Err(error) = outcome {
            if error.ends_session() {
                return Err(error);
            }
            take_back(session, advice, change).await?;
            change.set_outcome(advice, Outcome::Failed { error: error.to_string() });
            return Ok(false);
        }
    }
    if let Change::Index(i) = change {
        advice.indexes[i].build_seconds = Some(started.elapsed().as_secs_f64());
    }
    Ok(true)
}

pub fn interrupted() -> DbError {
    DbError::new(DbErrorKind::Statement, "interrupted")
}

/// Undoes a change, or what a failed one has left behind (an invalid index). A statement that
/// finds nothing to undo has done its work.
pub async fn take_back(
    session: &mut dyn Session,
    advice: &Advice,
    change: Change,
) -> Result<Option<DbError>, DbError> {
    let Some(undo) = change.undo(advice) else { return Ok(None) };
    match session.command(&undo).await {
        Err(error) if error.ends_session() => Err(error),
        outcome => Ok(outcome.err()),
    }
}

/// Adds a setting to the sessions of `after`, if the server accepts it there.
async fn set(after: &mut Target, advice: &mut Advice, i: usize) -> Result<bool, DbError> {
    let setting = &advice.settings[i];
    if setting.needs_restart || setting.untried_because.is_some() {
        return Ok(false);
    }
    let mut with = after.clone();
    with.options.settings.push((setting.name.clone(), setting.to.clone()));
    match with.connect().await {
        Ok(_) => {
            *after = with;
            Ok(true)
        }
        Err(error) if error.kind == DbErrorKind::Unreachable => Err(error),
        Err(_) => Ok(false),
    }
}

/// Removes a setting again.
pub fn unset(after: &mut Target, advice: &Advice, i: usize) {
    let setting = &advice.settings[i];
    let ours = (setting.name.clone(), setting.to.clone());
    after.options.settings.retain(|set| *set != ours);
}
