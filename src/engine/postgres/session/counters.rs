//! Activity counters of the server and of this database.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use tokio_postgres::Client;

use super::query;
use crate::engine::{Counters, DbError};

/// Where one counter comes from: the view, its column, and the name it has for rules.
type Source = (&'static str, &'static str, &'static str);

/// Every counter, in one table. A view or column that this version does not have gives no counter.
///
/// | name | meaning | from |
/// | --- | --- | --- |
/// | `blks_hit`, `blks_read` | blocks of this database found in, or read into, the server's buffers | `pg_stat_database` |
/// | `blk_read_time`, `blk_write_time` | milliseconds reading and writing blocks, where I/O is timed | `pg_stat_database` |
/// | `temp_files`, `temp_bytes` | temporary files written by this database's queries: spills | `pg_stat_database` |
/// | `deadlocks`, `conflicts` | deadlocks; queries cancelled by recovery | `pg_stat_database` |
/// | `xact_commit`, `xact_rollback` | transactions | `pg_stat_database` |
/// | `tup_returned`, `tup_fetched`, `tup_inserted`, `tup_updated`, `tup_deleted` | rows | `pg_stat_database` |
/// | `sessions`, `session_time`, `active_time`, `idle_in_transaction_time` | sessions begun; milliseconds (14+) | `pg_stat_database` |
/// | `checkpoints_timed`, `checkpoints_req` | checkpoints by the clock, and because WAL grew to `max_wal_size` (or on request) | `pg_stat_bgwriter`; 17+ `pg_stat_checkpointer` |
/// | `checkpoint_write_time`, `checkpoint_sync_time` | milliseconds | the same |
/// | `buffers_checkpoint` | buffers written by checkpoints | the same |
/// | `buffers_clean`, `maxwritten_clean`, `buffers_alloc` | background writer: buffers written, stops at its limit; buffers allocated | `pg_stat_bgwriter` |
/// | `buffers_backend`, `buffers_backend_fsync` | buffers that sessions had to write (and sync) themselves | `pg_stat_bgwriter` to 16 |
/// | `wal_records`, `wal_fpi`, `wal_bytes`, `wal_buffers_full` | write-ahead log: records, full-page images, bytes, and how often its buffers were full | `pg_stat_wal` (14+) |
///
/// All are server-wide except those of `pg_stat_database`. The work of a session is counted when it ends a
/// transaction, at most once a second, and that of a session just become idle up to ten seconds late:
/// read the counters after the measured sessions are closed.
const SOURCES: &[Source] = &[
    ("pg_stat_database", "blks_hit", "blks_hit"),
    ("pg_stat_database", "blks_read", "blks_read"),
    ("pg_stat_database", "blk_read_time", "blk_read_time"),
    ("pg_stat_database", "blk_write_time", "blk_write_time"),
    ("pg_stat_database", "temp_files", "temp_files"),
    ("pg_stat_database", "temp_bytes", "temp_bytes"),
    ("pg_stat_database", "deadlocks", "deadlocks"),
    ("pg_stat_database", "conflicts", "conflicts"),
    ("pg_stat_database", "xact_commit", "xact_commit"),
    ("pg_stat_database", "xact_rollback", "xact_rollback"),
    ("pg_stat_database", "tup_returned", "tup_returned"),
    ("pg_stat_database", "tup_fetched", "tup_fetched"),
    ("pg_stat_database", "tup_inserted", "tup_inserted"),
    ("pg_stat_database", "tup_updated", "tup_updated"),
    ("pg_stat_database", "tup_deleted", "tup_deleted"),
    ("pg_stat_database", "sessions", "sessions"),
    ("pg_stat_database", "session_time", "session_time"),
    ("pg_stat_database", "active_time", "active_time"),
    ("pg_stat_database", "idle_in_transaction_time", "idle_in_transaction_time"),
    ("pg_stat_bgwriter", "checkpoints_timed", "checkpoints_timed"),
    ("pg_stat_bgwriter", "checkpoints_req", "checkpoints_req"),
    ("pg_stat_bgwriter", "checkpoint_write_time", "checkpoint_write_time"),
    ("pg_stat_bgwriter", "checkpoint_sync_time", "checkpoint_sync_time"),
    ("pg_stat_bgwriter", "buffers_checkpoint", "buffers_checkpoint"),
    ("pg_stat_bgwriter", "buffers_clean", "buffers_clean"),
    ("pg_stat_bgwriter", "maxwritten_clean", "maxwritten_clean"),
    ("pg_stat_bgwriter", "buffers_alloc", "buffers_alloc"),
    ("pg_stat_bgwriter", "buffers_backend", "buffers_backend"),
    ("pg_stat_bgwriter", "buffers_backend_fsync", "buffers_backend_fsync"),
    ("pg_stat_checkpointer", "num_timed", "checkpoints_timed"),
    ("pg_stat_checkpointer", "num_requested", "checkpoints_req"),
    ("pg_stat_checkpointer", "write_time", "checkpoint_write_time"),
    ("pg_stat_checkpointer", "sync_time", "checkpoint_sync_time"),
    ("pg_stat_checkpointer", "buffers_written", "buffers_checkpoint"),
    ("pg_stat_wal", "wal_records", "wal_records"),
    ("pg_stat_wal", "wal_fpi", "wal_fpi"),
    ("pg_stat_wal", "wal_bytes", "wal_bytes"),
    ("pg_stat_wal", "wal_buffers_full", "wal_buffers_full"),
];

/// The first version that has a view; whole rows are read, so a column that comes or goes does no harm.
const VIEWS: &[(&str, u32, &str)] = &[
    ("pg_stat_database", 0, " WHERE datname = current_database()"),
    ("pg_stat_bgwriter", 0, ""),
    ("pg_stat_wal", 14, ""),
    ("pg_stat_checkpointer", 17, ""),
];

pub async fn read(client: &Client, version: [u32; 2]) -> Result<Counters, DbError> {
    if version[0] >= 15 {
        // This session's own work is counted now, not up to a second later.
        query::rows(client, "SELECT pg_stat_force_next_flush()").await?;
    }
    let mut counters = BTreeMap::new();
    for (view, since, condition) in VIEWS {
        if version[0] < *since {
            continue;
        }
        let sql = format!("SELECT row_to_json(v) FROM pg_catalog.{view} v{condition}");
        if let Some(text) = query::value(client, &sql).await? {
            let row = serde_json::from_str(&text).unwrap_or_default();
            counters.extend(of_view(view, &row));
        }
    }
    Ok(Counters(counters))
}

fn of_view(view: &str, row: &Map<String, Value>) -> impl Iterator<Item = (String, f64)> {
    SOURCES
        .iter()
        .filter(move |(from, _, _)| *from == view)
        .filter_map(|(_, column, name)| Some(((*name).to_owned(), row.get(*column)?.as_f64()?)))
}
