//! The server's own functions, and those of well-known extensions: which of them may run where.
//!
//! Volatile ones that are not listed as harmless are refused, so that a function of a later version is not run unseen.

/// Volatile, and change nothing that anybody else can see.
const HARMLESS: &[&str] = &[
    "array_sample",
    "array_shuffle",
    "bernoulli",
    "clock_timestamp",
    "current_query",
    "currval",
    "gen_random_uuid",
    "lastval",
    "lo_get",
    "lo_lseek",
    "lo_lseek64",
    "lo_tell",
    "lo_tell64",
    "pg_blocking_pids",
    "pg_collation_actual_version",
    "pg_column_toast_chunk_id",
    "pg_control_checkpoint",
    "pg_control_init",
    "pg_control_recovery",
    "pg_control_system",
    "pg_current_wal_flush_lsn",
    "pg_current_wal_insert_lsn",
    "pg_current_wal_lsn",
    "pg_database_collation_actual_version",
    "pg_database_size",
    "pg_get_acl",
    "pg_get_backend_memory_contexts",
    "pg_get_multixact_members",
    "pg_get_shmem_allocations",
    "pg_get_wal_replay_pause_state",
    "pg_get_wal_resource_managers",
    "pg_indexes_size",
    "pg_is_in_recovery",
    "pg_is_wal_replay_paused",
    "pg_jit_available",
    "pg_last_committed_xact",
    "pg_last_wal_receive_lsn",
    "pg_last_wal_replay_lsn",
    "pg_last_xact_replay_timestamp",
    "pg_lock_status",
    "pg_notification_queue_usage",
    "pg_partition_ancestors",
    "pg_partition_tree",
    "pg_prepared_xact",
    "pg_relation_size",
    "pg_safe_snapshot_blocking_pids",
    "pg_sequence_last_value",
    "pg_show_replication_origin_status",
    "pg_sleep",
    "pg_sleep_for",
    "pg_sleep_until",
    "pg_stat_clear_snapshot",
    "pg_stat_get_recovery_prefetch",
    "pg_stat_have_stats",
    "pg_table_size",
    "pg_tablespace_size",
    "pg_total_relation_size",
    "pg_xact_commit_timestamp",
    "pg_xact_commit_timestamp_origin",
    "pg_xact_status",
    "random",
    "random_normal",
    "setseed",
    "suppress_redundant_updates_trigger",
    "system",
    "timeofday",
    "tsvector_update_trigger",
    "tsvector_update_trigger_column",
    "txid_status",
    "uuidv4",
    "uuidv7",
];

/// Families of harmless ones: counters of the current transaction.
const HARMLESS_PREFIXES: &[&str] = &["pg_stat_get_xact_", "pg_stat_get_"];

/// Change what a rollback brings back, or what only this transaction has.
const ROLLED_BACK: &[&str] = &[
    "lo_close",
    "lo_creat",
    "lo_create",
    "lo_from_bytea",
    "lo_import",
    "lo_open",
    "lo_put",
    "lo_truncate",
    "lo_truncate64",
    "lo_unlink",
    "loread",
    "lowrite",
    "nextval",
    "pg_advisory_xact_lock",
    "pg_advisory_xact_lock_shared",
    "pg_notify",
    "pg_try_advisory_xact_lock",
    "pg_try_advisory_xact_lock_shared",
    "set_config",
];

/// Run SQL text or read whole schemas although they are not volatile, or belong to an extension that is harmless
/// otherwise, or reach out of the transaction.
const NEVER: &[&str] = &[
    "connectby",
    "crosstab",
    "crosstab2",
    "crosstab3",
    "crosstab4",
    "crosstabn",
    "cursor_to_xml",
    "cursor_to_xmlschema",
    "database_to_xml",
    "database_to_xml_and_xmlschema",
    "database_to_xmlschema",
    "pg_buffercache_evict",
    "pg_buffercache_evict_all",
    "pg_buffercache_evict_relation",
    "pg_logdir_ls",
    "pg_stat_statements_reset",
    "pg_truncate_visibility_map",
    "query_to_xml",
    "query_to_xml_and_xmlschema",
    "query_to_xmlschema",
    "schema_to_xml",
    "schema_to_xml_and_xmlschema",
    "schema_to_xmlschema",
    "table_to_xml",
    "table_to_xml_and_xmlschema",
    "table_to_xmlschema",
    "ts_rewrite",
    "ts_stat",
    "xpath_table",
];

/// Extensions whose volatile functions only read or compute, [`NEVER`] excepted.
const HARMLESS_EXTENSIONS: &[&str] = &[
    "amcheck",
    "autoinc",
    "bloom",
    "btree_gin",
    "btree_gist",
    "citext",
    "cube",
    "dict_int",
    "dict_xsyn",
    "earthdistance",
    "fuzzystrmatch",
    "hstore",
    "hypopg",
    "insert_username",
    "intagg",
    "intarray",
    "isn",
    "lo",
    "ltree",
    "moddatetime",
    "pageinspect",
    "pg_buffercache",
    "pg_freespacemap",
    "pg_prewarm",
    "pg_stat_statements",
    "pg_trgm",
    "pg_visibility",
    "pg_walinspect",
    "pgcrypto",
    "pgrowlocks",
    "pgstattuple",
    "refint",
    "seg",
    "sslinfo",
    "tablefunc",
    "tcn",
    "tsm_system_rows",
    "tsm_system_time",
    "unaccent",
    "uuid-ossp",
    "vector",
    "xml2",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Harmless,
    /// Harmless where the transaction is rolled back.
    RolledBack,
    Refused,
}

/// A function of the server itself. `rewrites_text` arguments of [`NEVER`] count by name, so the one overload of
/// `ts_rewrite` that runs no query is told by its number of arguments.
pub fn standing(name: &str, volatile: bool, arguments: usize) -> Standing {
    let plain_rewrite = name == "ts_rewrite" && arguments == 3;
    if NEVER.contains(&name) && !plain_rewrite {
        return Standing::Refused;
    }
    let harmless =
        HARMLESS.contains(&name) || HARMLESS_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    match volatile {
        false => Standing::Harmless,
        true if harmless => Standing::Harmless,
        true if ROLLED_BACK.contains(&name) => Standing::RolledBack,
        true => Standing::Refused,
    }
}

/// A function that `extension` brought.
pub fn standing_in_extension(name: &str, extension: &str, volatile: bool) -> Standing {
    let reaches_out = NEVER.contains(&name) || extension == "dblink" || extension == "adminpack";
    match reaches_out || (volatile && !HARMLESS_EXTENSIONS.contains(&extension)) {
        true => Standing::Refused,
        false => Standing::Harmless,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_to_be_harmless_is_refused() {
        assert_eq!(standing("random", true, 0), Standing::Harmless);
        assert_eq!(standing("lower", false, 1), Standing::Harmless);
        assert_eq!(standing("pg_function_of_a_later_version", true, 0), Standing::Refused);
        assert_eq!(standing("query_to_xml", true, 4), Standing::Refused);
        assert_eq!(standing("table_to_xml", false, 4), Standing::Refused);
        assert_eq!(standing("setval", true, 2), Standing::Refused);
        assert_eq!(standing("nextval", true, 1), Standing::RolledBack);
        assert_eq!(standing("ts_rewrite", false, 3), Standing::Harmless);
        assert_eq!(standing("ts_rewrite", true, 2), Standing::Refused);
    }

    #[test]
    fn extensions_are_harmless_by_name_alone() {
        assert_eq!(
            standing_in_extension("uuid_generate_v4", "uuid-ossp", true),
            Standing::Harmless
        );
        assert_eq!(standing_in_extension("dblink_get_notify", "dblink", false), Standing::Refused);
        assert_eq!(standing_in_extension("schedule", "pg_cron", true), Standing::Refused);
        assert_eq!(standing_in_extension("crosstab", "tablefunc", false), Standing::Refused);
        assert_eq!(standing_in_extension("st_area", "postgis", false), Standing::Harmless);
    }
}
