//! Collecting the plan of each query after it was timed.

use std::collections::BTreeSet;

use super::{ExplainDepth, PlanRecord, QueryRun, Status};
use crate::engine::{DbError, ExplainMode, Params, Session};
use crate::interrupt::Interrupt;
use crate::plan::plan_shape;

/// Adds a plan to `query`, or a note why there is none. An error here ends only when the session is gone.
pub(super) async fn collect(
    session: &mut dyn Session,
    query: &mut QueryRun,
    set: usize,
    depth: ExplainDepth,
    interrupt: &Interrupt,
) -> Result<(), DbError> {
    let Some(mode) = mode(&query.status, depth).filter(|_| !query.is_no_statement()) else {
        return Ok(());
    };
    let params = query.params.get(set).cloned().unwrap_or_default();
    if mode == ExplainMode::Estimate {
        query.explain_note = estimate_note(&query.status, depth);
    }
    one(session, query, &params, mode, interrupt).await?;
    others(session, query, &params, interrupt).await
}

/// Tells the log what came of asking for plans.
pub(super) fn logged(query: &QueryRun, started: std::time::Instant) {
    let (plans, ms) = (query.plans.len(), started.elapsed().as_millis());
    let note = query.explain_note.as_deref().unwrap_or_default();
    tracing::info!(query = query.id, plans, ms, note, "planned");
}

/// Sets that are worth a plan of their own: more add calls, not shapes.
const MOST_SETS: usize = 8;

/// The first distinct sets; one empty one for a statement without parameters.
pub(super) fn distinct_sets(params: &[Params]) -> Vec<Params> {
    let mut seen = BTreeSet::new();
    let distinct = params.iter().filter(|set| seen.insert(*set)).take(MOST_SETS).cloned();
    let sets: Vec<Params> = distinct.collect();
    if sets.is_empty() { vec![Params::new()] } else { sets }
}

/// Estimated plans of parameter sets that the server plans in another shape than the one already there.
async fn others(
    session: &mut dyn Session,
    query: &mut QueryRun,
    known: &Params,
    interrupt: &Interrupt,
) -> Result<(), DbError> {
    if query.plans.is_empty() {
        return Ok(());
    }
    for params in distinct_sets(&query.params).iter().filter(|params| *params != known) {
        match attempt(session, query, params, ExplainMode::Estimate, interrupt).await {
            Err(error) if error.ends_session() => return Err(error),
            Err(_) => return Ok(()),
            Ok(()) => forget_known_shape(query),
        }
    }
    Ok(())
}

/// Takes the last plan away again where an earlier one has its shape.
fn forget_known_shape(query: &mut QueryRun) {
    if let Some((last, earlier)) = query.plans.split_last() {
        let shape = plan_shape(&last.plan);
        if earlier.iter().any(|record| plan_shape(&record.plan) == shape) {
            query.plans.pop();
        }
    }
}

async fn one(
    session: &mut dyn Session,
    query: &mut QueryRun,
    params: &Params,
    mode: ExplainMode,
    interrupt: &Interrupt,
) -> Result<(), DbError> {
    match attempt(session, query, params, mode, interrupt).await {
        Err(error) if mode == ExplainMode::Analyze && !error.ends_session() => {
            query.explain_note = Some(format!(
                "could not be executed under EXPLAIN, so its plan is estimated: {error}"
            ));
            attempt(session, query, params, ExplainMode::Estimate, interrupt).await
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
    session.under(&query.settings);
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
