//! The shape of the house, held by tests: who may know what.

use std::fs;
use std::path::{Path, PathBuf};

/// Words that only `engine/` and `capture/` may contain in code; comments may say what they mean.
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
            if is_comment(&line) {
                continue;
            }
            if ENGINE_WORDS.iter().any(|word| line.contains(word)) {
                breaches.push(format!("src/{name}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    assert!(breaches.is_empty(), "these belong into engine/:\n{}", breaches.join("\n"));
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}

/// Every room and every file of `src/`, in the order in which data flows: each may use those before it.
/// `docs/architecture.md` says what each is for.
const ROOMS: [&str; 29] = [
    "bounded",
    "interrupt",
    "durable",
    "stats",
    "printable",
    "progress",
    "sql",
    "plan",
    "engine",
    "ddl",
    "sandbox",
    "trace",
    "capture",
    "server",
    "serving",
    "workload",
    "run",
    "rule",
    "health",
    "advise",
    "compare",
    "snapshot",
    "tune",
    "history",
    "migrate",
    "sample",
    "report",
    "cli",
    "commands",
];

/// The folder or the file right below `src/` that a file belongs to.
fn room(name: &str) -> &str {
    let first = name.split('/').next().unwrap_or(name);
    first.trim_end_matches(".rs")
}

#[test]
fn data_flows_one_way() {
    let mut breaches = Vec::new();
    for path in sources() {
        let name = relative(&path);
        if ["lib.rs", "main.rs"].contains(&name.as_str()) || is_test(&name) {
            continue;
        }
        let Some(place) = ROOMS.iter().position(|known| *known == room(&name)) else {
            breaches.push(format!("src/{name} is of no known room: give {} a place", room(&name)));
            continue;
        };
        let text = code(&path);
        let lines: Vec<&str> = text.lines().filter(|line| !is_comment(line)).collect();
        let text = lines.join("\n");
        if text.contains("use crate::{") {
            breaches.push(format!("src/{name} imports several rooms in one line"));
        }
        for later in &ROOMS[place + 1..] {
            if uses(&text, later) {
                breaches.push(format!("src/{name} uses crate::{later}"));
            }
        }
    }
    assert!(breaches.is_empty(), "against the stream:\n{}", breaches.join("\n"));
}

fn uses(code: &str, room: &str) -> bool {
    let path = format!("crate::{room}");
    let ends = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    code.match_indices(&path).any(|(at, found)| ends(&code[at + found.len()..]))
}

#[test]
fn every_room_stands_in_the_architecture_page() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.md");
    let page = fs::read_to_string(page).unwrap();
    let missing: Vec<&&str> =
        ROOMS.iter().filter(|room| !page.contains(&format!("| `{room}` |"))).collect();
    assert!(missing.is_empty(), "docs/architecture.md has no row for {missing:?}");
    let order: Vec<usize> =
        ROOMS.iter().filter_map(|room| page.find(&format!("| `{room}` |"))).collect();
    assert!(order.is_sorted(), "docs/architecture.md lists the rooms in another order");
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
