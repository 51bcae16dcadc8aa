//! What a test needs besides the program: servers, a browser, data sets. A test that does not find
//! its part says so loudly and stops; with `PLANWISE_REQUIRE_PARTS=1` it fails.
//!
//! ```ignore
//! let Some(sandbox) = parts::postgres().await else { return };
//! ```

#![allow(dead_code)]

use std::path::{Path, PathBuf};

use planwise::engine;
use planwise::sandbox::{Sandbox, SandboxError, SandboxOptions};

/// An empty PostgreSQL server of the newest installed version.
pub async fn postgres() -> Option<Sandbox> {
    sandbox("postgres", SandboxOptions::default()).await
}

/// An empty MariaDB server.
pub async fn mariadb() -> Option<Sandbox> {
    sandbox("mariadb", SandboxOptions::default()).await
}

/// A server of `engine`, started in a particular way. `None` only when none is installed.
pub async fn sandbox(engine: &str, options: SandboxOptions) -> Option<Sandbox> {
    let mut options = options;
    if engine == "mysql" && options.bin_dir.is_none() {
        options.bin_dir = Some(mysql_server()?);
    }
    let engine = engine::by_name(engine).unwrap_or_else(|| panic!("no engine {engine}"));
    match Sandbox::start(engine, options).await {
        Ok(sandbox) => Some(sandbox),
        Err(error @ SandboxError::NotInstalled { .. }) => missing(&error.to_string()),
        Err(error) => panic!("{:#}", anyhow::Error::from(error)),
    }
}

/// Debian's headless browser.
pub fn chromium() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found = names.iter().find_map(|name| on_path(name));
    found.or_else(|| missing("chromium is not installed"))
}

/// A program of a Debian package that `scripts/setup test` installs.
pub fn program(name: &str) -> Option<PathBuf> {
    on_path(name).or_else(|| missing(&format!("{name} is not installed")))
}

/// The programs of a server of a supported major version, which `scripts/postgres-versions` fetches.
pub fn postgres_version(major: u32) -> Option<PathBuf> {
    let folder = cached_by("scripts/postgres-versions");
    let programs = folder.join(major.to_string()).join("bin");
    if programs.join("postgres").is_file() {
        return Some(programs);
    }
    missing(&format!(
        "PostgreSQL {major} is not in {}: scripts/postgres-versions",
        folder.display()
    ))
}

/// The programs of a MySQL server, which `scripts/mysql-server` fetches.
pub fn mysql_server() -> Option<PathBuf> {
    let programs = cached_by("scripts/mysql-server");
    if programs.join("mysqld").is_file() {
        return Some(programs);
    }
    missing(&format!("MySQL is not in {}: scripts/mysql-server", programs.display()))
}

/// The folder that a script of the project fetches into.
fn cached_by(script: &str) -> PathBuf {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(script);
    let output = std::process::Command::new(script).arg("--folder").output().expect("the script");
    PathBuf::from(String::from_utf8(output.stdout).expect("a folder's name").trim())
}

/// A file below the shared data sets: `PLANWISE_DATASETS`, or `../shared/datasets` beside the
/// checkout. They are no part of the project: without them a test is skipped, loudly, and never fails.
pub fn dataset(name: &str) -> Option<PathBuf> {
    let found = dataset_roots().into_iter().map(|root| root.join(name)).find(|path| path.exists());
    if found.is_none() {
        announce(&format!("data set {name} is not there: set PLANWISE_DATASETS"));
    }
    found
}

/// Both the folder of the checkout and, for a worktree, those above it are looked at.
fn dataset_roots() -> Vec<PathBuf> {
    let named = std::env::var_os("PLANWISE_DATASETS").map(PathBuf::from);
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR"));
    let beside = checkout.ancestors().skip(1).map(|folder| folder.join("shared/datasets"));
    named.into_iter().chain(beside).collect()
}

pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// Says that the running test did not run, or fails it where all parts are required.
pub fn missing<T>(what: &str) -> Option<T> {
    let required = std::env::var_os("PLANWISE_REQUIRE_PARTS").is_some_and(|value| value == "1");
    assert!(!required, "PLANWISE_REQUIRE_PARTS=1, but {what}");
    announce(what);
    None
}

/// On standard error itself: the test harness would swallow `eprintln!` of a passing test.
fn announce(what: &str) {
    use std::io::Write;
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let _ = writeln!(std::io::stderr().lock(), "\n*** NOT RUN: {test}: {what} ***");
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}
