//! The data of `COPY … FROM stdin` inside a script.

use bytes::{Bytes, BytesMut};
use tokio_postgres::Client;

use super::lines::Lines;
use super::statement::Statement;
use crate::engine::postgres::session::bulk;
use crate::engine::{DbError, LoadError};

const CHUNK: usize = 256 * 1024;

/// Sends lines up to `\.` and returns the rows loaded.
pub async fn copy(
    client: &Client,
    statement: &Statement<'_>,
    line: u64,
    lines: &mut Lines<'_>,
) -> Result<u64, LoadError> {
    let begins = lines.number;
    lines.ended = false;
    let name = lines.name();
    let failed = |error: DbError| LoadError::Statement {
        name: name.to_owned(),
        line: row_number(&error).map_or(line, |row| begins + row),
        statement: statement.head(),
        error,
    };
    let mut sink = bulk::start(client, statement.text).await.map_err(failed)?;
    while let Some(chunk) = next_chunk(lines, line)? {
        bulk::send(&mut sink, chunk).await.map_err(failed)?;
    }
    bulk::finish(&mut sink).await.map_err(failed)
}

/// As many whole lines as fit, or `None` after the end mark.
fn next_chunk(lines: &mut Lines<'_>, begun: u64) -> Result<Option<Bytes>, LoadError> {
    if lines.ended {
        return Ok(None);
    }
    let mut chunk = BytesMut::with_capacity(CHUNK + CHUNK / 8);
    let name = lines.name();
    while chunk.len() < CHUNK {
        match lines.next()? {
            Some(line) if is_end_mark(line) => {
                lines.ended = true;
                break;
            }
            Some(line) => chunk.extend_from_slice(line),
            None => {
                let what = "the data of a COPY".to_owned();
                return Err(LoadError::Unfinished { name: name.to_owned(), line: begun, what });
            }
        }
    }
    Ok((!chunk.is_empty()).then(|| chunk.freeze()))
}

fn is_end_mark(line: &[u8]) -> bool {
    line.strip_prefix(br"\.").is_some_and(|rest| rest.trim_ascii().is_empty())
}

/// The server says `COPY t, line 3, column x: …`: the third row of the data.
fn row_number(error: &DbError) -> Option<u64> {
    let detail = error.detail.as_deref()?;
    let (_, after) = detail.split_once(", line ")?;
    let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
    after.get(..digits)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::DbErrorKind;

    #[test]
    fn the_end_mark_stands_alone() {
        assert!(is_end_mark(b"\\.\n") && is_end_mark(b"\\.\r\n") && is_end_mark(b"\\."));
        assert!(!is_end_mark(b"\\.x\n") && !is_end_mark(b" \\.\n") && !is_end_mark(b"1\t\\.\n"));
    }

    #[test]
    fn the_row_comes_from_the_servers_context() {
        let mut error = DbError::new(DbErrorKind::Statement, "invalid input");
        assert_eq!(row_number(&error), None);
        error.detail = Some("COPY film, line 17, column length: \"x\"".into());
        assert_eq!(row_number(&error), Some(17));
    }
}
