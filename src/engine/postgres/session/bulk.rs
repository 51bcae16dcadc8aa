//! Streaming data into COPY … FROM stdin.

use std::io::Read;

use bytes::Bytes;
use futures_util::SinkExt;
use tokio_postgres::{Client, CopyInSink};

use crate::engine::postgres::failure;
use crate::engine::{DbError, DbErrorKind};

/// Large enough that the round trips do not count, small enough to stay in the cache.
const CHUNK: usize = 256 * 1024;

pub type Sink = std::pin::Pin<Box<CopyInSink<Bytes>>>;

/// Starts `statement`, which must be a COPY from its client.
pub async fn start(client: &Client, statement: &str) -> Result<Sink, DbError> {
    let sink = client.copy_in(statement).await.map_err(|error| failure::of_statement(&error))?;
    Ok(Box::pin(sink))
}

pub async fn send(sink: &mut Sink, chunk: Bytes) -> Result<(), DbError> {
    sink.send(chunk).await.map_err(|error| failure::of_statement(&error))
}

/// The rows that the server took.
pub async fn finish(sink: &mut Sink) -> Result<u64, DbError> {
    sink.as_mut().finish().await.map_err(|error| failure::of_statement(&error))
}

pub async fn copy_in(
    client: &Client,
    statement: &str,
    data: &mut (dyn Read + Send),
) -> Result<u64, DbError> {
    let mut sink = start(client, statement).await?;
    let mut buffer = vec![0; CHUNK];
    loop {
        let length = data.read(&mut buffer).map_err(|error| unreadable(&error))?;
        let Some(chunk) = buffer.get(..length).filter(|chunk| !chunk.is_empty()) else { break };
        send(&mut sink, Bytes::copy_from_slice(chunk)).await?;
    }
    finish(&mut sink).await
}

/// Dropping the sink makes the server abandon the COPY.
fn unreadable(error: &std::io::Error) -> DbError {
    DbError::new(DbErrorKind::Statement, format!("the data to load cannot be read: {error}"))
}
