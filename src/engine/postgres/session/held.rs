//! Running what a workload says under the session's access: screened first, then held by a transaction.

use std::future::Future;
use std::time::Duration;

use tokio_postgres::Statement;

use super::execute::Prepared;
use super::explain::Parameters;
use super::postgres_session::PostgresSession;
use super::typed::{self, Types};
use super::undone::{Until, undone, undone_since_here};
use super::{access, answer, execute, explain, query, setup};
use crate::engine::DbErrorKind;
use crate::engine::postgres::screening::Purpose;
use crate::engine::{
    Access, Answer, AskedQuery, DbError, Execution, ExplainMode, Explained, PreparedId,
};
use crate::plan::Plan;

/// The look-up of what a statement calls takes milliseconds; a shorter limit is meant for the statement alone.
const LOOKUP_LIMIT: Duration = Duration::from_secs(10);

/// Of the session that a statement was written for.
type Settings = Vec<(String, String)>;

impl PostgresSession {
    /// Refuses what calls something that no transaction holds.
    pub(super) async fn screen(
        &mut self,
        sql: &str,
        settings: &Settings,
        purpose: Purpose,
    ) -> Result<(), DbError> {
        if let Some(decided) = self.screen.known(sql, settings, purpose) {
            return decided;
        }
        let client = &self.link.client;
        let limit = self.options.statement_timeout;
        let short = !limit.is_zero() && limit < LOOKUP_LIMIT;
        if short {
            setup::set(client, "statement_timeout", &LOOKUP_LIMIT.as_millis().to_string()).await?;
        }
        let decide = self.screen.decide(client, sql, settings, purpose);
        let decided = undone(client, Until::ReadOnly, settings, decide).await;
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
        settings: &Settings,
        work: impl Future<Output = Result<T, DbError>> + Send,
    ) -> Result<T, DbError> {
        let client = &self.link.client;
        let Some(until) = until else {
            let result = match setup::adopt(client, settings).await {
                Ok(()) => work.await,
                Err(error) => Err(error),
            };
            let restored = setup::forget_settings(client, &self.options).await;
            return result.and_then(|value| restored.map(|()| value));
        };
        undone(client, until, settings, work).await
    }

    /// Has the server parse `sql`. Each attempt has a transaction of its own where one is needed: a failure ends it.
    pub(super) async fn parse(
        &self,
        sql: &str,
        settings: &Settings,
    ) -> Result<(Statement, Types), DbError> {
        let client = &self.link.client;
        let mut types = Types::new();
        loop {
            let attempt = execute::parse(client, sql, &types);
            let parsed = match settings.is_empty() {
                true => attempt.await,
                false => undone(client, Until::ReadOnly, settings, attempt).await,
            };
            match parsed {
                Ok(statement) => return Ok((statement, types)),
                Err(error) => match typed::more(sql, &types, &error) {
                    Some(more) => types = more,
                    None => return Err(error),
                },
            }
        }
    }

    pub(super) async fn prepare_now(&mut self, sql: &str) -> Result<PreparedId, DbError> {
        let settings = std::mem::take(&mut self.next_settings);
        // Before the server parses it: reading a literal of somebody's own type runs that type's checks.
        self.screen(sql, &settings, Purpose::Run).await?;
        let (statement, types) = self.parse(sql, &settings).await?;
        let sql = sql.to_owned();
        self.prepared.push(Prepared { sql, settings, statement, types, as_text: false });
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
        let settings = prepared.settings.clone();
        let work = execute::execute(&self.link.client, prepared, params);
        let result = self.held(self.until(), &settings, work).await;
        self.dropped(prepared.as_text && !params.is_empty(), result).await
    }

    /// Without what was prepared under a name of planwise's own, if something was.
    async fn dropped<T>(&self, something: bool, result: Result<T, DbError>) -> Result<T, DbError> {
        match (something, result) {
            (true, Ok(value)) => {
                setup::drop_prepared(&self.link.client).await?;
                Ok(value)
            }
            (_, result) => result,
        }
    }

    pub(super) async fn explain_now(
        &mut self,
        sql: &str,
        params: &[Option<String>],
        mode: ExplainMode,
    ) -> Result<Explained, DbError> {
        let settings = std::mem::take(&mut self.next_settings);
        let purpose = match mode {
            ExplainMode::Analyze => Purpose::Run,
            ExplainMode::Estimate => Purpose::Plan,
        };
        if mode == ExplainMode::Analyze && self.options.access == Access::ReadOnly {
            access::refuse_write(sql)?;
        }
        self.screen(sql, &settings, purpose).await?;
        let sql = &match mode {
            ExplainMode::Estimate => self.planned_calls.kept_apart(&self.link.client, sql).await?,
            ExplainMode::Analyze => sql.to_owned(),
        };
        let parameters = self.parameters(sql, &settings).await?;
        let (version, parameters) = (self.version, &parameters);
        let request = explain::Request { sql, params, mode, version, parameters };
        let work = explain::run(&self.link.client, request);
        match (self.until(), mode) {
            (None, ExplainMode::Estimate) if settings.is_empty() => work.await,
            // Planning a write writes nothing.
            (_, ExplainMode::Estimate) => self.held(Some(Until::ReadOnly), &settings, work).await,
            (until, ExplainMode::Analyze) => self.held(until, &settings, work).await,
        }
    }

    pub(super) async fn explain_as_if_now(
        &mut self,
        statements: &[String],
        queries: &[AskedQuery<'_>],
    ) -> Result<Vec<Plan>, DbError> {
        let mut known = Vec::new();
        for query in queries {
            let settings = query.settings.to_vec();
            self.screen(query.sql, &settings, Purpose::Plan).await?;
            known.push(self.parameters(query.sql, &settings).await?);
        }
        let (client, version) = (&self.link.client, self.version);
        let work = async {
            for statement in statements {
                query::run(client, statement).await?;
            }
            let mut plans = Vec::new();
            for (asked, parameters) in queries.iter().zip(&known) {
                let (sql, params, mode) = (asked.sql, asked.params, ExplainMode::Estimate);
                let request = explain::Request { sql, params, mode, version, parameters };
                let plan = undone_since_here(client, asked.settings, explain::run(client, request));
                plans.push(plan.await?.plan);
            }
            Ok(plans)
        };
        undone(client, Until::RolledBack, &[], work).await
    }

    async fn parameters(&mut self, sql: &str, settings: &Settings) -> Result<Parameters, DbError> {
        let written = (sql.to_owned(), settings.clone());
        if let Some(known) = self.explained.get(&written) {
            return Ok(known.clone());
        }
        let (statement, types) = self.parse(sql, settings).await?;
        let parameters = Parameters { count: statement.params().len(), types };
        self.explained.insert(written, parameters.clone());
        Ok(parameters)
    }

    pub(super) async fn answer_now(
        &mut self,
        sql: &str,
        params: &[Option<String>],
        most: usize,
    ) -> Result<Answer, DbError> {
        let settings = std::mem::take(&mut self.next_settings);
        self.screen(sql, &settings, Purpose::Run).await?;
        let types = self.parse(sql, &settings).await?.1;
        let work = answer::read(&self.link.client, sql, &types, params, most);
        let result = self.held(self.until(), &settings, work).await;
        self.dropped(true, result).await
    }
}

fn foreign_statement() -> DbError {
    DbError::new(DbErrorKind::Statement, "the statement was prepared on another session")
}
