//! Settings compared, nights kept, and settings of a run, on both servers.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use planwise::sandbox::Sandbox;
use serde_json::Value;

use super::{administrator, events};
use crate::program::{
    Desk, assert_says, assert_status, planwise, query, read_json, stderr, stdout,
};

const QUERIES: &str = "\
-- name: sorted
SELECT id, body FROM event ORDER BY body, cost DESC;
-- name: of-person
-- params: [[\"42\"], [\"300\"]]
SELECT SUM(cost) FROM event WHERE person_id = ?;
";

const CONFIG: &str = "\
workload = 'queries.sql'
[target]
url_env = 'PLANWISE_NIGHT'
[measure]
blocks = 12
seconds = 8
[gate]
fail_on = 'regression'
tolerance = 100
[history]
folder = 'history'
[output]
folder = 'out'
";

struct Stage {
    sandbox: Sandbox,
    desk: Desk,
    queries: PathBuf,
}

impl Stage {
    async fn of(engine: &str) -> Option<Stage> {
        let sandbox = events(engine).await?;
        let desk = Desk::new();
        let queries = desk.write("queries.sql", QUERIES);
        Some(Stage { sandbox, desk, queries })
    }

    fn url(&self) -> String {
        self.sandbox.owner_url(self.sandbox.database())
    }

    fn verb(&self, verb: &str) -> Command {
        let mut command = planwise();
        command.arg(verb).arg(&self.queries).args(["--db", &self.url(), "--quiet"]);
        command.arg("--out").arg(self.desk.out());
        command
    }

    fn night(&self, label: &str) -> Output {
        let config = self.desk.write("planwise.toml", CONFIG);
        let mut command = planwise();
        command.arg("nightly").arg("--config").arg(config).env("PLANWISE_NIGHT", self.url());
        for service in ["GITHUB_SHA", "CI_COMMIT_SHA", "GIT_COMMIT", "GITHUB_STEP_SUMMARY"] {
            command.env_remove(service);
        }
        command.args(["--label", label, "--quiet"]).output().unwrap()
    }

    fn history(&self) -> PathBuf {
        self.desk.path("history")
    }
}

fn merge_passes(record: &Value, id: &str) -> f64 {
    let plans = query(record, id)["plans"].as_array().unwrap();
    let counted = plans.iter().filter_map(|plan| {
        plan.pointer("/plan/extra/Status/Sort_merge_passes").and_then(Value::as_f64)
    });
    counted.fold(0.0, f64::max)
}

fn compared<'c>(comparison: &'c Value, id: &str) -> &'c Value {
    let queries = comparison["queries"].as_array().unwrap();
    queries.iter().find(|query| query["query"] == id).unwrap_or_else(|| panic!("no {id}"))
}

fn setting(comparison: &Value, name: &str) -> Value {
    let differences = comparison["differences"].as_array().unwrap().iter();
    let mut named = differences.filter(|difference| difference["what"] == name);
    named.next().cloned().unwrap_or_else(|| panic!("no {name} in {}", comparison["differences"]))
}

/// A sort that does not fit is merged in passes, and both the setting and that are told.
async fn settings(engine: &str) {
    let Some(stage) = Stage::of(engine).await else { return };
    let run = stage.verb("run").args(["--set", "sort_buffer_size=32K"]).output().unwrap();
    assert_status(&run, 0);
    let small = merge_passes(&stage.desk.run_json(), "sorted");
    let run = stage.verb("run").args(["--set", "sort_buffer_size=32M"]).output().unwrap();
    assert_status(&run, 0);
    let large = merge_passes(&stage.desk.run_json(), "sorted");
    assert!(small > 0.0 && large == 0.0, "{engine}: {small} {large}");

    let sides = ["--set-a", "sort_buffer_size=32M", "--set-b", "sort_buffer_size=32K", "--time=4"];
    let output = stage.verb("compare").args(sides).args(["--format", "json"]).output().unwrap();
    assert_status(&output, 0);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let told = setting(&document["comparison"], "sort_buffer_size");
    assert_eq!(
        (&told["before"], &told["after"]),
        (&"33554432".into(), &"32768".into()),
        "{engine}"
    );
    let text = compared(&document["comparison"], "sorted")["signals"].to_string();
    assert_says(&text, &["merge passes"]);

    let wrong = stage.verb("run").args(["--set", "no_such_setting=1"]).output().unwrap();
    assert_ne!(wrong.status.code(), Some(0), "{engine}: {}", stdout(&wrong));
}

/// An index that goes is a bad night, and the trend tells the query.
async fn nights(engine: &str) {
    let Some(stage) = Stage::of(engine).await else { return };
    assert_status(&stage.night("first"), 0);
    let second = stage.night("second");
    assert_status(&second, 0);
    let mut administrator = administrator(&stage.sandbox).await;
    administrator.command("DROP INDEX of_person ON event").await.unwrap();
    let third = stage.night("without-index");
    assert_status(&third, 1);
    assert_says(&stderr(&third), &["failed: of-person takes "]);
    let list = history(&stage.history(), &["list"]);
    assert_says(&list, &["first", "good", "without-index", "bad"]);
    assert_says(&history(&stage.history(), &["show", "of-person"]), &["of-person", "3 runs"]);
    let comparison = read_json(&stage.desk.out().join("comparison.json"))["comparison"].clone();
    let slower = compared(&comparison, "of-person");
    assert_eq!(slower["verdict"], "regressed", "{engine}: {slower}");
}

fn history(folder: &Path, action: &[&str]) -> String {
    let output =
        planwise().arg("history").args(action).arg("--history").arg(folder).output().unwrap();
    assert_status(&output, 0);
    stdout(&output)
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_of_a_session_are_compared_on_mariadb() {
    settings("mariadb").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_of_a_session_are_compared_on_mysql() {
    settings("mysql").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nights_on_mariadb_are_kept_and_fail_without_an_index() {
    nights("mariadb").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nights_on_mysql_are_kept_and_fail_without_an_index() {
    nights("mysql").await;
}
