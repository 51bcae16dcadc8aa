//! The plans next to the one that is chosen.

use serde_json::Value;

use super::literal;
use crate::engine::{PlanMemory, Setting};
use crate::plan::Plan;

/// Each alone. What a version does not know cannot be turned off there.
const SWITCHES: [&str; 11] = [
    "enable_seqscan",
    "enable_indexscan",
    "enable_indexonlyscan",
    "enable_bitmapscan",
    "enable_nestloop",
    "enable_hashjoin",
    "enable_mergejoin",
    "enable_sort",
    "enable_hashagg",
    "enable_material",
    "enable_incremental_sort",
];

pub fn alternatives() -> Vec<(String, String)> {
    let mut all: Vec<Vec<&str>> = SWITCHES.into_iter().map(|name| vec![name]).collect();
    // Every way by which an index is read at once.
    all.push(vec!["enable_indexscan", "enable_bitmapscan", "enable_indexonlyscan"]);
    let off = |names: &Vec<&str>| {
        let set = names.iter().map(|name| format!("SET {name} = off"));
        let reset = names.iter().map(|name| format!("RESET {name}"));
        (set.collect::<Vec<_>>().join("; "), reset.collect::<Vec<_>>().join("; "))
    };
    let serial = "max_parallel_workers_per_gather";
    let serial = (format!("SET {serial} = 0"), format!("RESET {serial}"));
    all.iter().map(off).chain([serial]).collect()
}

/// Up to version 17 a step that is not wanted costs this more; from 18 on it is marked.
const UNWANTED: f64 = 1e10;

pub fn is_possible(plan: &Plan) -> bool {
    plan.root.total_cost.is_some_and(|cost| cost < UNWANTED)
        && plan.visits().all(|(node, _)| node.extra.get("Disabled") != Some(&Value::Bool(true)))
}

pub fn hide_index(schema: &str, name: &str, hidden: bool) -> String {
    format!(
        "UPDATE pg_catalog.pg_index SET indisvalid = {} WHERE indexrelid = \
             (SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
              WHERE n.nspname = {} AND c.relname = {})",
        !hidden,
        literal(schema),
        literal(name)
    )
}

pub fn plan_memory(settings: &[Setting]) -> PlanMemory {
    let number = |name: &str| settings.iter().find(|setting| setting.name == name)?.number;
    let sort_bytes = number("work_mem").unwrap_or(4_194_304.0);
    let factor = number("hash_mem_multiplier").unwrap_or(1.0);
    PlanMemory { sort_bytes, hash_bytes: sort_bytes * factor }
}
