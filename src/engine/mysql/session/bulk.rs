//! Rows from the client into a table.

use std::io::Read;

use futures_util::{StreamExt, stream};
use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use tokio::sync::mpsc::{Sender, channel};

use crate::engine::mysql::failure;
use crate::engine::{DbError, DbErrorKind};

const CHUNK: usize = 1 << 16;

/// Runs a LOAD DATA LOCAL statement; the server asks for its file, and gets `data` whatever its name.
pub async fn copy_in(
    conn: &mut Conn,
    statement: &str,
    data: &mut (dyn Read + Send),
) -> Result<u64, DbError> {
    let (sender, receiver) = channel(4);
    let chunks = stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|chunk| (chunk, receiver))
    });
    conn.set_infile_handler(async move { Ok(chunks.boxed()) });
    let loading = async {
        let result = conn.query_iter(statement).await?;
        let rows = result.affected_rows();
        result.drop_result().await.map(|()| rows)
    };
    let (loaded, fed) = tokio::join!(loading, feed(data, sender));
    let rows = loaded.map_err(failure::of_statement)?;
    fed.map(|()| rows)
}

/// Reads until the end, or until the server has stopped listening because of an error of its own.
async fn feed(
    data: &mut (dyn Read + Send),
    sender: Sender<std::io::Result<bytes::Bytes>>,
) -> Result<(), DbError> {
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = data.read(&mut chunk).map_err(|error| {
            DbError::new(DbErrorKind::Statement, format!("cannot read on: {error}"))
        })?;
        let bytes = bytes::Bytes::copy_from_slice(chunk.get(..read).unwrap_or_default());
        if read == 0 || sender.send(Ok(bytes)).await.is_err() {
            return Ok(());
        }
    }
}
