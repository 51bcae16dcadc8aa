//! Two servers with data, and the program asked about them.

use std::path::{Path, PathBuf};
use std::process::Output;

use planwise::engine::{Access, SessionOptions};
use planwise::progress::Progress;
use planwise::sandbox::{Sandbox, SandboxOptions};
use serde_json::Value;

use crate::parts;
use crate::program::{planwise, stderr, stdout};

pub async fn loaded(engine: &str, bin_dir: Option<PathBuf>, files: &[&Path]) -> Option<Sandbox> {
    let options = SandboxOptions { bin_dir, ..SandboxOptions::default() };
    let mut sandbox = parts::sandbox(engine, options).await?;
    let files: Vec<PathBuf> = files.iter().map(|file| (*file).to_owned()).collect();
    let loaded = sandbox.load(&files, Progress::hidden()).await;
    loaded.unwrap_or_else(|error| panic!("{:#}", anyhow::Error::from(error)));
    Some(sandbox)
}

pub async fn scripted(engine: &str, bin_dir: Option<PathBuf>, script: &str) -> Option<Sandbox> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("script.sql");
    std::fs::write(&file, script).unwrap();
    loaded(engine, bin_dir, &[&file]).await
}

pub fn fixture(name: &str) -> PathBuf {
    parts::fixture("migration").join(name)
}

pub fn url(sandbox: &Sandbox) -> String {
    sandbox.url(sandbox.database())
}

/// Runs statements for good.
pub async fn change(sandbox: &Sandbox, sql: &str) {
    let options = SessionOptions { access: Access::Commit, ..SessionOptions::default() };
    let mut session = sandbox.connect(&options).await.unwrap();
    session.command(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// The program's parity document, and its exit status.
pub fn parity(source: &Sandbox, target: &Sandbox, more: &[&str]) -> (Value, i32) {
    let output = run(source, target, more);
    let status = output.status.code().unwrap();
    let document = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}\n{}", stdout(&output), stderr(&output)));
    (document, status)
}

pub fn run(source: &Sandbox, target: &Sandbox, more: &[&str]) -> Output {
    let mut command = planwise();
    command.args([
        "parity",
        "--format",
        "json",
        "--quiet",
        "--source",
        &url(source),
        "--target",
        &url(target),
    ]);
    command.args(more).output().unwrap()
}

/// `column source→target nature` of every difference of a table, and the kinds of rows that are on one side alone.
pub fn differences(document: &Value, table: &str) -> Vec<String> {
    let tables = document["tables"].as_array().unwrap();
    let suffix = format!(".{table}");
    let table = tables.iter().find(|t| t["source"].as_str().unwrap().ends_with(&suffix)).unwrap();
    let mut told = Vec::new();
    for row in table["differences"].as_array().unwrap() {
        let kind = row["kind"].as_str().unwrap();
        if kind != "changed" {
            told.push(kind.to_owned());
        }
        for column in row["columns"].as_array().unwrap() {
            let nature = column["nature"].as_str().unwrap_or("");
            told.push(format!("{} {nature}", column["column"].as_str().unwrap()));
        }
    }
    told.sort();
    told
}

pub fn ids(document: &Value, part: &str) -> Vec<String> {
    let found = document[part].as_array().unwrap().iter();
    let found =
        found.filter(|entry| entry.get("weight").is_none_or(|weight| weight == "difference"));
    found.map(|entry| entry["id"].as_str().unwrap().to_owned()).collect()
}
