//! The very first execution of each query: kept apart, because caches are cold, and the first to fail.

use std::sync::Arc;

use super::client::{Client, Plan, Stop};
use super::{RunOptions, Status, Target, admission};
use crate::engine::{DbError, DbErrorKind, Execution};
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use crate::workload::Workload;

/// How the first execution of one query went; `Status::Measured` means well.
#[derive(Debug, Clone)]
pub(super) struct Cold {
    pub status: Status,
    pub first_ms: Option<f64>,
}

pub(super) struct ColdPass {
    /// One for each query of the workload.
    pub queries: Vec<Cold>,
    pub stop: Option<Stop>,
}

/// Executes every admissible query once, in file order, on a connection of its own.
pub(super) async fn pass(
    target: &Target,
    workload: &Workload,
    interrupt: &Interrupt,
    progress: Progress,
) -> Result<ColdPass, DbError> {
    let count = workload.queries.len();
    let bar = progress.bar(count as u64, "first executions");
    let plan = Arc::new(Plan {
        workload: workload.clone(),
        admitted: vec![true; count],
        options: RunOptions::default(),
        interrupt: interrupt.clone(),
        session: target.options.clone(),
        progress: bar.clone(),
    });
    let mut client = Client::new(target.connect().await?, 0, plan);
    let mut pass = ColdPass { queries: Vec::with_capacity(count), stop: None };
    for (index, query) in workload.queries.iter().enumerate() {
        let refusal = admission::refusal(query, target.options.access);
        let cold = match (refusal, &pass.stop) {
            (Some(reason), _) => Cold { status: Status::Refused { reason }, first_ms: None },
            (None, Some(_)) => Cold { status: Status::NotReached, first_ms: None },
            (None, None) => attempt(&mut client, index, target, &mut pass.stop).await,
        };
        logged(&query.id, &cold);
        pass.queries.push(cold);
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(pass)
}

fn logged(query: &str, cold: &Cold) {
    match &cold.status {
        Status::Measured => tracing::info!(query, ms = cold.first_ms, "first execution"),
        Status::Failed { error } => tracing::info!(query, %error, "failed"),
        other => tracing::info!(query, reason = ?other, "not executed"),
    }
}

async fn attempt(
    client: &mut Client,
    query: usize,
    target: &Target,
    stop: &mut Option<Stop>,
) -> Cold {
    match client.execute(query, 0).await {
        Ok(Ok(execution)) => went_well(execution),
        Ok(Err(error)) => {
            let cold = failed(&error, target);
            *stop = error.ends_session().then_some(Stop::Lost(error));
            cold
        }
        Err(interrupted) => {
            *stop = Some(interrupted);
            Cold { status: Status::NotReached, first_ms: None }
        }
    }
}

fn went_well(execution: Execution) -> Cold {
    let first_ms = Some(execution.elapsed.as_secs_f64() * 1e3);
    Cold { status: Status::Measured, first_ms }
}

fn failed(error: &DbError, target: &Target) -> Cold {
    let status = match error.kind {
        DbErrorKind::Timeout if !error.waited_for_a_lock() => {
            Status::TimedOut { after_ms: target.options.statement_timeout.as_secs_f64() * 1e3 }
        }
        DbErrorKind::Refused => Status::Refused { reason: error.to_string() },
        _ => Status::Failed { error: error.clone() },
    };
    Cold { status, first_ms: None }
}
