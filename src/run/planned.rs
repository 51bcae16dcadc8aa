//! A record of what the planner would do for every parameter set: nothing of the workload is executed.

use super::cold::Cold;
use super::explain::distinct_sets;
use super::replay::{Target, begin, close, interruptible, query_run};
use super::tally::Tally;
use super::{ExplainDepth, PlanRecord, Run, RunOptions, Status};
use crate::engine::{DbError, ExplainMode, Explained, Params, Session, answered};
use crate::interrupt::Interrupt;
use crate::workload::{Query, Workload};

/// The estimated plan of each distinct parameter set of each query, in order, the first eight; no plans where the
/// server has none for one of them.
///
/// # Errors
/// The server went away, or an interrupt came.
pub async fn planned(
    target: &Target,
    workload: &Workload,
    label: &str,
    interrupt: &Interrupt,
) -> Result<Run, DbError> {
    let options = RunOptions {
        explain: ExplainDepth::Plan,
        warmup_rounds: 0,
        label: Some(label.to_owned()),
        ..RunOptions::default()
    };
    let work = async {
        let mut session = target.connect().await?;
        let mut run = begin(session.as_mut(), target, workload, &options).await?;
        for query in &workload.queries {
            let cold = Cold { status: Status::Planned, first_ms: None };
            let mut recorded = query_run(query, &run.catalog, target, cold, Tally::default());
            let plans = plans(session.as_mut(), query);
            recorded.plans = answered(&target.options, plans).await?;
            run.queries.push(recorded);
        }
        Ok(run)
    };
    let mut run = interruptible(interrupt, work).await?;
    close(&mut run, None, &Interrupt::new());
    Ok(run)
}

async fn plans(session: &mut dyn Session, query: &Query) -> Result<Vec<PlanRecord>, DbError> {
    let mut plans = Vec::new();
    for params in distinct_sets(&query.params) {
        session.under(&query.settings);
        match session.explain(&query.sql, &params, ExplainMode::Estimate).await {
            Ok(Explained { plan, raw, .. }) => {
                plans.push(PlanRecord { params, plan, raw, file: None });
            }
            Err(error) if error.ends_session() => return Err(error),
            Err(_) => return Ok(Vec::new()),
        }
    }
    Ok(plans)
}

/// The parameter sets that [`planned`] asks about.
pub fn planned_sets(query: &Query) -> Vec<Params> {
    distinct_sets(&query.params)
}
