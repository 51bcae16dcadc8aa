//! Statements by the simple protocol: no parameters, every value as text.

use futures_util::TryStreamExt;
use serde::de::DeserializeOwned;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::engine::postgres::failure;
use crate::engine::{DbError, DbErrorKind};

/// Rows of text.
pub type TextRow = Vec<Option<String>>;

/// Runs `sql` and forgets what it returns.
pub async fn run(client: &Client, sql: &str) -> Result<(), DbError> {
    client.batch_execute(sql).await.map_err(|error| failure::of_statement(&error))
}

/// Every row, every column as text.
pub async fn rows(client: &Client, sql: &str) -> Result<Vec<TextRow>, DbError> {
    let messages = client.simple_query(sql).await.map_err(|error| failure::of_statement(&error))?;
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => {
            Some((0..row.len()).map(|i| row.try_get(i).ok().flatten().map(str::to_owned)).collect())
        }
        _ => None,
    });
    Ok(rows.collect())
}

/// The only value of the only row, if there is one.
pub async fn value(client: &Client, sql: &str) -> Result<Option<String>, DbError> {
    let rows = rows(client, sql).await?;
    Ok(rows.into_iter().next().and_then(|row| row.into_iter().next()).flatten())
}

/// Reads to the end without keeping anything. Rows returned, or rows changed when none came back.
pub async fn drain(client: &Client, sql: &str) -> Result<u64, tokio_postgres::Error> {
    let stream = client.simple_query_raw(sql).await?;
    let mut stream = std::pin::pin!(stream);
    let (mut returned, mut affected) = (0, 0);
    while let Some(message) = stream.try_next().await? {
        match message {
            SimpleQueryMessage::Row(_) => returned += 1,
            SimpleQueryMessage::CommandComplete(count) => affected = count,
            _ => {}
        }
    }
    Ok(returned.max(affected))
}

/// As [`drain`], for callers that do not care about rows: a script's `SELECT` may return many.
pub async fn drain_all(client: &Client, sql: &str) -> Result<(), DbError> {
    drain(client, sql).await.map(|_| ()).map_err(|error| failure::of_statement(&error))
}

/// Every row as a value of `T`, by way of the server's own JSON.
pub async fn json_rows<T: DeserializeOwned>(client: &Client, sql: &str) -> Result<Vec<T>, DbError> {
    let rows = rows(client, &format!("SELECT row_to_json(q) FROM ({sql}) q")).await?;
    let texts = rows.into_iter().filter_map(|row| row.into_iter().next().flatten());
    texts.map(|text| serde_json::from_str(&text).map_err(|error| misread(&error))).collect()
}

/// Runs `reading`, queries over the catalog, with the planner's compiler off: compiling them takes longer than running
/// them, three tenths of a second for what takes two hundredths. The session is left as it was.
pub async fn uncompiled<T>(
    client: &Client,
    reading: impl Future<Output = Result<T, DbError>>,
) -> Result<T, DbError> {
    let compiling = "SELECT pg_catalog.current_setting('jit', true)";
    if value(client, compiling).await?.is_none_or(|jit| jit != "on") {
        return reading.await;
    }
    run(client, "SELECT pg_catalog.set_config('jit', 'off', false)").await?;
    let result = reading.await;
    if result.as_ref().is_err_and(DbError::ends_session) {
        return result;
    }
    let restored = run(client, "SELECT pg_catalog.set_config('jit', 'on', false)").await;
    // Within a transaction that failed this fails too, and its end takes the setting back.
    let result = result?;
    restored.map(|_| result)
}

fn misread(error: &serde_json::Error) -> DbError {
    DbError::new(
        DbErrorKind::Unsupported,
        format!("the server's catalog has an unknown form: {error}"),
    )
}
