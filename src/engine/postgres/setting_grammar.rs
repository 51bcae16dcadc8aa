//! How PostgreSQL's settings are changed: by statement, in its file, and where somebody else runs it.

use crate::engine::setting_grammar::{managed_command, plain_number, scaled};
use crate::engine::{Platform, Setting, SettingGrammar, SettingMove, SettingScope};

pub struct PostgresSettings;

pub const SETTINGS: PostgresSettings = PostgresSettings;

/// Settings whose value is a list: quoted as one text they would be one name.
const LISTS: [&str; 6] = [
    "shared_preload_libraries",
    "session_preload_libraries",
    "local_preload_libraries",
    "search_path",
    "temp_tablespaces",
    "unix_socket_directories",
];

/// Units in which a bare number counts, with their size in bytes or milliseconds.
const UNITS: [(&str, f64); 29] = [
    ("shared_buffers", 8192.0),
    ("effective_cache_size", 8192.0),
    ("wal_buffers", 8192.0),
    ("temp_buffers", 8192.0),
    ("io_combine_limit", 8192.0),
    ("work_mem", 1024.0),
    ("maintenance_work_mem", 1024.0),
    ("autovacuum_work_mem", 1024.0),
    ("vacuum_buffer_usage_limit", 1024.0),
    ("log_temp_files", 1024.0),
    ("max_wal_size", 1_048_576.0),
    ("min_wal_size", 1_048_576.0),
    ("wal_keep_size", 1_048_576.0),
    ("max_slot_wal_keep_size", 1_048_576.0),
    ("track_activity_query_size", 1.0),
    ("checkpoint_timeout", 1000.0),
    ("archive_timeout", 1000.0),
    ("autovacuum_naptime", 1000.0),
    ("checkpoint_warning", 1000.0),
    ("statement_timeout", 1.0),
    ("lock_timeout", 1.0),
    ("deadlock_timeout", 1.0),
    ("transaction_timeout", 1.0),
    ("idle_in_transaction_session_timeout", 1.0),
    ("idle_session_timeout", 1.0),
    ("log_min_duration_statement", 1.0),
    ("log_autovacuum_min_duration", 1.0),
    ("autovacuum_vacuum_cost_delay", 1.0),
    ("max_standby_streaming_delay", 1.0),
];

/// Costs and sizes that the planner reckons with; JIT goes by the costs, but shows in the plan.
const PLANNING: [&str; 10] = [
    "effective_cache_size",
    "random_page_cost",
    "seq_page_cost",
    "parallel_setup_cost",
    "parallel_tuple_cost",
    "min_parallel_table_scan_size",
    "min_parallel_index_scan_size",
    "from_collapse_limit",
    "join_collapse_limit",
    "constraint_exclusion",
];

impl SettingGrammar for PostgresSettings {
    fn steers_only_plans(&self, name: &str) -> bool {
        // Partitions are left out while a plan runs, too.
        let running = name == "enable_partition_pruning";
        let kind = ["enable_", "cpu_"].iter().any(|kind| name.starts_with(kind));
        PLANNING.contains(&name) || kind && !running
    }

    fn change(&self, change: &SettingMove<'_>) -> Vec<String> {
        let (name, to) = (change.name, value(change.name, change.to));
        match change.scope {
            SettingScope::Server => {
                in_force(format!("ALTER SYSTEM SET {name} = {to};"), change.now)
            }
            SettingScope::Database => {
                vec![format!("ALTER DATABASE {} SET {name} = {to};", change.target)]
            }
            SettingScope::Role => vec![format!("ALTER ROLE {} SET {name} = {to};", change.target)],
            SettingScope::Table => {
                vec![format!("ALTER TABLE {} SET ({name} = {});", change.target, change.to)]
            }
        }
    }

    fn undo(&self, change: &SettingMove<'_>) -> Vec<String> {
        let name = change.name;
        match (change.scope, change.now) {
            (SettingScope::Server, Some(now)) if now.source != "default" => {
                let back = value(name, &now.value);
                in_force(format!("ALTER SYSTEM SET {name} = {back};"), change.now)
            }
            (SettingScope::Server, _) => {
                in_force(format!("ALTER SYSTEM RESET {name};"), change.now)
            }
            (SettingScope::Database, _) => {
                vec![format!("ALTER DATABASE {} RESET {name};", change.target)]
            }
            (SettingScope::Role, _) => vec![format!("ALTER ROLE {} RESET {name};", change.target)],
            (SettingScope::Table, _) => {
                vec![format!("ALTER TABLE {} RESET ({name});", change.target)]
            }
        }
    }

    fn line(&self, change: &SettingMove<'_>) -> String {
        format!("{} = {}", change.name, quoted(change.to))
    }

    fn file(&self) -> &'static str {
        "postgresql.conf"
    }

    fn parameter(&self, change: &SettingMove<'_>) -> (String, String) {
        let unit = UNITS.iter().find(|(name, _)| *name == change.name).map(|(_, unit)| *unit);
        let number = unit.and_then(|unit| Some((scaled(change.to)? / unit).round()));
        let text = match number {
            Some(number) => plain_number(number),
            None => change.to.replace(", ", ","),
        };
        (change.name.to_owned(), text)
    }

    fn command(&self, platform: Platform, parameters: &[(String, String, bool)]) -> Option<String> {
        managed_command(platform, "postgres", parameters)
    }

    fn refused(&self, platform: Platform, name: &str) -> Option<&'static str> {
        const NOWHERE: [&str; 6] = [
            "fsync",
            "full_page_writes",
            "archive_mode",
            "archive_command",
            "archive_library",
            "data_checksums",
        ];
        const RDS: [&str; 4] = ["huge_pages", "wal_level", "listen_addresses", "io_method"];
        const CLOUDSQL: [&str; 3] = ["wal_level", "io_method", "shared_preload_libraries"];
        let own: &[&str] = match platform {
            Platform::Own => return None,
            Platform::Rds => &RDS,
            Platform::Cloudsql => &CLOUDSQL,
            Platform::Azure => &["io_method"],
        };
        (NOWHERE.contains(&name) || own.contains(&name))
            .then_some("whoever runs this server keeps this setting to themselves")
    }

    fn platform(&self, settings: &[Setting]) -> Platform {
        let has = |prefix: &str| settings.iter().any(|setting| setting.name.starts_with(prefix));
        match () {
            () if has("rds.") => Platform::Rds,
            () if has("cloudsql.") => Platform::Cloudsql,
            () if has("azure.") => Platform::Azure,
            () => Platform::Own,
        }
    }
}

/// What a restart puts into force needs no reload.
fn in_force(statement: String, now: Option<&Setting>) -> Vec<String> {
    match now.is_some_and(|setting| setting.needs_restart) {
        true => vec![statement],
        false => vec![statement, "SELECT pg_reload_conf();".to_owned()],
    }
}

fn value(name: &str, text: &str) -> String {
    if !LISTS.contains(&name) {
        return quoted(text);
    }
    let parts =
        text.split(',').map(|part| part.trim().trim_matches('"')).filter(|part| !part.is_empty());
    let list: Vec<String> = parts.map(quoted).collect();
    if list.is_empty() { "''".to_owned() } else { list.join(", ") }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(name: &str, value: &str, source: &str, needs_restart: bool) -> Setting {
        Setting {
            name: name.to_owned(),
            value: value.to_owned(),
            number: None,
            unit: None,
            default: None,
            source: source.to_owned(),
            needs_restart,
        }
    }

    fn change<'a>(name: &'a str, to: &'a str, now: &'a Setting) -> SettingMove<'a> {
        SettingMove { name, to, now: Some(now), scope: SettingScope::Server, target: "" }
    }

    #[test]
    fn a_list_is_written_as_a_list() {
        let now = setting("shared_preload_libraries", "auto_explain", "configuration file", true);
        let change = change(&now.name, "auto_explain, pg_stat_statements", &now);
        let made = SETTINGS.change(&change);
        let expected =
            "ALTER SYSTEM SET shared_preload_libraries = 'auto_explain', 'pg_stat_statements';";
        assert_eq!(made, [expected]);
        assert_eq!(
            SETTINGS.line(&change),
            "shared_preload_libraries = 'auto_explain, pg_stat_statements'"
        );
        assert_eq!(
            SETTINGS.undo(&change),
            ["ALTER SYSTEM SET shared_preload_libraries = 'auto_explain';"]
        );
    }

    #[test]
    fn parameter_groups_count_in_the_server_s_own_units() {
        let now = setting("work_mem", "4MB", "default", false);
        let of = |name: &str, to: &str| {
            SETTINGS.parameter(&SettingMove { name, to, ..change("work_mem", "64MB", &now) }).1
        };
        assert_eq!(of("work_mem", "64MB"), "65536");
        assert_eq!(of("shared_buffers", "8GB"), "1048576");
        assert_eq!(of("checkpoint_timeout", "15min"), "900");
        assert_eq!(of("idle_in_transaction_session_timeout", "5min"), "300000");
        assert_eq!(of("random_page_cost", "1.1"), "1.1");
    }

    #[test]
    fn who_runs_it_shows_in_its_settings() {
        let own = [setting("work_mem", "4MB", "default", false)];
        assert_eq!(SETTINGS.platform(&own), Platform::Own);
        assert_eq!(SETTINGS.platform(&[setting("rds.extensions", "", "x", false)]), Platform::Rds);
        assert!(SETTINGS.refused(Platform::Rds, "fsync").is_some());
        assert!(SETTINGS.refused(Platform::Own, "fsync").is_none());
    }
}
