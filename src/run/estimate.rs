//! A record of plans alone: nothing of the workload is executed.

use super::admission::unplannable;
use super::cold::Cold;
use super::explain::{distinct_sets, logged};
use super::replay::{Target, begin, close, interruptible, query_run};
use super::tally::Tally;
use super::{ErrorCount, ExplainDepth, PlanRecord, QueryRun, Run, RunOptions, Status};
use crate::engine::{DbError, ExplainMode, Explained, Params, Session, answered};
use crate::interrupt::Interrupt;
use crate::plan::plan_shape;
use crate::progress::Progress;
use crate::workload::{Query, Workload};

/// Estimated plans of every query of `workload`; of writes too, since estimating changes nothing.
///
/// An error means that not even the server's facts could be read.
pub async fn estimate(
    target: &Target,
    workload: &Workload,
    interrupt: &Interrupt,
    progress: Progress,
) -> Result<Run, DbError> {
    let options =
        RunOptions { explain: ExplainDepth::Plan, warmup_rounds: 0, ..RunOptions::default() };
    let prepare = async {
        let mut session = target.connect().await?;
        let run = begin(session.as_mut(), target, workload, &options).await?;
        Ok((session, run))
    };
    let (mut session, mut run) = interruptible(interrupt, prepare).await?;
    run.notes = answered(&target.options, session.cautions()).await?;
    run.notes.extend(workload.notes.iter().cloned());
    run.notes.push("Nothing was executed: plans and costs are the planner's estimates.".to_owned());
    let bar = progress.bar(workload.queries.len() as u64, "explaining");
    let mut lost = None;
    for query in &workload.queries {
        let first = unexecuted(query);
        let mut recorded = query_run(query, &run.catalog, target, first, Tally::default());
        if recorded.status != Status::Planned {
            // Its row says why.
        } else if lost.is_none() && !interrupt.is_set() {
            let started = std::time::Instant::now();
            lost = answered(&target.options, plan(session.as_mut(), &mut recorded)).await.err();
            logged(&recorded, started);
        } else {
            recorded.status = Status::NotReached;
        }
        run.queries.push(recorded);
        bar.inc(1);
    }
    bar.finish_and_clear();
    close(&mut run, lost, interrupt);
    Ok(run)
}

fn unexecuted(query: &Query) -> Cold {
    let refused = unplannable(query).map(|reason| Status::Refused { reason });
    Cold { status: refused.unwrap_or(Status::Planned), first_ms: None }
}

/// Adds the plan, or says why the server has none. An error is returned only when the session is gone.
async fn plan(session: &mut dyn Session, query: &mut QueryRun) -> Result<(), DbError> {
    for params in distinct_sets(&query.params) {
        session.under(&query.settings);
        match session.explain(&query.sql, &params, ExplainMode::Estimate).await {
            Ok(explained) => remember(query, params, explained),
            Err(error) if error.ends_session() => return Err(error),
            Err(error) => {
                query.errors.push(ErrorCount { error: error.clone(), count: 1 });
                query.status = Status::Failed { error };
                break;
            }
        }
    }
    Ok(())
}

/// One plan for each shape.
fn remember(query: &mut QueryRun, params: Params, explained: Explained) {
    let shape = plan_shape(&explained.plan);
    if query.plans.iter().all(|known| plan_shape(&known.plan) != shape) {
        let Explained { plan, raw, .. } = explained;
        query.plans.push(PlanRecord { params, plan, raw, file: None });
    }
}
