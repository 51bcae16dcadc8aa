//! Work that leaves nothing behind.

use std::future::Future;

use tokio_postgres::Client;

use super::query;
use crate::engine::DbError;

/// Runs `work` in a transaction that is rolled back. Neither BEGIN nor ROLLBACK is inside `work`, so neither is timed.
pub async fn undone<T>(
    client: &Client,
    work: impl Future<Output = Result<T, DbError>> + Send,
) -> Result<T, DbError> {
    query::run(client, "BEGIN").await?;
    let result = work.await;
    let rolled_back = query::run(client, "ROLLBACK").await;
    match result {
        Ok(value) => rolled_back.map(|()| value),
        Err(error) => Err(error),
    }
}
