//! Collecting the plan of each query after it was timed.

use super::{ExplainDepth, PlanRecord, QueryRun, Status};
use crate::engine::{DbError, ExplainMode, Params, Session};
use crate::interrupt::Interrupt;

/// Adds a plan to `query`, or a note why there is none. An error here ends only when the session is gone.
pub(super) async fn collect(
    session: &mut dyn Session,
    query: &mut QueryRun,
    set: usize,
    depth: ExplainDepth,
    interrupt: &Interrupt,
) -> Result<(), DbError> {
    let Some(mode) = mode(&query.status, depth) else { return Ok(()) };
    let params = query.params.get(set).cloned().unwrap_or_default();
    if mode == ExplainMode::Estimate {
        query.explain_note = estimate_note(&query.status, depth);
    }
    match attempt(session, query, &params, mode, interrupt).await {
        Err(error) if mode == ExplainMode::Analyze && !error.ends_session() => {
            query.explain_note = Some(format!(
                "could not be executed under EXPLAIN, so its plan is estimated: {error}"
            ));
            attempt(session, query, &params, ExplainMode::Estimate, interrupt).await
        }
        outcome => outcome,
    }
    .or_else(|error| match error.ends_session() {
        true => Err(error),
        false => {
            query.explain_note = Some(format!("has no plan: {error}"));
            Ok(())
        }
    })
}

async fn attempt(
    session: &mut dyn Session,
    query: &mut QueryRun,
    params: &Params,
    mode: ExplainMode,
    interrupt: &Interrupt,
) -> Result<(), DbError> {
    let explained = tokio::select! {
        biased;
        _ = interrupt.wait() => return Ok(()),
        explained = session.explain(&query.sql, params, mode) => explained?,
    };
    query.plans.push(PlanRecord {
        params: params.clone(),
        plan: explained.plan,
        raw: explained.raw,
        file: None,
    });
    Ok(())
}

/// A query that failed has no plan worth having; one that may not run, or did not end, is only estimated.
fn mode(status: &Status, depth: ExplainDepth) -> Option<ExplainMode> {
    match (depth, status) {
        (ExplainDepth::None, _) => None,
        (_, Status::Failed { .. } | Status::NotReached) => None,
        (ExplainDepth::Analyze, Status::Measured) => Some(ExplainMode::Analyze),
        _ => Some(ExplainMode::Estimate),
    }
}

fn estimate_note(status: &Status, depth: ExplainDepth) -> Option<String> {
    match status {
        Status::Refused { .. } => Some("was not executed, so its plan is estimated".to_owned()),
        Status::TimedOut { .. } => {
            Some("did not finish in time, so its plan is estimated".to_owned())
        }
        _ if depth == ExplainDepth::Plan => {
            Some("plans were asked for as estimates only".to_owned())
        }
        _ => None,
    }
}
