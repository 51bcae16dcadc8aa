//! Global variables and status counters.

use std::collections::BTreeMap;

use mysql_async::Conn;

use super::rows::{Columns, all, one};
use crate::engine::mysql::dialect::MysqlDialect;
use crate::engine::mysql::family::Family;
use crate::engine::{Counters, DbError, Setting};
use crate::sql::Dialect;

const VARIABLES: &str = "SELECT LOWER(VARIABLE_NAME), GLOBAL_VALUE, DEFAULT_VALUE, \
    GLOBAL_VALUE_ORIGIN, READ_ONLY, VARIABLE_TYPE FROM information_schema.SYSTEM_VARIABLES \
    WHERE GLOBAL_VALUE IS NOT NULL ORDER BY 1";

/// The same columns of the other server, which tells neither defaults nor which variables are fixed.
const MYSQL_VARIABLES: &str = "SELECT LOWER(v.VARIABLE_NAME), v.VARIABLE_VALUE, NULL, \
    IF(i.VARIABLE_SOURCE = 'COMPILED', 'COMPILE-TIME', i.VARIABLE_SOURCE), 'NO', \
    IF(v.VARIABLE_VALUE REGEXP '^-?[0-9]+([.][0-9]+)?$', 'INT', '') \
    FROM performance_schema.global_variables v \
    LEFT JOIN performance_schema.variables_info i USING (VARIABLE_NAME) ORDER BY 1";

/// Variables counted in bytes: the server does not say which these are.
const BYTES: [&str; 19] = [
    "aria_pagecache_buffer_size",
    "aria_sort_buffer_size",
    "binlog_cache_size",
    "bulk_insert_buffer_size",
    "innodb_buffer_pool_size",
    "innodb_log_buffer_size",
    "innodb_log_file_size",
    "innodb_page_size",
    "innodb_sort_buffer_size",
    "join_buffer_size",
    "key_buffer_size",
    "max_allowed_packet",
    "max_heap_table_size",
    "query_cache_size",
    "read_buffer_size",
    "read_rnd_buffer_size",
    "sort_buffer_size",
    "thread_stack",
    "tmp_table_size",
];

/// Variables that only a restart changes, as far as the other server's are ever advised: it does not say so itself.
const FIXED: [&str; 24] = [
    "back_log",
    "innodb_buffer_pool_instances",
    "innodb_buffer_pool_chunk_size",
    "innodb_dedicated_server",
    "innodb_doublewrite",
    "innodb_flush_method",
    "innodb_log_file_size",
    "innodb_log_files_in_group",
    "innodb_numa_interleave",
    "innodb_page_cleaners",
    "innodb_purge_threads",
    "innodb_read_io_threads",
    "innodb_sort_buffer_size",
    "innodb_write_io_threads",
    "log_bin",
    "max_digest_length",
    "open_files_limit",
    "performance_schema",
    "performance_schema_digests_size",
    "skip_name_resolve",
    "table_open_cache_instances",
    "thread_handling",
    "thread_stack",
    "innodb_use_fdatasync",
];

pub async fn read(conn: &mut Conn, family: Family) -> Result<Vec<Setting>, DbError> {
    let rows = match family {
        Family::Mariadb => all(conn, VARIABLES).await?,
        // Where a value comes from is for logins that may read performance_schema.
        Family::Mysql => match all(conn, MYSQL_VARIABLES).await {
            Ok(rows) => rows,
            Err(_) => all(conn, "SHOW GLOBAL VARIABLES").await?,
        },
    };
    let told = family == Family::Mariadb;
    let of_row = |row| {
        let setting = setting(Columns::of(row));
        let fixed = setting.needs_restart || (!told && FIXED.contains(&setting.name.as_str()));
        Setting { needs_restart: fixed, ..setting }.without_secret()
    };
    let settings = rows.into_iter().map(of_row);
    Ok(settings.filter(|setting| !tells_the_place(setting)).collect())
}

/// The values that `named` settings have on this very session, where others run under the server's.
pub async fn of_session(
    conn: &mut Conn,
    named: &[(String, String)],
    settings: &mut [Setting],
) -> Result<(), DbError> {
    for (name, _) in named {
        let lower = name.to_lowercase();
        let Some(setting) = settings.iter_mut().find(|setting| setting.name == lower) else {
            continue;
        };
        let sql = format!("SELECT @@SESSION.{}", MysqlDialect.quote_identifier(&lower));
        if let Some(value) = one(conn, &sql).await? {
            setting.number = setting.number.and_then(|_| value.parse().ok());
            setting.value = value;
            setting.source = "session".to_owned();
        }
    }
    Ok(())
}

/// Names of the machine, and where it keeps its files: they say nothing of how the server works, and differ between any two.
fn tells_the_place(setting: &Setting) -> bool {
    const NAMES: [&str; 6] =
        ["hostname", "pid_file", "report_host", "server_uuid", "socket", "wsrep_node_name"];
    setting.value.starts_with('/') || NAMES.contains(&setting.name.as_str())
}

fn setting(mut row: Columns) -> Setting {
    let name = row.text();
    let value = row.text();
    let default = row.optional();
    let source = row.text();
    let read_only = row.flag();
    let numeric = row.text().to_uppercase();
    let numeric = numeric.contains("INT") || numeric.contains("DOUBLE");
    Setting {
        number: value.parse().ok().filter(|_| numeric),
        unit: BYTES.contains(&name.as_str()).then(|| "bytes".to_owned()),
        name,
        value,
        default,
        source: if source == "COMPILE-TIME" { "default".to_owned() } else { source.to_lowercase() },
        needs_restart: read_only,
    }
}

/// Every number of SHOW GLOBAL STATUS, under the server's own name in lower case:
/// `innodb_buffer_pool_reads`, `sort_merge_passes`, `created_tmp_disk_tables`.
pub async fn counters(conn: &mut Conn) -> Result<Counters, DbError> {
    let rows = all(conn, "SHOW GLOBAL STATUS").await?;
    let number = |row: Vec<Option<String>>| {
        let mut row = Columns::of(row);
        let name = row.text().to_lowercase();
        Some((name, row.number()?))
    };
    Ok(Counters(rows.into_iter().filter_map(number).collect::<BTreeMap<_, _>>()))
}
