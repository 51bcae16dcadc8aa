//! Running what a workload says under the session's access: screened first, then held by a transaction.

use std::future::Future;
use std::time::Duration;

use super::execute::Prepared;
use super::postgres_session::PostgresSession;
use super::undone::{Until, undone};
use super::{access, answer, execute, explain, query, setup};
use crate::engine::DbErrorKind;
use crate::engine::postgres::screening::Purpose;
use crate::engine::{
    Access, Answer, DbError, Execution, ExplainMode, Explained, Params, PreparedId,
};
use crate::plan::Plan;

/// The look-up of what a statement calls takes milliseconds; a shorter limit is meant for the statement alone.
const LOOKUP_LIMIT: Duration = Duration::from_secs(10);

impl PostgresSession {
    /// Refuses what calls something that no transaction holds.
    pub(super) async fn screen(&mut self, sql: &str, purpose: Purpose) -> Result<(), DbError> {
        if let Some(decided) = self.screen.known(sql, purpose) {
            return decided;
        }
        let client = &self.link.client;
        let limit = self.options.statement_timeout;
        let short = !limit.is_zero() && limit < LOOKUP_LIMIT;
        if short {
            setup::set(client, "statement_timeout", &LOOKUP_LIMIT.as_millis().to_string()).await?;
        }
        let decided =
            undone(client, Until::ReadOnly, self.screen.decide(client, sql, purpose)).await;
        if short {
            setup::limit_statements(client, &self.options).await?;
        }
        decided
    }

    /// How the session's access is held, `None` where writes stay.
    fn until(&self) -> Option<Until> {
        match self.options.access {
            Access::ReadOnly => Some(Until::ReadOnly),
            Access::Rollback => Some(Until::RolledBack),
            Access::Commit => None,
        }
    }

    /// Runs `work` so that neither its changes nor its settings reach the next statement, but for changes that are
    /// meant to stay.
    async fn held<T>(
        &self,
        until: Option<Until>,
        work: impl Future<Output = Result<T, DbError>> + Send,
    ) -> Result<T, DbError> {
        let client = &self.link.client;
        let Some(until) = until else {
            let result = work.await;
            let restored = setup::forget_settings(client, &self.options).await;
            return result.and_then(|value| restored.map(|()| value));
        };
        undone(client, until, work).await
    }

    pub(super) async fn prepare_now(&mut self, sql: &str) -> Result<PreparedId, DbError> {
        let prepared = execute::prepare(&self.link.client, sql).await?;
        self.screen(sql, Purpose::Run).await?;
        self.prepared.push(prepared);
        Ok(PreparedId(self.prepared.len() - 1))
    }

    pub(super) async fn execute_now(
        &mut self,
        id: PreparedId,
        params: &[Option<String>],
    ) -> Result<Execution, DbError> {
        let mut prepared = self.prepared.get(id.0).cloned().ok_or_else(foreign_statement)?;
        let tried_as_text = prepared.as_text;
        let mut result = self.execute_held(&mut prepared, params).await;
        if prepared.as_text && !tried_as_text {
            self.prepared[id.0].as_text = true;
            result = self.execute_held(&mut prepared, params).await;
        }
        result
    }

    async fn execute_held(
        &self,
        prepared: &mut Prepared,
        params: &[Option<String>],
    ) -> Result<Execution, DbError> {
        let work = execute::execute(&self.link.client, prepared, params);
        self.held(self.until(), work).await
    }

    pub(super) async fn explain_now(
        &mut self,
        sql: &str,
        params: &[Option<String>],
        mode: ExplainMode,
    ) -> Result<Explained, DbError> {
        let wanted = self.explained.parameters(&self.link.client, sql).await?;
        let purpose = match mode {
            ExplainMode::Analyze => Purpose::Run,
            ExplainMode::Estimate => Purpose::Plan,
        };
        if mode == ExplainMode::Analyze && self.options.access == Access::ReadOnly {
            access::refuse_write(sql)?;
        }
        self.screen(sql, purpose).await?;
        let request = explain::Request { sql, params, mode, version: self.version, wanted };
        let work = explain::run(&self.link.client, request);
        match (self.until(), mode) {
            // Planning a write writes nothing.
            (Some(_), ExplainMode::Estimate) => self.held(Some(Until::ReadOnly), work).await,
            (None, ExplainMode::Estimate) => work.await,
            (until, ExplainMode::Analyze) => self.held(until, work).await,
        }
    }

    pub(super) async fn explain_as_if_now(
        &mut self,
        statements: &[String],
        queries: &[(&str, &Params)],
    ) -> Result<Vec<Plan>, DbError> {
        let mut wanted = Vec::new();
        for (sql, _) in queries {
            wanted.push(self.explained.parameters(&self.link.client, sql).await?);
            self.screen(sql, Purpose::Plan).await?;
        }
        let (client, version) = (&self.link.client, self.version);
        let work = async {
            for statement in statements {
                query::run(client, statement).await?;
            }
            let mut plans = Vec::new();
            for ((sql, params), wanted) in queries.iter().zip(wanted) {
                let mode = ExplainMode::Estimate;
                let request = explain::Request { sql, params, mode, version, wanted };
                plans.push(explain::run(client, request).await?.plan);
            }
            Ok(plans)
        };
        undone(client, Until::RolledBack, work).await
    }

    pub(super) async fn answer_now(
        &mut self,
        sql: &str,
        params: &[Option<String>],
        most: usize,
    ) -> Result<Answer, DbError> {
        self.screen(sql, Purpose::Run).await?;
        self.held(self.until(), answer::read(&self.link.client, sql, params, most)).await
    }
}

fn foreign_statement() -> DbError {
    DbError::new(DbErrorKind::Statement, "the statement was prepared on another session")
}
