//! What versions of MySQL took away.

/// Setting, the version of MySQL without it, what to use instead.
pub const GONE_SETTINGS: [(&str, [u32; 2], &str); 18] = [
    ("query_cache_size", [8, 0], ""),
    ("query_cache_type", [8, 0], ""),
    ("innodb_file_format", [8, 0], ""),
    ("innodb_large_prefix", [8, 0], ""),
    ("log_warnings", [8, 0], "log_error_verbosity"),
    ("tx_isolation", [8, 0], "transaction_isolation"),
    ("tx_read_only", [8, 0], "transaction_read_only"),
    ("sync_frm", [8, 0], ""),
    ("secure_auth", [8, 0], ""),
    ("innodb_undo_logs", [8, 0], "innodb_rollback_segments"),
    ("expire_logs_days", [8, 4], "binlog_expire_logs_seconds"),
    ("default_authentication_plugin", [8, 4], "authentication_policy"),
    ("master_info_repository", [8, 4], ""),
    ("relay_log_info_repository", [8, 4], ""),
    ("transaction_write_set_extraction", [8, 4], ""),
    ("binlog_transaction_dependency_tracking", [8, 4], ""),
    ("avoid_temporal_upgrade", [8, 4], ""),
    ("innodb_log_file_size", [9, 5], "innodb_redo_log_capacity"),
];

/// Words reserved from this version on.
pub const NEW_WORDS: [(&str, [u32; 2]); 24] = [
    ("cube", [8, 0]),
    ("cume_dist", [8, 0]),
    ("dense_rank", [8, 0]),
    ("empty", [8, 0]),
    ("except", [8, 0]),
    ("first_value", [8, 0]),
    ("function", [8, 0]),
    ("grouping", [8, 0]),
    ("groups", [8, 0]),
    ("intersect", [8, 0]),
    ("json_table", [8, 0]),
    ("lag", [8, 0]),
    ("last_value", [8, 0]),
    ("lateral", [8, 0]),
    ("lead", [8, 0]),
    ("nth_value", [8, 0]),
    ("ntile", [8, 0]),
    ("of", [8, 0]),
    ("over", [8, 0]),
    ("rank", [8, 0]),
    ("row_number", [8, 0]),
    ("system", [8, 0]),
    ("window", [8, 0]),
    ("manual", [8, 4]),
];

/// Called in a view, routine, trigger or generated column: the version without it, what to use instead.
pub const GONE_FUNCTIONS: [(&str, [u32; 2], &str); 12] = [
    ("md5(", [9, 6], "sha2(…, 256), or the component that brings the old functions back"),
    ("sha1(", [9, 6], "sha2(…, 256)"),
    ("sha(", [9, 6], "sha2(…, 256)"),
    ("password(", [8, 0], "hashing in the application"),
    ("encrypt(", [8, 0], "sha2()"),
    ("des_encrypt(", [8, 0], "aes_encrypt()"),
    ("des_decrypt(", [8, 0], "aes_decrypt()"),
    ("encode(", [8, 0], "aes_encrypt()"),
    ("decode(", [8, 0], "aes_decrypt()"),
    ("glength(", [8, 0], "st_length()"),
    ("geomfromtext(", [8, 0], "st_geomfromtext()"),
    ("astext(", [8, 0], "st_astext()"),
];

/// Words of sql_mode that 8.0 does not know.
pub const GONE_MODES: [&str; 11] = [
    "DB2",
    "MAXDB",
    "MSSQL",
    "MYSQL323",
    "MYSQL40",
    "NO_AUTO_CREATE_USER",
    "NO_FIELD_OPTIONS",
    "NO_KEY_OPTIONS",
    "NO_TABLE_OPTIONS",
    "ORACLE",
    "POSTGRESQL",
];

/// Plugin, the version without it, what to use instead.
pub const GONE_PLUGINS: [(&str, [u32; 2], &str); 8] = [
    ("keyring_file", [8, 4], "component_keyring_file"),
    ("keyring_encrypted_file", [8, 4], "component_keyring_encrypted_file"),
    ("keyring_oci", [8, 4], "component_keyring_oci"),
    ("authentication_fido", [8, 4], "authentication_webauthn"),
    ("daemon_memcached", [8, 4], "a cache of its own"),
    ("mysql_native_password", [9, 0], "caching_sha2_password"),
    ("version_tokens", [9, 0], ""),
    ("query_response_time", [8, 0], "events_statements_histogram_global of performance_schema"),
];

/// Privilege, the version without it, what to grant instead.
pub const GONE_PRIVILEGES: [(&str, [u32; 2], &str); 1] =
    [("set_user_id", [8, 4], "SET_ANY_DEFINER and ALLOW_NONEXISTENT_DEFINER")];

/// Text in a routine or statement, the version that does not read it, what to write instead.
pub const GONE_WORDS: [(&str, [u32; 2], &str); 10] = [
    ("sql_cache", [8, 0], "leave it out: there is no query cache"),
    ("procedure analyse", [8, 0], "leave it out"),
    ("show master status", [8, 4], "SHOW BINARY LOG STATUS"),
    ("show master logs", [8, 4], "SHOW BINARY LOGS"),
    ("show slave status", [8, 4], "SHOW REPLICA STATUS"),
    ("show slave hosts", [8, 4], "SHOW REPLICAS"),
    ("change master to", [8, 4], "CHANGE REPLICATION SOURCE TO"),
    ("start slave", [8, 4], "START REPLICA"),
    ("stop slave", [8, 4], "STOP REPLICA"),
    ("wait_until_sql_thread_after_gtids", [8, 4], "WAIT_FOR_EXECUTED_GTID_SET"),
];
