//! Statements in an order in which most succeed; what failed is tried again once others have succeeded.

use futures_util::future::join_all;
use tokio_postgres::Client;

use crate::engine::DbError;
use crate::engine::postgres::session::query;

#[derive(Debug, Clone)]
pub struct Step {
    /// For messages: `table public.film`.
    pub what: String,
    pub statement: String,
    /// What queries call what is made, or what it is of.
    pub names: Vec<String>,
}

impl Step {
    pub fn new(what: impl Into<String>, statement: impl Into<String>) -> Step {
        Step { what: what.into(), statement: statement.into(), names: Vec::new() }
    }

    pub fn of(mut self, name: &str) -> Step {
        self.names.push(name.to_owned());
        self
    }
}

/// Statements of one round trip.
const TOGETHER: usize = 100;

/// The same on several connections at once, for steps that do not need each other: each has a run of neighbours, so that
/// two of them never wait for one another's tables in turn.
pub async fn carry_out_together(
    clients: &[&Client],
    mut steps: Vec<Step>,
) -> Result<Vec<(Step, DbError)>, DbError> {
    let Some(first) = clients.first() else { return Ok(Vec::new()) };
    let each = steps.len().div_ceil(clients.len()).max(1);
    let mut runs = Vec::new();
    for client in clients {
        let rest = steps.split_off(steps.len().min(each));
        runs.push(once(client, std::mem::replace(&mut steps, rest)));
    }
    let mut failed = Vec::new();
    for run in join_all(runs).await {
        failed.extend(run?.into_iter().map(|(step, _)| step));
    }
    carry_out(first, failed).await
}

/// Carries out what can be, and returns the rest with the reason of each.
pub async fn carry_out(
    client: &Client,
    mut steps: Vec<Step>,
) -> Result<Vec<(Step, DbError)>, DbError> {
    loop {
        let before = steps.len();
        let failed = once(client, steps).await?;
        if failed.is_empty() || failed.len() == before {
            return Ok(failed);
        }
        steps = failed.into_iter().map(|(step, _)| step).collect();
    }
}

async fn once(client: &Client, steps: Vec<Step>) -> Result<Vec<(Step, DbError)>, DbError> {
    let mut failed = Vec::new();
    let mut left = steps.into_iter().peekable();
    while left.peek().is_some() {
        let batch: Vec<Step> = left.by_ref().take(TOGETHER).collect();
        let text: Vec<&str> = batch.iter().map(|step| step.statement.as_str()).collect();
        // Sent together they are one transaction, so that after a failure none of them is there.
        match query::run(client, &text.join(";\n")).await {
            Ok(()) => continue,
            Err(error) if error.ends_session() => return Err(error),
            Err(_) => failed.extend(one_by_one(client, batch).await?),
        }
    }
    Ok(failed)
}

async fn one_by_one(client: &Client, steps: Vec<Step>) -> Result<Vec<(Step, DbError)>, DbError> {
    let mut failed = Vec::new();
    for step in steps {
        match query::run(client, &step.statement).await {
            Ok(()) => {}
            Err(error) if error.ends_session() => return Err(error),
            Err(error) => failed.push((step, error)),
        }
    }
    Ok(failed)
}
