//! Further statements, one a line: what must become of them read-only and rolled back, and the statement.

use std::path::{Path, PathBuf};

use super::postgres_statements::Fate;

fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/integration/attack").join(file)
}

/// A file beside this one.
pub fn text(file: &str) -> String {
    std::fs::read_to_string(path(file)).unwrap()
}

pub fn statements(file: &str) -> Vec<(String, Fate, Fate)> {
    let text = text(file);
    let statements: Vec<_> = text.lines().filter(|line| !line.is_empty()).map(statement).collect();
    assert!(statements.len() > 30);
    statements
}

fn statement(line: &str) -> (String, Fate, Fate) {
    let (read_only, rest) = line.split_once(' ').unwrap();
    let (rolled_back, sql) = rest.trim_start().split_once(' ').unwrap();
    (sql.trim().to_owned(), fate(read_only), fate(rolled_back))
}

fn fate(word: &str) -> Fate {
    match word {
        "Refused" => Fate::Refused,
        "Fails" => Fate::Fails,
        "Runs" => Fate::Runs,
        other => panic!("{other}"),
    }
}
