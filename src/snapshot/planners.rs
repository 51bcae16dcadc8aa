//! Asking one replica for many plans at once.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;

use super::Replica;
use crate::engine::{
    Access, AllowedFunctions, DbError, DbErrorKind, Engine, ExplainMode, Params, Session,
    SessionOptions, answered,
};
use crate::plan::Plan;
use crate::workload::Query;

/// More sessions than this do not make one machine quicker.
const MOST: usize = 16;

/// Sessions of the owner, one for each core.
pub struct Planners {
    sessions: Vec<Box<dyn Session>>,
    engine: &'static dyn Engine,
    options: SessionOptions,
}

/// One question.
#[derive(Debug, Clone, Copy)]
pub struct Job<'a> {
    pub query: &'a Query,
    pub params: &'a Params,
}

impl Planners {
    /// # Errors
    /// The replica takes no connections.
    pub async fn open(
        replica: &Replica,
        settings: &[(String, String)],
    ) -> Result<Planners, DbError> {
        let role = replica.role.iter().map(|role| ("role".to_owned(), role.clone()));
        let options = SessionOptions {
            access: Access::ReadOnly,
            // The server holds no data that a function could change.
            allowed_functions: AllowedFunctions { own: true, names: Vec::new() },
            settings: settings.iter().cloned().chain(role).collect(),
            ..SessionOptions::default()
        };
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
        let sandbox = &replica.sandbox;
        let url = sandbox.owner_url(sandbox.database());
        let mut sessions = Vec::new();
        for _ in 0..cores.clamp(1, MOST) {
            sessions.push(replica.engine.connect(&url, &options).await?);
        }
        Ok(Planners { sessions, engine: replica.engine, options })
    }

    /// Plans in the order of `jobs`.
    pub async fn plan(&mut self, jobs: &[Job<'_>]) -> Vec<Result<Plan, DbError>> {
        let next = AtomicUsize::new(0);
        let (next, options, engine) = (&next, &self.options, self.engine);
        let clients = self.sessions.iter_mut().map(|session| async move {
            let mut plans = Vec::new();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(job) = jobs.get(at) else { break plans };
                plans.push((at, answered(options, one(engine, session.as_mut(), job)).await));
            }
        });
        let mut plans: Vec<(usize, Result<Plan, DbError>)> =
            join_all(clients).await.into_iter().flatten().collect();
        plans.sort_by_key(|(at, _)| *at);
        plans.into_iter().map(|(_, plan)| plan).collect()
    }

    /// Runs a statement of planwise's own on every session. `false` where it was refused.
    ///
    /// # Errors
    /// The server went away.
    pub async fn command(&mut self, statement: &str) -> Result<bool, DbError> {
        let mut done = true;
        for session in &mut self.sessions {
            match session.command(statement).await {
                Ok(()) => {}
                Err(error) if error.ends_session() => return Err(error),
                Err(_) => done = false,
            }
        }
        Ok(done)
    }

    pub fn lead(&mut self) -> &mut dyn Session {
        self.sessions[0].as_mut()
    }
}

/// A plan that says nothing without rows is none.
async fn one(
    engine: &dyn Engine,
    session: &mut dyn Session,
    job: &Job<'_>,
) -> Result<Plan, DbError> {
    session.under(&job.query.settings);
    let mut plan = session.explain(&job.query.sql, job.params, ExplainMode::Estimate).await?.plan;
    let Some(states) = engine.planner_states() else { return Ok(plan) };
    if let Some(doubt) = states.doubt(&plan) {
        return Err(DbError::new(DbErrorKind::Unsupported, doubt));
    }
    plan.root.total_cost = plan.root.total_cost.or_else(|| states.price(&plan));
    Ok(plan)
}
