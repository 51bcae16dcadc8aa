//! What planwise's own work may do for a moment that a workload's statements may not: write, and take longer.

use std::future::Future;

use super::postgres_session::PostgresSession;
use super::setup;
use crate::engine::{Access, DbError};

impl PostgresSession {
    pub(super) async fn assert_access(&self) -> Result<(), DbError> {
        if self.options.access == Access::ReadOnly {
            setup::set(&self.link.client, "default_transaction_read_only", "on").await?;
        }
        Ok(())
    }

    /// Lets `work` take longer than a statement of a workload may.
    pub(super) async fn unlimited<T>(
        &self,
        work: impl Future<Output = Result<T, DbError>> + Send,
    ) -> Result<T, DbError> {
        let client = &self.link.client;
        setup::set(client, "statement_timeout", "0").await?;
        let result = work.await;
        let restored = setup::limit_statements(client, &self.options).await;
        result.and_then(|value| restored.map(|()| value))
    }

    pub(super) async fn allow_writes(&self) -> Result<(), DbError> {
        if self.options.access == Access::ReadOnly {
            setup::set(&self.link.client, "default_transaction_read_only", "off").await?;
        }
        Ok(())
    }

    /// Lets `work` write although the session may be read-only.
    pub(super) async fn writing<T>(
        &self,
        work: impl Future<Output = Result<T, DbError>> + Send,
    ) -> Result<T, DbError> {
        self.allow_writes().await?;
        let result = work.await;
        let restored = self.assert_access().await;
        result.and_then(|value| restored.map(|()| value))
    }
}
