//! What versions of PostgreSQL took away; tests hold each line to both servers.

/// Setting, the version without it, what to use instead.
pub const GONE_SETTINGS: [(&str, u32, &str); 12] = [
    ("operator_precedence_warning", 14, ""),
    ("vacuum_cleanup_index_scale_factor", 14, ""),
    ("stats_temp_directory", 15, ""),
    ("force_parallel_mode", 16, "debug_parallel_query"),
    ("vacuum_defer_cleanup_age", 16, "hot_standby_feedback or replication slots"),
    ("promote_trigger_file", 16, "pg_promote() or pg_ctl promote"),
    ("lc_collate", 16, "pg_database.datcollate"),
    ("lc_ctype", 16, "pg_database.datctype"),
    ("db_user_namespace", 17, ""),
    ("old_snapshot_threshold", 17, ""),
    ("trace_recovery_messages", 17, ""),
    ("ssl_ecdh_curve", 18, "ssl_groups"),
];

pub const GONE_EXTENSIONS: [(&str, u32); 2] = [("adminpack", 17), ("old_snapshot", 17)];

/// Words that cannot be a column's name without quotes any more.
pub const NEW_WORDS: [(&str, u32); 1] = [("system_user", 16)];

/// Text of a definition, the version, why, what to do.
pub const GONE_FUNCTIONS: [(&str, u32, &str, &str); 10] = [
    ("pg_start_backup", 15, "it is called otherwise", "use pg_backup_start"),
    ("pg_stop_backup", 15, "it is called otherwise", "use pg_backup_stop"),
    ("pg_is_in_backup", 15, "it is gone", "take it out: exclusive backups are gone with it"),
    (
        "buffers_checkpoint",
        17,
        "pg_stat_bgwriter has no figures of checkpoints",
        "read pg_stat_checkpointer",
    ),
    (
        "checkpoints_timed",
        17,
        "pg_stat_bgwriter has no figures of checkpoints",
        "read num_timed of pg_stat_checkpointer",
    ),
    (
        "checkpoints_req",
        17,
        "pg_stat_bgwriter has no figures of checkpoints",
        "read num_requested of pg_stat_checkpointer",
    ),
    ("buffers_backend", 17, "pg_stat_bgwriter does not count them", "read pg_stat_io"),
    ("wal_write_time", 18, "pg_stat_wal has no times of writing", "read pg_stat_io"),
    ("num_dead_tuples", 17, "pg_stat_progress_vacuum counts otherwise", "read num_dead_item_ids"),
    ("colliculocale", 17, "the column is called otherwise", "use colllocale"),
];
