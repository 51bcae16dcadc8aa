//! Work that leaves nothing behind: what it changes and what it sets ends with its transaction.

use std::future::Future;

use tokio_postgres::Client;

use super::{query, setup};
use crate::engine::{DbError, DbErrorKind};

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

/// Runs `work` in a transaction that is rolled back, under settings that end with it. Neither its start nor its end is
/// inside `work`, so neither is timed.
pub async fn undone<T>(
    client: &Client,
    until: Until,
    settings: &[(String, String)],
    work: impl Future<Output = Result<T, DbError>> + Send,
) -> Result<T, DbError> {
    let result = match start(client, until, settings).await {
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

/// Inside a transaction: runs `work` under settings that end with it, whatever else the transaction has done.
pub async fn undone_since_here<T>(
    client: &Client,
    settings: &[(String, String)],
    work: impl Future<Output = Result<T, DbError>> + Send,
) -> Result<T, DbError> {
    if settings.is_empty() {
        return work.await;
    }
    let local = setup::local(settings);
    query::run(client, &format!("SAVEPOINT planwise_here; SELECT {local}")).await?;
    let value = work.await?;
    query::run(client, "ROLLBACK TO planwise_here; RELEASE planwise_here").await?;
    Ok(value)
}

async fn start(
    client: &Client,
    until: Until,
    settings: &[(String, String)],
) -> Result<(), DbError> {
    if settings.is_empty() {
        return query::run(client, until.start()).await;
    }
    let local = setup::local(settings);
    let set = query::run(client, &format!("{}; SELECT {local}", until.start())).await;
    set.map_err(|error| match error.ends_session() {
        true => error,
        false => {
            let names: Vec<&str> = settings.iter().map(|(name, _)| name.as_str()).collect();
            let message =
                format!("what was SET above it ({}): {}", names.join(", "), error.message);
            DbError { kind: DbErrorKind::Statement, message, ..error }
        }
    })
}
