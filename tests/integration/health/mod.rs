//! `planwise health` on real servers: everything that ails is named, and a healthy server is left alone.

mod beside;
mod mysql;
mod postgres;
mod replication;
mod settings;
mod symptoms;
mod watching;

use std::collections::BTreeSet;

use serde_json::Value;

use planwise::engine::{Access, Session, SessionOptions};
use planwise::sandbox::Sandbox;

use crate::program::{assert_says, assert_status, planwise, stdout};

/// What the program says of the server, as its JSON document.
pub fn look(url: &str, more: &[&str]) -> Value {
    let output =
        planwise().args(["health", "--format", "json", "--db", url]).args(more).output().unwrap();
    assert_status(&output, 0);
    serde_json::from_str(&stdout(&output)).unwrap()
}

pub fn ids(report: &Value, list: &str) -> BTreeSet<String> {
    let key = if list == "settings" { "check" } else { "id" };
    let all = report[list].as_array().unwrap();
    all.iter().map(|one| one[key].as_str().unwrap().to_owned()).collect()
}

/// Looks until everything of `wanted` is named: some of it has to grow old first.
pub fn all_named(url: &str, list: &str, wanted: &[&str]) -> Value {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    loop {
        let report = look(url, &[]);
        let named = ids(&report, list);
        let missing: Vec<_> = wanted.iter().filter(|id| !named.contains(**id)).collect();
        if missing.is_empty() {
            return report;
        }
        assert!(std::time::Instant::now() < deadline, "not named: {missing:?}; named: {named:?}");
    }
}

pub async fn session(sandbox: &Sandbox) -> Box<dyn Session> {
    let options = SessionOptions {
        access: Access::Commit,
        lock_timeout: std::time::Duration::ZERO,
        statement_timeout: std::time::Duration::ZERO,
        ..SessionOptions::default()
    };
    sandbox.connect(&options).await.unwrap()
}

/// Runs each of `statements` on its own.
pub async fn plant(session: &mut dyn Session, statements: &[&str]) {
    for statement in statements {
        session.command(statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
}

#[track_caller]
pub fn says(text: &str, part: &str) {
    assert_says(text, &[part]);
}
