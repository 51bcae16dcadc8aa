//! The shape of the house, held by tests: who may know what.

use std::fs;
use std::path::{Path, PathBuf};

/// Words that only `engine/` and `capture/` may contain, in code or in comments.
const ENGINE_WORDS: [&str; 8] =
    ["postgres", "mysql", "mariadb", "sqlite", "hypopg", "pg_query", "pg_stat", "psql"];

fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    assert!(found.len() > 50, "only {} source files found", found.len());
    found
}

fn relative(path: &Path) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    path.strip_prefix(root).unwrap().display().to_string()
}

fn is_test(name: &str) -> bool {
    name.ends_with("_tests.rs") || name.contains("/tests")
}

/// Lines before the file's own test module.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let end = text.find("#[cfg(test)]\nmod tests").unwrap_or(text.len());
    text[..end].to_owned()
}

#[test]
fn no_module_outside_engine_and_capture_names_a_database() {
    let mut breaches = Vec::new();
    for path in sources() {
        let name = relative(&path);
        if name.starts_with("engine/") || name.starts_with("capture/") || is_test(&name) {
            continue;
        }
        for (number, line) in code(&path).lines().enumerate() {
            let line = line.to_lowercase();
            if ENGINE_WORDS.iter().any(|word| line.contains(word)) {
                breaches.push(format!("src/{name}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    assert!(breaches.is_empty(), "these belong into engine/:\n{}", breaches.join("\n"));
}

/// Stages in the order in which data flows; a stage may use those before it.
const STAGES: [&str; 16] = [
    "trace", "capture", "server", "workload", "run", "rule", "health", "advise", "compare",
    "snapshot", "tune", "history", "migrate", "report", "cli", "commands",
];

#[test]
fn data_flows_one_way() {
    let mut breaches = Vec::new();
    for path in sources() {
        let name = relative(&path);
        let Some(stage) = STAGES.iter().position(|s| name.starts_with(&format!("{s}/"))) else {
            continue;
        };
        // The command line and the verbs are one stage: verbs own their arguments.
        let later =
            STAGES[stage + 1..].iter().filter(|s| !(STAGES[stage] == "cli" && **s == "commands"));
        let text = code(&path);
        for later in later {
            if text.contains(&format!("crate::{later}::")) {
                breaches.push(format!("src/{name} uses crate::{later}"));
            }
        }
    }
    assert!(breaches.is_empty(), "against the stream:\n{}", breaches.join("\n"));
}

#[test]
fn files_stay_readable() {
    let long: Vec<String> = sources()
        .iter()
        .filter(|path| !is_test(&relative(path)))
        .map(|path| (relative(path), code(path).lines().count()))
        .filter(|(_, lines)| *lines > 350)
        .map(|(name, lines)| format!("src/{name}: {lines} lines"))
        .collect();
    assert!(long.is_empty(), "over 350 lines:\n{}", long.join("\n"));
}

#[test]
fn mod_files_hold_no_logic() {
    let with_logic: Vec<String> = sources()
        .iter()
        .filter(|path| path.file_name().is_some_and(|f| f == "mod.rs"))
        .filter(|path| {
            code(path).lines().any(|l| l.trim_start().starts_with("fn ") || l.contains(" fn "))
        })
        .map(|path| relative(path))
        .collect();
    assert!(with_logic.is_empty(), "logic in mod.rs: {with_logic:?}");
}
