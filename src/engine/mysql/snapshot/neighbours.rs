//! The plans next to the one that is chosen.

use crate::engine::mysql::family::Family;
use crate::engine::mysql::index_grammar::MYSQL_INDEXES;
use crate::engine::{IndexFacts, IndexGrammar, PlanMemory, Setting};

/// Each alone. What a server does not know cannot be turned off there.
const SWITCHES: [&str; 14] = [
    "index_merge",
    "mrr",
    "semijoin",
    "materialization",
    "firstmatch",
    "loosescan",
    "derived_merge",
    "index_condition_pushdown",
    "block_nested_loop",
    "hash_join",
    "join_cache_hashed",
    "condition_fanout_filter",
    "skip_scan",
    "rowid_filter",
];

pub fn alternatives() -> Vec<(String, String)> {
    let again = "SET SESSION optimizer_switch = @@GLOBAL.optimizer_switch".to_owned();
    let off = |name: &&str| (format!("SET SESSION optimizer_switch = '{name}=off'"), again.clone());
    let depth = "optimizer_search_depth";
    let greedy =
        (format!("SET SESSION {depth} = 1"), format!("SET SESSION {depth} = @@GLOBAL.{depth}"));
    SWITCHES.iter().map(off).chain([greedy]).collect()
}

/// The rows of a table are in its primary key, which stays. MariaDB counts the rows of a table anew when an index of it is
/// hidden, and finds none.
pub fn hide_index(family: Family, index: &IndexFacts, hidden: bool) -> Option<String> {
    if index.name == "PRIMARY" || family == Family::Mariadb {
        return None;
    }
    MYSQL_INDEXES.set_visible(&index.schema, &index.table, &index.name, !hidden)
}

pub fn plan_memory(settings: &[Setting]) -> PlanMemory {
    let number = |name: &str| settings.iter().find(|setting| setting.name == name)?.number;
    PlanMemory {
        sort_bytes: number("sort_buffer_size").unwrap_or(262_144.0),
        hash_bytes: number("join_buffer_size").unwrap_or(262_144.0),
    }
}
