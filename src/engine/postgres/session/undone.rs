//! Work that leaves nothing behind: what it changes and what it sets ends with its transaction.

use std::future::Future;

use tokio_postgres::Client;

use super::{query, setup};
use crate::engine::DbError;

/// What the transaction around the work may do before it is rolled back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Write.
    RolledBack,
    /// Read. The query takes the transaction's snapshot: after it the server refuses to make the transaction one
    /// that writes, whoever asks.
    ReadOnly,
}

impl Until {
    fn start(self) -> &'static str {
        match self {
            Until::RolledBack => "BEGIN TRANSACTION READ WRITE",
            Until::ReadOnly => "BEGIN TRANSACTION READ ONLY; SELECT 1",
        }
    }
}

/// Runs `work` in a transaction that is rolled back. Neither its start nor its end is inside `work`, so neither is timed.
pub async fn undone<T>(
    client: &Client,
    until: Until,
    work: impl Future<Output = Result<T, DbError>> + Send,
) -> Result<T, DbError> {
    let result = match query::run(client, until.start()).await {
        Ok(()) => work.await,
        Err(error) => Err(error),
    };
    let rolled_back = query::run(client, "ROLLBACK").await;
    match result {
        Ok(value) => rolled_back.map(|()| value),
        Err(error) => {
            // In a failed transaction they could not be dropped.
            if rolled_back.is_ok() {
                setup::drop_prepared(client).await?;
            }
            Err(error)
        }
    }
}
