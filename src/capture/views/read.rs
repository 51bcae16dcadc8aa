//! A server's digests as a capture without events.

use std::collections::HashMap;
use std::path::Path;

use super::{mysql, postgres};
use crate::engine::{DbError, DbErrorKind, Engine, Session};
use crate::trace::{QueryDigest, Summary, TraceError, Writer};

/// The `top` statements by total time of the database that `session` is connected to, of which there is at least one.
pub async fn read(
    session: &mut dyn Session,
    engine: &dyn Engine,
    top: usize,
) -> Result<Summary, DbError> {
    let summary = look(session, engine, top).await?;
    if summary.queries.is_empty() {
        let message = format!("{} holds no statement of this database", summary.origin);
        return Err(DbError::new(DbErrorKind::Unsupported, message).with_remedy(
            "let the application run for a while first, and ask the database that it uses, as a login that may see its statements",
        ));
    }
    Ok(summary)
}

/// As [`read`]; there may be none yet.
pub async fn look(
    session: &mut dyn Session,
    engine: &dyn Engine,
    top: usize,
) -> Result<Summary, DbError> {
    let dialect = engine.dialect();
    let (origin, rows) = match engine.name() {
        "postgres" => ("pg_stat_statements", postgres::read(session, dialect, top).await?),
        _ => ("performance_schema", mysql::read(session, dialect, top).await?),
    };
    let span = match engine.name() {
        "postgres" => postgres::span(session).await?,
        _ => mysql::span(session).await?,
    };
    let mut summary = Summary {
        engine: engine.name().to_owned(),
        origin: origin.to_owned(),
        ..Summary::default()
    };
    add(&mut summary, rows);
    if let Some((from, to)) = span {
        summary.seen((from * 1e6) as i64, (to * 1e6) as i64);
    }
    summary.note(format!(
        "The figures are those of {origin} since its last reset: no single executions, sessions or percentiles."
    ));
    Ok(summary)
}

/// Rows of one fingerprint become one query.
pub(super) fn add(summary: &mut Summary, rows: Vec<QueryDigest>) {
    let mut known: HashMap<String, usize> = HashMap::new();
    for row in rows {
        summary.statements += row.calls;
        summary.duration_ns += row.durations.sum_ns;
        summary.temporary_files += row.temporary_files;
        summary.temporary_bytes += row.temporary_bytes;
        summary.lock_wait_ns += row.lock_wait_ns;
        summary.errors += row.error_count();
        match known.get(&row.fingerprint) {
            Some(at) => summary.queries[*at].add(row),
            None => {
                known.insert(row.fingerprint.clone(), summary.queries.len());
                summary.queries.push(row);
            }
        }
    }
}

pub fn write(summary: &Summary, target: &Path) -> Result<u64, TraceError> {
    Writer::create(target)?.finish(summary)
}
