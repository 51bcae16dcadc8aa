//! The captured plans.

use std::fs;
use std::path::PathBuf;

use planwise::engine::postgres::explain::parse;
use planwise::plan::Plan;

pub const SERVERS: [&str; 2] = ["postgres-15", "postgres-18"];

pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/plans")
}

/// Names of the captured queries.
pub fn names() -> Vec<String> {
    let entries = fs::read_dir(folder().join("queries")).expect("the queries' folder");
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
        .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert!(names.len() >= 40, "only {} captured queries", names.len());
    names
}

pub fn text(server: &str, file: &str) -> String {
    let path = folder().join(server).join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub fn plan(server: &str, file: &str) -> Plan {
    parse(&text(server, file)).unwrap_or_else(|error| panic!("{server}/{file}: {error}"))
}
