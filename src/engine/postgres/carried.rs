//! Settings of a server that a copy of it has to have, for its plans and its times to say anything of the original's.

use crate::engine::{CarriedSettings, Setting};

/// What the planner and the executor go by, on top of everything whose name begins with one of [`FAMILIES`].
const NAMES: &[&str] = &[
    "constraint_exclusion",
    "cursor_tuple_fraction",
    "default_statistics_target",
    "effective_cache_size",
    "effective_io_concurrency",
    "from_collapse_limit",
    "hash_mem_multiplier",
    "join_collapse_limit",
    "maintenance_work_mem",
    "max_parallel_workers",
    "max_parallel_workers_per_gather",
    "max_worker_processes",
    "parallel_leader_participation",
    "parallel_setup_cost",
    "parallel_tuple_cost",
    "plan_cache_mode",
    "random_page_cost",
    "recursive_worktable_factor",
    "seq_page_cost",
    "temp_buffers",
    "work_mem",
];

const FAMILIES: &[&str] = &["enable_", "cpu_", "jit", "geqo", "min_parallel_"];

/// Of developers of the server, and paths.
const NOT_CARRIED: &[&str] = &["jit_provider", "jit_debugging_support", "jit_profiling_support"];

const BUFFERS: &str = "shared_buffers";
/// A copy may take this share of the memory of the machine it is on.
const MOST_OF_MEMORY: f64 = 0.25;

/// `memory`: bytes of the machine that the copy is on.
pub fn carried(settings: &[Setting], memory: Option<u64>) -> CarriedSettings {
    let mut carried = CarriedSettings::default();
    for setting in settings.iter().filter(|setting| is_changed(setting)) {
        if setting.name == BUFFERS {
            buffers(setting, memory, &mut carried);
        } else if counts(&setting.name) {
            carried.settings.push((setting.name.clone(), setting.value.clone()));
        }
    }
    carried
}

/// What text and times mean decides plans as well: literals are read by it.
const OF_VALUES: &[&str] =
    &["DateStyle", "IntervalStyle", "TimeZone", "standard_conforming_strings"];

/// A condition on the column `name`: the settings that plans go by.
pub fn planner_settings() -> String {
    let quoted = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
        names.join(", ")
    };
    let families: Vec<String> =
        FAMILIES.iter().map(|family| format!("starts_with(name, '{family}')")).collect();
    format!(
        "(name IN ({}, {}) OR {}) AND name NOT IN ({})",
        quoted(NAMES),
        quoted(OF_VALUES),
        families.join(" OR "),
        quoted(NOT_CARRIED)
    )
}

/// Whether such a setting may be taken from a snapshot, which may say anything.
pub fn is_planner_setting(name: &str) -> bool {
    counts(name) || OF_VALUES.contains(&name)
}

fn counts(name: &str) -> bool {
    let of_family = FAMILIES.iter().any(|family| name.starts_with(family));
    (of_family || NAMES.contains(&name)) && !NOT_CARRIED.contains(&name)
}

fn is_changed(setting: &Setting) -> bool {
    setting.source != "default" && setting.default.as_deref() != Some(setting.value.as_str())
}

fn buffers(setting: &Setting, memory: Option<u64>, carried: &mut CarriedSettings) {
    let Some(wanted) = setting.number else { return };
    let room = memory.map_or(0.0, |bytes| bytes as f64 * MOST_OF_MEMORY);
    if wanted <= room {
        carried.settings.push((setting.name.clone(), setting.value.clone()));
        return;
    }
    let megabytes = (room / f64::from(1 << 20)) as u64;
    let instead = if megabytes >= 16 { format!("{megabytes}MB") } else { "128MB".to_owned() };
    carried.settings.push((setting.name.clone(), instead.clone()));
    carried.differing.push(format!(
        "{BUFFERS} is {instead} on the copy and {} there: this machine has no room for more",
        setting.value
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(name: &str, value: &str, number: f64, source: &str) -> Setting {
        Setting {
            name: name.to_owned(),
            value: value.to_owned(),
            number: Some(number),
            unit: None,
            default: Some("default".to_owned()),
            source: source.to_owned(),
            needs_restart: false,
        }
    }

    #[test]
    fn what_decides_plans_is_carried_over_and_paths_are_not() {
        let settings = [
            setting("random_page_cost", "1.1", 1.1, "configuration file"),
            setting("enable_seqscan", "off", 0.0, "user"),
            setting("work_mem", "4MB", 4e6, "default"),
            setting("data_directory", "/srv", 0.0, "configuration file"),
            setting("jit_provider", "x", 0.0, "configuration file"),
            setting("shared_buffers", "1GB", 1e9, "configuration file"),
        ];
        let all = carried(&settings, Some(16 << 30));
        let names: Vec<&str> = all.settings.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["random_page_cost", "enable_seqscan", "shared_buffers"]);
        assert!(all.differing.is_empty());
        let small = carried(&settings, Some(2 << 30));
        assert_eq!(small.settings[2].1, "512MB");
        assert!(small.differing[0].contains("1GB there"), "{:?}", small.differing);
    }
}
