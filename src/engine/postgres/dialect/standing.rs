//! Settings that a workload may set for its own statements.

use crate::sql::Standing;

/// They decide plans and times, memory, names and formats, and nothing else.
const HONOURED: [&str; 50] = [
    "bytea_output",
    "commit_delay",
    "constraint_exclusion",
    "cpu_index_tuple_cost",
    "cpu_operator_cost",
    "cpu_tuple_cost",
    "cursor_tuple_fraction",
    "datestyle",
    "debug_parallel_query",
    "default_statistics_target",
    "effective_cache_size",
    "effective_io_concurrency",
    "extra_float_digits",
    "force_parallel_mode",
    "from_collapse_limit",
    "geqo",
    "geqo_effort",
    "geqo_generations",
    "geqo_pool_size",
    "geqo_seed",
    "geqo_selection_bias",
    "geqo_threshold",
    "hash_mem_multiplier",
    "intervalstyle",
    "jit",
    "jit_above_cost",
    "jit_inline_above_cost",
    "jit_optimize_above_cost",
    "join_collapse_limit",
    "lc_monetary",
    "lc_numeric",
    "lc_time",
    "logical_decoding_work_mem",
    "maintenance_work_mem",
    "max_parallel_workers",
    "max_parallel_workers_per_gather",
    "min_parallel_index_scan_size",
    "min_parallel_table_scan_size",
    "parallel_leader_participation",
    "parallel_setup_cost",
    "parallel_tuple_cost",
    "plan_cache_mode",
    "quote_all_identifiers",
    "random_page_cost",
    "recursive_worktable_factor",
    "search_path",
    "seq_page_cost",
    "timezone",
    "work_mem",
    "xmlbinary",
];

/// Nothing of a query's plan, time or answer depends on them; scripts and dumps are full of them.
const PASSED_OVER: [&str; 16] = [
    "application_name",
    "check_function_bodies",
    "client_min_messages",
    "default_table_access_method",
    "default_tablespace",
    "default_with_oids",
    "escape_string_warning",
    "log_duration",
    "log_min_duration_statement",
    "log_statement",
    "synchronous_commit",
    "track_io_timing",
    "transaction_timeout",
    "xmloption",
    "vacuum_cost_delay",
    "backend_flush_after",
];

/// Limits are planwise's own.
const LIMITS: [&str; 6] = [
    "deadlock_timeout",
    "idle_in_transaction_session_timeout",
    "idle_session_timeout",
    "lock_timeout",
    "statement_timeout",
    "temp_file_limit",
];

/// Prefixes of settings of extensions that do more than tell a query something.
const ACTIVE_EXTENSIONS: [&str; 12] = [
    "auto_explain",
    "dblink",
    "pg_stat_statements",
    "pgaudit",
    "pljava",
    "pllua",
    "plperl",
    "plpgsql",
    "plpython",
    "plpython3",
    "plr",
    "pltcl",
];

pub fn of(name: &str, value: Option<&str>) -> Standing {
    let name = name.to_ascii_lowercase();
    let name = name.as_str();
    if let Some((prefix, _)) = name.split_once('.') {
        return match ACTIVE_EXTENSIONS.contains(&prefix) {
            true => Standing::Refused("it steers an extension that does more than plan queries"),
            // What an application tells its policies and functions.
            false => Standing::Honoured,
        };
    }
    let utf8 =
        |value: &str| matches!(value.to_ascii_lowercase().as_str(), "utf8" | "utf-8" | "unicode");
    match name {
        _ if HONOURED.contains(&name) || name.starts_with("enable_") => Standing::Honoured,
        _ if PASSED_OVER.contains(&name) => Standing::PassedOver,
        "client_encoding" if value.is_none_or(utf8) => Standing::PassedOver,
        "client_encoding" => Standing::Refused("planwise talks to servers in UTF-8"),
        "standard_conforming_strings" if value.is_none_or(is_on) => Standing::PassedOver,
        "row_security" if value.is_none_or(is_on) => Standing::PassedOver,
        "role" | "session_authorization" => {
            Standing::Refused("it changes who asks; give the login of that role with --db")
        }
        "default_transaction_read_only" | "transaction_read_only" => {
            Standing::Refused("--writes decides what may be written")
        }
        _ if LIMITS.contains(&name) => {
            Standing::Refused("limits are given on the command line, as --statement-timeout is")
        }
        _ => Standing::Refused(
            "it is not among the settings of planner, memory, names and formats that a workload may set; --set gives it \
             to all",
        ),
    }
}

fn is_on(value: &str) -> bool {
    matches!(value.to_ascii_lowercase().as_str(), "on" | "true" | "yes" | "1")
}

/// The schemas of a path, in order.
pub fn schemas(path: &str) -> Vec<String> {
    let mut schemas = Vec::new();
    let mut name = String::new();
    let mut quoted = false;
    let mut letters = path.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => name.extend(letters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => schemas.push(std::mem::take(&mut name)),
            _ if quoted => name.push(letter),
            _ if letter.is_whitespace() => {}
            _ => name.extend(letter.to_lowercase()),
        }
    }
    schemas.push(name);
    schemas.retain(|schema| !schema.is_empty());
    schemas
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_steers_the_planner_is_honoured() {
        for name in [
            "work_mem",
            "enable_seqscan",
            "search_path",
            "TimeZone",
            "app.tenant",
            "pg_trgm.similarity_threshold",
        ] {
            assert_eq!(of(name, Some("x")), Standing::Honoured, "{name}");
        }
        for name in [
            "role",
            "session_replication_role",
            "statement_timeout",
            "transaction_read_only",
            "plperl.on_init",
            "client_encoding",
            "row_security",
            "standard_conforming_strings",
            "zero_damaged_pages",
        ] {
            assert!(matches!(of(name, Some("off")), Standing::Refused(_)), "{name}");
        }
        assert_eq!(of("client_encoding", Some("UTF8")), Standing::PassedOver);
        assert_eq!(of("standard_conforming_strings", Some("on")), Standing::PassedOver);
    }

    #[test]
    fn a_path_is_taken_apart_as_the_server_does() {
        assert_eq!(
            schemas("Tenant_A, \"My, \"\"Own\"\"\",public"),
            ["tenant_a", "My, \"Own\"", "public"]
        );
        assert!(schemas("").is_empty());
    }
}
