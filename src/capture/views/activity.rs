//! What a server's sessions are doing right now: `pg_stat_activity`, or the process list.

use std::time::Duration;

use super::digests::{Row, number, text};
use super::sampled::{Sampled, Sighting};
use crate::engine::{DbError, DbErrorKind, Engine, Session};
use crate::trace::Summary;

/// Two looks are this far apart, if a look does not take longer.
const INTERVAL: Duration = Duration::from_millis(50);

/// A session that is idle still shows its last statement, and when it ended.
const POSTGRES: &str = "SELECT pg_catalog.json_build_object(\
    'pid', a.pid, 'start', a.query_start, 'query', a.query, 'state', a.state, 'db', a.datname, 'user', a.usename, \
    'app', a.application_name, 'wait', a.wait_event_type, 'limit', pg_catalog.pg_size_bytes(pg_catalog.current_setting('track_activity_query_size')), \
    'ms', 1000 * EXTRACT(EPOCH FROM CASE WHEN a.state = 'active' THEN pg_catalog.clock_timestamp() ELSE a.state_change END - a.query_start))::text \
    FROM pg_catalog.pg_stat_activity a WHERE a.datname = pg_catalog.current_database() AND a.pid <> pg_catalog.pg_backend_pid() \
    AND a.backend_type = 'client backend' AND a.query <> '' AND a.query_start IS NOT NULL AND a.state IS NOT NULL \
    UNION ALL SELECT pg_catalog.json_build_object('hidden', pg_catalog.count(*))::text FROM pg_catalog.pg_stat_activity h \
    WHERE h.datname = pg_catalog.current_database() AND h.query = '<insufficient privilege>'";

/// The number of a query is its own on MariaDB; MySQL's list has none, and no milliseconds.
const MARIADB: &str = "SELECT JSON_OBJECT('pid', ID, 'start', QUERY_ID, 'query', INFO, 'state', 'active', 'db', DB, 'user', USER, \
    'app', '', 'wait', IF(STATE LIKE 'Waiting for%lock%', 'Lock', ''), 'limit', 0, 'ms', TIME_MS) \
    FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND ID <> CONNECTION_ID() AND COMMAND IN ('Query', 'Execute') AND INFO IS NOT NULL";

/// Where what sessions do is told, for the notes.
fn origin(engine: &dyn Engine) -> &'static str {
    match engine.name() {
        "postgres" => "pg_stat_activity",
        _ => "the process list",
    }
}

/// Looks again and again for as long as `goes_on` says how much time is left.
pub async fn watch(
    session: &mut dyn Session,
    engine: &'static dyn Engine,
    mut goes_on: impl FnMut() -> bool,
) -> Result<Summary, DbError> {
    let sql = match engine.name() {
        "postgres" => POSTGRES,
        _ => MARIADB,
    };
    let mut sampled = Sampled::new(engine.dialect());
    let started = tokio::time::Instant::now();
    let mut ticks = tokio::time::interval(INTERVAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while goes_on() {
        ticks.tick().await;
        let rows = session.query_text(sql).await?;
        let rows: Vec<Row> = rows
            .into_iter()
            .flatten()
            .filter_map(|row| serde_json::from_str::<Row>(&row).ok())
            .collect();
        let hidden = rows.iter().filter_map(|row| number(row, "hidden")).sum::<f64>() as u64;
        sampled.hidden = sampled.hidden.max(hidden);
        sampled.look(rows.iter().filter_map(sighting).collect());
    }
    let hidden = sampled.hidden;
    let summary = sampled.summary(engine.name(), origin(engine), started.elapsed());
    if summary.statements == 0 {
        let mut message =
            format!("no statement was seen in the time that {} was watched", origin(engine));
        if hidden > 0 {
            message += &format!("; those of {hidden} sessions are hidden from this login");
        }
        return Err(DbError::new(DbErrorKind::Unsupported, message).with_remedy(
            "watch for longer, while the application runs, as a login that may see its statements",
        ));
    }
    Ok(summary)
}

fn sighting(row: &Row) -> Option<Sighting> {
    let query = text(row, "query")?;
    if query == "<insufficient privilege>" || query.trim().is_empty() {
        return None;
    }
    let limit = number(row, "limit").unwrap_or(0.0) as usize;
    let started = row.get("start")?.to_string();
    let word = |name: &str| text(row, name).unwrap_or_default().to_owned();
    Some(Sighting {
        execution: format!("{}@{started}", number(row, "pid")? as u64),
        text: query.to_owned(),
        // The server keeps one byte for itself, and no half of a character.
        cut_off: limit > 0 && query.len() + 4 >= limit,
        ran: Duration::from_secs_f64(number(row, "ms").unwrap_or(0.0).max(0.0) / 1e3),
        running: text(row, "state") == Some("active"),
        database: word("db"),
        user: word("user"),
        application: word("app"),
        waits: text(row, "wait") == Some("Lock"),
    })
}
