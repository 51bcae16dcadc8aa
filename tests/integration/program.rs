//! The program as a user runs it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_planwise");

/// The built program in an environment of its own: no settings of the machine leak in.
pub fn planwise() -> Command {
    alone(Command::new(PROGRAM))
}

/// For tests that send SIGHUP: where they themselves run under `nohup`, planwise would ignore it, as it should.
pub fn planwise_that_hears_hangups() -> Command {
    let mut command = Command::new("env");
    command.args(["--default-signal=HUP", PROGRAM]);
    alone(command)
}

/// Without what this machine's environment says of servers.
fn alone(mut command: Command) -> Command {
    for (name, _) in std::env::vars() {
        let foreign = ["PG", "MYSQL", "DATABASE_URL", "NO_COLOR"];
        if foreign.iter().any(|prefix| name.starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    command
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A folder for one test's files, removed with it.
pub struct Desk {
    folder: TempDir,
}

impl Desk {
    pub fn new() -> Self {
        Desk { folder: TempDir::new().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    pub fn out(&self) -> PathBuf {
        self.path("out")
    }

    /// The run record that the program left.
    pub fn run_json(&self) -> Value {
        read_json(&self.out().join("run.json"))
    }
}

pub fn read_json(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// One query of a run record.
pub fn query<'r>(run: &'r Value, id: &str) -> &'r Value {
    let queries = run["queries"].as_array().unwrap();
    queries.iter().find(|q| q["id"] == id).unwrap_or_else(|| panic!("no query {id} in the record"))
}

/// The exit status must be `status`; shows everything the program said when it is not.
#[track_caller]
pub fn assert_status(output: &Output, status: i32) {
    assert_eq!(
        output.status.code(),
        Some(status),
        "stdout:\n{}\nstderr:\n{}",
        stdout(output),
        stderr(output)
    );
}

/// `text` must contain each of `parts`.
#[track_caller]
pub fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is missing in:\n{text}");
    }
    assert!(!text.contains("panicked"), "a panic:\n{text}");
}
