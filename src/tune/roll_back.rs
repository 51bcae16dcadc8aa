//! When something fails half-way, the connection first of all: everything that was made is undone on a new one, or the
//! user is told the statements that do it.

use std::time::Duration;

use super::apply::building;
use super::owned::{Leftover, Owned};
use crate::engine::DbError;
use crate::run::Target;

/// A server that restarts is back within this many attempts, a second apart.
const ATTEMPTS: u32 = 5;

/// Returns `error` with what became of everything that is in `owned`.
pub async fn roll_back(target: &Target, owned: &mut Owned<'_>, error: DbError) -> DbError {
    if owned.is_empty() {
        return error;
    }
    let left = undo_anew(target, owned).await;
    if left.is_empty() {
        return error.with_remedy(
            "nothing: the connection broke while changes were being made, or they could not be measured, \
             and all of them were undone on a new one",
        );
    }
    let statements: Vec<String> = left.into_iter().map(|left| left.statement).collect();
    error.with_remedy(format!(
        "the connection broke while changes were being made, or they could not be measured, and this \
         is LEFT BEHIND. When the server is back, run these; they do no harm where nothing is left:\n    {}",
        statements.join("\n    ")
    ))
}

async fn undo_anew(target: &Target, owned: &mut Owned<'_>) -> Vec<Leftover> {
    let mut left = Vec::new();
    for trial in 0..ATTEMPTS {
        if trial > 0 {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        let Ok(mut session) = building(target).connect().await else { continue };
        match owned.undo_all(session.as_mut()).await {
            Ok(still) => {
                left.extend(still);
                return left;
            }
            Err(_) => continue,
        }
    }
    left.extend(owned.unreachable("the server cannot be reached"));
    left
}
