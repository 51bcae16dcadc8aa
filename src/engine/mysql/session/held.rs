//! Running what a workload says under the session's access, and under the settings it was written for.

use super::execute::{Prepared, Until};
use super::mysql_session::{MysqlSession, foreign_statement};
use super::weighed::{self, Basis};
use super::{access, answer, execute, explain, setup};
use crate::engine::mysql::dialect::MysqlDialect;
use crate::engine::mysql::failure;
use crate::engine::{
    Access, Answer, DbError, DbErrorKind, Execution, ExplainMode, Explained, PreparedId,
};
use crate::plan::Plan;
use crate::sql::{Dialect, StatementKind};

impl MysqlSession {
    pub(super) async fn prepare_now(&mut self, sql: &str) -> Result<PreparedId, DbError> {
        let settings = std::mem::take(&mut self.next_settings);
        // First by the server: a mistake in the text is reported as such. Of a write it does not say what writes.
        let prepared = execute::prepare(&mut self.conn, sql).await;
        if prepared.as_ref().err().is_none_or(|error| error.kind == DbErrorKind::ReadOnly) {
            self.screen.check(&mut self.conn, sql, false).await?;
        }
        let statement = prepared.map_err(|error| failure::of_text(error, sql))?;
        self.prepared.push(Prepared { statement, settings });
        Ok(PreparedId(self.prepared.len() - 1))
    }

    /// How the session's access is held, `None` where writes stay.
    pub(super) fn until(&self) -> Option<Until> {
        match self.options.access {
            Access::ReadOnly => Some(Until::ReadOnly),
            Access::Rollback => Some(Until::RolledBack),
            Access::Commit => None,
        }
    }

    pub(super) async fn execute_now(
        &mut self,
        id: PreparedId,
        params: &[Option<String>],
    ) -> Result<Execution, DbError> {
        let until = self.until();
        let prepared = self.prepared.get(id.0).ok_or_else(foreign_statement)?;
        setup::adopt(&mut self.conn, &prepared.settings).await?;
        let result = match until {
            None => execute::execute(&mut self.conn, prepared, params).await,
            Some(until) => {
                execute::begin(&mut self.conn, until).await?;
                let result = execute::execute(&mut self.conn, prepared, params).await;
                let undone = execute::roll_back(&mut self.conn).await;
                result.and_then(|execution| undone.map(|()| execution))
            }
        };
        let abandoned = setup::abandon(&mut self.conn, &prepared.settings).await;
        result.and_then(|execution| abandoned.map(|()| execution))
    }

    pub(super) async fn explain_now(
        &mut self,
        sql: &str,
        params: &[Option<String>],
        mode: ExplainMode,
    ) -> Result<Explained, DbError> {
        let settings = std::mem::take(&mut self.next_settings);
        setup::adopt(&mut self.conn, &settings).await?;
        let result = self.explain_adopted(sql, params, mode).await;
        let abandoned = setup::abandon(&mut self.conn, &settings).await;
        let explained = result.map_err(|error| failure::of_text(error, sql));
        explained.and_then(|explained| abandoned.map(|()| explained))
    }

    pub(super) async fn explain_adopted(
        &mut self,
        sql: &str,
        params: &[Option<String>],
        mode: ExplainMode,
    ) -> Result<Explained, DbError> {
        let shape = MysqlDialect.shape(sql).ok();
        let shape = shape.as_ref();
        let reads = shape.is_some_and(|shape| shape.kind == StatementKind::Read);
        self.screen.check(&mut self.conn, sql, mode == ExplainMode::Estimate).await?;
        let until = match mode {
            // A read-only transaction refuses even the plan of a write.
            ExplainMode::Estimate if reads => Some(Until::ReadOnly),
            ExplainMode::Estimate => Some(Until::RolledBack),
            ExplainMode::Analyze => {
                access::check_analysed(shape, self.options.access)?;
                self.until()
            }
        };
        let Some(until) = until else {
            return explain::run(&mut self.conn, &self.version, sql, shape, params, mode).await;
        };
        execute::begin(&mut self.conn, until).await?;
        let result = explain::run(&mut self.conn, &self.version, sql, shape, params, mode).await;
        let undone = execute::roll_back(&mut self.conn).await;
        result.and_then(|explained| undone.map(|()| explained))
    }

    /// Counted by a run where the statement reads and is quick enough the first time, else expected.
    pub(super) async fn weigh_now(
        &mut self,
        sql: &str,
        params: &[Option<String>],
    ) -> Result<Plan, DbError> {
        let settings = std::mem::take(&mut self.next_settings);
        let shape = MysqlDialect.shape(sql).ok();
        let reads = shape.is_some_and(|shape| shape.kind == StatementKind::Read);
        let basis = self.bases.get(sql).copied();
        if reads && basis != Some(Basis::Expected) {
            self.next_settings.clone_from(&settings);
            let kill = self.kill();
            let counted = self.explain_now(sql, params, ExplainMode::Analyze);
            let outcome = weighed::in_time(counted, kill).await;
            match outcome {
                Ok(explained) => {
                    self.bases.insert(sql.to_owned(), Basis::Counted);
                    return Ok(weighed::weighed(explained.plan));
                }
                Err(error) if error.ends_session() || basis.is_some() => return Err(error),
                Err(error) if error.kind != DbErrorKind::Timeout => return Err(error),
                Err(_) => {}
            }
        }
        self.bases.insert(sql.to_owned(), Basis::Expected);
        self.next_settings = settings;
        let explained = self.explain_now(sql, params, ExplainMode::Estimate).await?;
        Ok(weighed::weighed(explained.plan))
    }

    pub(super) async fn answer_now(
        &mut self,
        sql: &str,
        params: &[Option<String>],
        most: usize,
    ) -> Result<Answer, DbError> {
        let settings = std::mem::take(&mut self.next_settings);
        self.screen.check(&mut self.conn, sql, false).await?;
        setup::adopt(&mut self.conn, &settings).await?;
        let result = match self.until() {
            None => answer::read(&mut self.conn, sql, params, most).await,
            Some(until) => {
                execute::begin(&mut self.conn, until).await?;
                let result = answer::read(&mut self.conn, sql, params, most).await;
                let undone = execute::roll_back(&mut self.conn).await;
                result.and_then(|answer| undone.map(|()| answer))
            }
        };
        let abandoned = setup::abandon(&mut self.conn, &settings).await;
        result.and_then(|answer| abandoned.map(|()| answer))
    }
}
