//! When the connection is gone half-way: everything that was begun is undone on a new one, or the
//! user is told the statements that do it.

use std::time::Duration;

use super::apply::{building, take_back};
use super::change::Change;
use crate::advise::{Advice, Outcome};
use crate::engine::DbError;
use crate::run::Target;

/// A server that restarts is back within this many attempts, a second apart.
const ATTEMPTS: u32 = 5;

/// `begun` are the changes whose statements were sent, finished or not. Returns `error` with what
/// became of them.
pub async fn give_back(
    target: &Target,
    advice: &Advice,
    begun: &[Change],
    error: DbError,
) -> DbError {
    let left: Vec<Change> = begun.iter().copied().filter(|c| may_stand(advice, *c)).collect();
    if left.is_empty() {
        return error;
    }
    let still = undo_anew(target, advice, &left).await;
    if still.is_empty() {
        return error.with_remedy(
            "nothing: the connection broke while changes were being made, and all of them were \
             undone on a new one",
        );
    }
    let statements: Vec<String> = still.iter().filter_map(|change| change.undo(advice)).collect();
    error.with_remedy(format!(
        "the connection broke while changes were being made, and they could not be undone. When the \
         server is back, run these; they do no harm where nothing is left:\n    {}",
        statements.join("\n    ")
    ))
}

fn may_stand(advice: &Advice, change: Change) -> bool {
    let Change::Index(i) = change else { return false };
    !matches!(advice.indexes[i].outcome, Outcome::Dropped { .. })
}

/// Those of `left` that could not be undone. Last made, first undone.
async fn undo_anew(target: &Target, advice: &Advice, left: &[Change]) -> Vec<Change> {
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        let Ok(mut session) = building(target).connect().await else { continue };
        let mut still = Vec::new();
        for change in left.iter().rev() {
            match take_back(session.as_mut(), advice, *change).await {
                Ok(None) => {}
                _ => still.push(*change),
            }
        }
        return still;
    }
    left.to_vec()
}
