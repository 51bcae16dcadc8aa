//! What following asks of both servers.

use crate::engine::postgres::connect::{SslMode, Target};

/// Tables by their quoted names, and whether changes of their rows can be told by an identity.
pub const TABLES: &str = "\
    SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname), \
      c.relreplident IN ('f', 'i') OR (c.relreplident = 'd' AND EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)) \
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence = 'p' \
      AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%' \
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e') \
    ORDER BY 1";

pub const SEQUENCES: &str = "\
    SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
    WHERE c.relkind = 'S' AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%' ORDER BY 1";

/// How the target reaches the source.
pub fn connection(target: &Target) -> String {
    let mut words = Vec::new();
    if let Some(host) = target.hosts.first() {
        words.push(("host", host.name.clone()));
        words.push(("port", host.port.to_string()));
        if let Some(password) = &host.password {
            words.push(("password", password.reveal().to_owned()));
        }
    }
    words.push(("user", target.user.clone()));
    words.push(("dbname", target.database.clone()));
    let mode = match target.ssl_mode {
        SslMode::Disable => "disable",
        SslMode::Allow => "allow",
        SslMode::Prefer => "prefer",
        SslMode::Require => "require",
        SslMode::VerifyCa => "verify-ca",
        SslMode::VerifyFull => "verify-full",
    };
    words.push(("sslmode", mode.to_owned()));
    let words = words.into_iter().map(|(name, value)| {
        format!("{name}='{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
    });
    words.collect::<Vec<_>>().join(" ")
}

pub fn copied(name: &str) -> String {
    format!(
        "SELECT r.srrelid::regclass, r.srsubstate IN ('r', 's') FROM pg_subscription_rel r JOIN pg_subscription s ON s.oid = r.srsubid WHERE s.subname = '{name}'"
    )
}

/// From 15 on.
pub fn failures(name: &str) -> String {
    format!("SELECT sync_error_count FROM pg_stat_subscription_stats WHERE subname = '{name}'")
}

pub fn confirmed(name: &str, position: &str) -> String {
    format!(
        "SELECT confirmed_flush_lsn >= '{position}'::pg_lsn FROM pg_replication_slots WHERE slot_name = '{name}'"
    )
}

pub fn received(name: &str, position: &str) -> String {
    format!(
        "SELECT latest_end_lsn >= '{position}'::pg_lsn FROM pg_stat_subscription WHERE subname = '{name}' AND relid IS NULL AND latest_end_lsn IS NOT NULL"
    )
}

pub fn written(since: &str) -> String {
    format!("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '{since}'::pg_lsn)")
}

/// Bytes that the slot holds back, and how many wait for a lock of what serves it.
pub fn pressure(name: &str) -> String {
    format!(
        "SELECT (SELECT coalesce(max(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)), 0) FROM pg_replication_slots WHERE slot_name LIKE '{name}%'), \
          (SELECT count(*) FROM pg_stat_activity w WHERE w.wait_event_type = 'Lock' AND EXISTS (SELECT FROM pg_stat_activity h \
            WHERE h.pid = ANY (pg_blocking_pids(w.pid)) AND (h.application_name LIKE '{name}%' OR h.pid = pg_backend_pid())))"
    )
}

pub fn slots(name: &str) -> String {
    format!("SELECT count(*) FROM pg_replication_slots WHERE slot_name LIKE '{name}%'")
}

pub fn drop_slots(name: &str) -> String {
    format!(
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name LIKE '{name}%' AND NOT active"
    )
}
