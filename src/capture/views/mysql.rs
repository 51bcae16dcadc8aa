//! `performance_schema.events_statements_summary_by_digest`, with the server's own sample of each where it keeps one.

use super::digests::{Row, digest, moments, number, text};
use crate::engine::{DbError, DbErrorKind, Session};
use crate::sql::Dialect;
use crate::trace::{Durations, ErrorClass, QueryDigest, Sample};

const COLUMNS: &str = "'DIGEST_TEXT', DIGEST_TEXT, 'COUNT_STAR', COUNT_STAR, 'SUM_TIMER_WAIT', SUM_TIMER_WAIT, \
    'MIN_TIMER_WAIT', MIN_TIMER_WAIT, 'MAX_TIMER_WAIT', MAX_TIMER_WAIT, 'SUM_LOCK_TIME', SUM_LOCK_TIME, 'SUM_ERRORS', SUM_ERRORS, \
    'SUM_ROWS_SENT', SUM_ROWS_SENT, 'SUM_ROWS_AFFECTED', SUM_ROWS_AFFECTED, 'SUM_ROWS_EXAMINED', SUM_ROWS_EXAMINED, \
    'SUM_CREATED_TMP_DISK_TABLES', SUM_CREATED_TMP_DISK_TABLES, 'SUM_NO_INDEX_USED', SUM_NO_INDEX_USED";

/// Seconds since 1970 of the first statement that the view remembers, and now.
pub async fn span(session: &mut dyn Session) -> Result<Option<(f64, f64)>, DbError> {
    let sql = "SELECT CONCAT(UNIX_TIMESTAMP(MIN(FIRST_SEEN)), ' ', UNIX_TIMESTAMP(NOW(6))) \
               FROM performance_schema.events_statements_summary_by_digest";
    moments(session, sql).await
}

pub async fn read(
    session: &mut dyn Session,
    dialect: &dyn Dialect,
    top: usize,
) -> Result<Vec<QueryDigest>, DbError> {
    let rest = format!(
        "FROM performance_schema.events_statements_summary_by_digest WHERE SCHEMA_NAME = DATABASE() AND DIGEST_TEXT IS NOT NULL \
         ORDER BY SUM_TIMER_WAIT DESC LIMIT {top}"
    );
    let enabled = session.query_text("SELECT @@performance_schema").await?;
    if enabled.first() != Some(&Some("1".to_owned())) {
        let message = "performance_schema is off, so the server's own statistics of statements cannot be read";
        return Err(DbError::new(DbErrorKind::Unsupported, message).with_remedy(
            "start the server with performance_schema=ON; or capture the slow log: planwise capture LOG -o FILE.workload",
        ));
    }
    // MySQL 8 keeps a sample of each; MariaDB has no such column.
    let with_sample =
        format!("SELECT JSON_OBJECT({COLUMNS}, 'QUERY_SAMPLE_TEXT', QUERY_SAMPLE_TEXT) {rest}");
    let rows = match session.query_text(&with_sample).await {
        Ok(rows) => rows,
        Err(error) if error.ends_session() => return Err(error),
        Err(_) => session.query_text(&format!("SELECT JSON_OBJECT({COLUMNS}) {rest}")).await?,
    };
    let rows = rows.into_iter().flatten().filter_map(|row| serde_json::from_str::<Row>(&row).ok());
    Ok(rows.filter_map(|row| of_row(&row, dialect)).collect())
}

/// The server counts picoseconds.
fn ns(picoseconds: Option<f64>) -> u64 {
    (picoseconds.unwrap_or(0.0) / 1e3).max(0.0) as u64
}

fn of_row(row: &Row, dialect: &dyn Dialect) -> Option<QueryDigest> {
    let calls = number(row, "COUNT_STAR")? as u64;
    let durations = Durations::told(
        calls,
        ns(number(row, "SUM_TIMER_WAIT")),
        ns(number(row, "MIN_TIMER_WAIT")),
        ns(number(row, "MAX_TIMER_WAIT")),
        0.0,
    );
    let mut digest = digest(text(row, "DIGEST_TEXT")?, dialect, calls, durations);
    let figure = |name: &str| number(row, name).unwrap_or(0.0);
    digest.rows = (figure("SUM_ROWS_SENT") + figure("SUM_ROWS_AFFECTED")) as u64;
    digest.rows_told = calls;
    digest.lock_wait_ns = ns(number(row, "SUM_LOCK_TIME"));
    digest.temporary_files = figure("SUM_CREATED_TMP_DISK_TABLES") as u64;
    for (name, column) in
        [("rows_examined", "SUM_ROWS_EXAMINED"), ("no_index_used", "SUM_NO_INDEX_USED")]
    {
        digest.figures.insert(name.to_owned(), figure(column));
    }
    let errors = figure("SUM_ERRORS") as u64;
    if errors > 0 {
        digest
            .errors
            .insert("(any)".to_owned(), ErrorClass { count: errors, message: String::new() });
    }
    // A sample that was cut off is none.
    let sample = text(row, "QUERY_SAMPLE_TEXT")
        .filter(|sample| !sample.ends_with("...") && !sample.is_empty());
    if let Some(sample) = sample {
        digest.samples.drawn.push(Sample { text: sample.to_owned(), ..Sample::default() });
    }
    Some(digest)
}
