//! One side's connection while queries are measured.

use std::time::Duration;

use super::samples::Timed;
use crate::engine::{DbError, DbErrorKind, Execution, PreparedId, Session, answered};
use crate::run::{Processor, Target};
use crate::workload::Query;

/// One side's connection. It is replaced before each block: a server process that happens to share its
/// core with somebody busy would otherwise slow down one side for the whole measurement.
pub struct SideConnection<'a> {
    pub target: &'a Target,
    session: Box<dyn Session>,
    prepared: Vec<Option<PreparedId>>,
    /// Of the server's process, where it can be asked.
    pub processor: Option<Processor>,
}

impl<'a> SideConnection<'a> {
    pub async fn open(target: &'a Target, queries: usize) -> Result<SideConnection<'a>, DbError> {
        let mut session = target.connect().await?;
        let process = answered(&target.options, session.process()).await?;
        let processor = process.and_then(Processor::of);
        Ok(SideConnection { target, session, prepared: vec![None; queries], processor })
    }

    pub async fn replace(&mut self) -> Result<(), DbError> {
        *self = SideConnection::open(self.target, self.prepared.len()).await?;
        Ok(())
    }

    pub async fn execute(
        &mut self,
        position: usize,
        query: &Query,
        set: usize,
    ) -> Result<Timed, DbError> {
        let statement = match self.prepared[position] {
            Some(statement) => statement,
            None => {
                self.session.under(&query.settings);
                let statement = self.session.prepare(&query.sql).await?;
                self.prepared[position] = Some(statement);
                statement
            }
        };
        let none = Vec::new();
        let params = query.params.get(set).unwrap_or(&none);
        let before = self.waited();
        let execution = self.session.execute(statement, params).await?;
        let both = before.zip(self.waited());
        let waited = both.map_or(Duration::ZERO, |(before, now)| now.saturating_sub(before));
        Ok(Timed { execution, waited, cut: false })
    }

    /// As [`SideConnection::execute`], cut off by the server after `limit`: on a connection of its own, since a server knows limits of
    /// sessions only. What was cut off took `limit` at least.
    pub async fn execute_within(
        &self,
        query: &Query,
        set: usize,
        limit: Duration,
    ) -> Result<Timed, DbError> {
        let mut target = self.target.clone();
        target.options.statement_timeout = limit;
        let mut side = SideConnection::open(&target, 1).await?;
        match side.execute(0, query, set).await {
            Err(error) if error.kind == DbErrorKind::Timeout => {
                let execution = Execution { elapsed: limit, rows: 0 };
                Ok(Timed { execution, waited: Duration::ZERO, cut: true })
            }
            outcome => outcome,
        }
    }

    fn waited(&self) -> Option<Duration> {
        self.processor.as_ref()?.waited()
    }
}
