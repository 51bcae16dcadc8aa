//! `pg_stat_statements`, in every version: its columns are read by name, because they were renamed and grew in number.

use super::digests::{Row, digest, moments, ns, number, text};
use crate::engine::{DbError, DbErrorKind, Session};
use crate::sql::Dialect;
use crate::trace::{Durations, QueryDigest};

/// Figures that are kept as they are, where the version has them.
const FIGURES: [&str; 22] = [
    "plans",
    "total_plan_time",
    "mean_plan_time",
    "shared_blks_hit",
    "shared_blks_read",
    "shared_blks_dirtied",
    "shared_blks_written",
    "local_blks_read",
    "temp_blks_read",
    "temp_blks_written",
    "blk_read_time",
    "blk_write_time",
    "shared_blk_read_time",
    "shared_blk_write_time",
    "temp_blk_read_time",
    "temp_blk_write_time",
    "wal_records",
    "wal_fpi",
    "wal_bytes",
    "jit_functions",
    "jit_generation_time",
    "jit_emission_time",
];
const BLOCK: f64 = 8192.0;

async fn schema(session: &mut dyn Session) -> Result<Option<String>, DbError> {
    let schema = "SELECT quote_ident(n.nspname) FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace \
                  WHERE e.extname = 'pg_stat_statements'";
    Ok(session.query_text(schema).await?.into_iter().flatten().next())
}

/// Seconds since 1970 of the view's last reset, and now; versions before 14 do not tell the one.
pub async fn span(session: &mut dyn Session) -> Result<Option<(f64, f64)>, DbError> {
    let Some(schema) = schema(session).await? else { return Ok(None) };
    let sql = format!(
        "SELECT (EXTRACT(epoch FROM stats_reset)::float8 || ' ' || EXTRACT(epoch FROM pg_catalog.clock_timestamp())::float8) \
         FROM {schema}.pg_stat_statements_info"
    );
    moments(session, &sql).await
}

pub async fn read(
    session: &mut dyn Session,
    dialect: &dyn Dialect,
    top: usize,
) -> Result<Vec<QueryDigest>, DbError> {
    let Some(schema) = schema(session).await? else {
        let message = "this database has no extension pg_stat_statements, so the server's own statistics of statements cannot be read";
        return Err(DbError::new(DbErrorKind::Unsupported, message).with_remedy(
            "put pg_stat_statements into shared_preload_libraries, restart, and run CREATE EXTENSION pg_stat_statements; \
             or capture a log: planwise capture LOG -o FILE.workload; or watch what sessions do: planwise capture --db URL --observe SECONDS",
        ));
    };
    // Sorted by whichever name the column has in this version.
    let sql = format!(
        "SELECT pg_catalog.to_jsonb(s)::text FROM {schema}.pg_stat_statements s \
         JOIN pg_catalog.pg_database d ON d.oid = s.dbid \
         WHERE d.datname = pg_catalog.current_database() AND s.query IS NOT NULL \
         AND s.query NOT LIKE '%pg_catalog.%' AND s.query NOT LIKE '%pg_stat_statements%' \
         AND s.query NOT LIKE '<insufficient privilege>%' \
         ORDER BY COALESCE((pg_catalog.to_jsonb(s) ->> 'total_exec_time')::float8, (pg_catalog.to_jsonb(s) ->> 'total_time')::float8) \
         DESC NULLS LAST LIMIT {top}"
    );
    let rows = session.query_text(&sql).await?;
    let rows = rows.into_iter().flatten().filter_map(|row| serde_json::from_str::<Row>(&row).ok());
    Ok(rows.filter_map(|row| of_row(&row, dialect)).collect())
}

fn of_row(row: &Row, dialect: &dyn Dialect) -> Option<QueryDigest> {
    let query = text(row, "query")?;
    let time = |name: &str| {
        number(row, &format!("{name}_exec_time")).or_else(|| number(row, &format!("{name}_time")))
    };
    let calls = number(row, "calls")? as u64;
    let durations = Durations::told(
        calls,
        ns(time("total")?),
        ns(time("min").unwrap_or(0.0)),
        ns(time("max").unwrap_or(0.0)),
        time("stddev").unwrap_or(0.0),
    );
    let mut digest = digest(query, dialect, calls, durations);
    digest.rows = number(row, "rows").unwrap_or(0.0) as u64;
    digest.rows_told = calls;
    digest.parse_ns = ns(number(row, "total_plan_time").unwrap_or(0.0));
    digest.temporary_bytes = (number(row, "temp_blks_written").unwrap_or(0.0) * BLOCK) as u64;
    for name in FIGURES {
        if let Some(figure) = number(row, name).filter(|figure| *figure != 0.0) {
            digest.figures.insert(name.to_owned(), figure);
        }
    }
    Some(digest)
}
