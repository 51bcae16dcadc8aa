//! `tests/rules/capture/*.toml`: how each case is brought about.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::Deserialize;

use super::case::root;

#[derive(Debug, Deserialize)]
pub struct Specification {
    pub rule: Vec<RuleCases>,
}

#[derive(Debug, Deserialize)]
pub struct RuleCases {
    pub id: String,
    #[serde(flatten)]
    pub cases: IndexMap<String, Making>,
}

/// How to make one case.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Making {
    pub sql: Option<String>,
    #[serde(default)]
    pub queries: IndexMap<String, String>,
    #[serde(default)]
    pub params: Vec<String>,
    /// Settings of the session.
    #[serde(default)]
    pub set: BTreeMap<String, String>,
    /// Settings of the server.
    #[serde(default)]
    pub server: BTreeMap<String, String>,
    /// Commands before the counters are read, between, and afterwards. One that begins with `?` may fail.
    #[serde(default)]
    pub before: Vec<String>,
    #[serde(default)]
    pub during: Vec<String>,
    #[serde(default)]
    pub after: Vec<String>,
    /// Steps of a session: query and times.
    #[serde(default)]
    pub trace: Vec<(String, u32)>,
    pub machine: Option<Machine>,
    /// Tables to keep of the catalog beside those of the queries.
    #[serde(default)]
    pub tables: Vec<String>,
    /// `…` in the statement stands for so many constants.
    pub list: Option<usize>,
    /// How often the query runs between the two readings of the counters.
    #[serde(default)]
    pub repeat: usize,
    /// Keep how the times of those executions differ.
    #[serde(default)]
    pub latencies: bool,
    /// Reset the server's statistics first.
    #[serde(default)]
    pub reset: bool,
    /// It changes rows: each execution is rolled back.
    #[serde(default)]
    pub writes: bool,
    /// Only its text is judged: nothing is asked of the server.
    #[serde(default)]
    pub text: bool,
    /// `…` in the statement stands for so many rows of one value.
    pub rows: Option<usize>,
    /// Statements of the same session before: temporary tables and the like.
    #[serde(default)]
    pub own: Vec<String>,
    /// Without a run before that warms the caches.
    #[serde(default)]
    pub once: bool,
    /// Leave out what only VERBOSE says: what each step returns.
    #[serde(default)]
    pub plain: bool,
    /// Do not execute.
    #[serde(default)]
    pub estimate: bool,
    /// The workload is declared to be all that asks the database.
    #[serde(default)]
    pub complete: bool,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    pub memory_gb: f64,
}

impl Making {
    /// Queries by id; a lone one is `q`.
    pub fn queries(&self) -> Vec<(String, String)> {
        let lone = self.sql.iter().map(|sql| ("q".to_owned(), sql.clone()));
        let named = self.queries.iter().map(|(id, sql)| (id.clone(), sql.clone()));
        let with_list = |(id, sql): (String, String)| match (self.list, self.rows) {
            (Some(length), _) => (id, sql.replace('…', &constants(length))),
            (_, Some(rows)) => (id, sql.replace('…', &value_rows(rows))),
            _ => (id, sql),
        };
        lone.chain(named).map(with_list).collect()
    }
}

fn constants(length: usize) -> String {
    (0..length).map(|i| (17 + i * 37).to_string()).collect::<Vec<_>>().join(", ")
}

fn value_rows(count: usize) -> String {
    (0..count).map(|i| format!("({})", 900 + i)).collect::<Vec<_>>().join(", ")
}

/// Of `ENGINE.toml` and every `ENGINE-….toml` beside it.
pub fn specification(engine: &str) -> Specification {
    let folder = fs::read_dir(root().join("capture")).expect("tests/rules/capture");
    let mut paths: Vec<PathBuf> = folder.map(|entry| entry.expect("entry").path()).collect();
    paths.retain(|path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name == format!("{engine}.toml")
            || (name.starts_with(&format!("{engine}-")) && name.ends_with(".toml"))
    });
    paths.sort();
    Specification { rule: paths.iter().flat_map(|path| file(path).rule).collect() }
}

fn file(path: &Path) -> Specification {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    toml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}
