//! A script, statement by statement, on one connection.

use std::io::BufRead;

use indicatif::ProgressBar;
use mysql_async::Conn;
use mysql_async::prelude::Queryable;

use super::definer;
use super::splitter::{Splitter, Statement};
use crate::bounded;
use crate::engine::mysql::failure;
use crate::engine::{DbError, DbErrorKind, LoadError, LoadReport};

/// Commands of the client that are not understood here.
const CLIENT_COMMANDS: [&str; 5] = ["source", "\\.", "system", "\\!", "tee"];

/// Runs everything in `source`. A transaction that the script leaves open is rolled back when the
/// session is next set up, as it is when the client ends.
pub async fn load(
    conn: &mut Conn,
    source: &mut (dyn BufRead + Send),
    name: &str,
    progress: &ProgressBar,
) -> Result<LoadReport, LoadError> {
    let mut report = LoadReport::default();
    let mut splitter = Splitter::default();
    let (mut line, mut number, mut ready) = (Vec::new(), 0, Vec::new());
    loop {
        line.clear();
        let unreadable = |line, source| LoadError::Read { name: name.to_owned(), line, source };
        let most = bounded::LONGEST_STATEMENT;
        let read = bounded::read_line(source, &mut line, most)
            .map_err(|source| unreadable(number + 1, source))?;
        if read == 0 {
            break;
        }
        number += 1;
        report.bytes += read as u64;
        progress.inc(read as u64);
        splitter.feed(&line, number, &mut ready);
        if let Some(error) = bounded::endless(splitter.pending()) {
            return Err(unreadable(number, error));
        }
        for statement in ready.drain(..) {
            run(conn, statement, name, &mut report).await?;
        }
    }
    let last = splitter.finish().map_err(|(what, line)| LoadError::Unfinished {
        name: name.to_owned(),
        line,
        what: what.to_owned(),
    })?;
    if let Some(statement) = last {
        run(conn, statement, name, &mut report).await?;
    }
    Ok(report)
}

async fn run(
    conn: &mut Conn,
    statement: Statement,
    name: &str,
    report: &mut LoadReport,
) -> Result<(), LoadError> {
    let head = head(&statement.text);
    refuse_client_command(&head, name, statement.line)?;
    let adds_rows = adds_rows(&head);
    let outcome = execute(conn, &definer::without(&statement.text)).await;
    if let Err(error) = &outcome
        && let Some(reason) = left_out(&head, error)
    {
        report.note(reason, statement.line);
        return Ok(());
    }
    let rows = outcome.map_err(|error| LoadError::Statement {
        name: name.to_owned(),
        line: statement.line,
        statement: head,
        error,
    })?;
    report.statements += 1;
    report.rows += if adds_rows { rows } else { 0 };
    Ok(())
}

/// Why the script goes on without a statement: accounts, settings of the server and its own tables are not for the
/// owner of a throwaway server to change, and nothing that is measured depends on them. Rows that a file of the server
/// was to bring are another matter.
fn left_out(head: &str, error: &DbError) -> Option<String> {
    let denied = matches!(error.kind, DbErrorKind::Permission | DbErrorKind::Authentication);
    let loads =
        head.split_whitespace().next().is_some_and(|word| word.eq_ignore_ascii_case("load"));
    (denied && !loads)
        .then(|| format!("left out, because it takes an administrator: {}", error.message))
}

/// Other statements report rows as well: CREATE SCHEMA reports one.
fn adds_rows(head: &str) -> bool {
    let first = head.split_whitespace().next().unwrap_or_default().to_uppercase();
    matches!(first.as_str(), "INSERT" | "REPLACE" | "LOAD")
}

/// Rows changed by the statement. Rows that it returns are read and forgotten.
async fn execute(conn: &mut Conn, text: &[u8]) -> Result<u64, DbError> {
    if text.contains(&0)
        && std::str::from_utf8(text).is_ok_and(|text| text.trim_matches('\0').is_empty())
    {
        return Err(DbError::new(DbErrorKind::Syntax, "it is binary data, not SQL"));
    }
    let result = conn.query_iter(text).await.map_err(failure::of_statement)?;
    let rows = result.affected_rows();
    result.drop_result().await.map_err(failure::of_statement)?;
    Ok(rows)
}

fn refuse_client_command(head: &str, name: &str, line: u64) -> Result<(), LoadError> {
    let first = head.split_whitespace().next().unwrap_or_default().to_lowercase();
    if !CLIENT_COMMANDS.contains(&first.as_str()) {
        return Ok(());
    }
    Err(LoadError::Refused {
        name: name.to_owned(),
        line,
        command: first,
        reason: "it is a command of the client; load the files one by one instead".to_owned(),
    })
}

/// The first words, for messages.
fn head(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(&text[..text.len().min(200)]).into_owned();
    let words: Vec<&str> = text.split_whitespace().take(6).collect();
    words.join(" ").chars().take(80).collect()
}
