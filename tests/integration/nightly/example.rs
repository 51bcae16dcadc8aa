//! The example of `docs/nightly/`, three nights, the last one without its index.

use std::fs;
use std::path::Path;
use std::process::Output;

use super::outputs::assert_junit;
use crate::parts;
use crate::program::{Desk, assert_says, assert_status, planwise, read_json, stderr, stdout};

/// The example as a user has it, in a folder of its own.
fn example() -> Desk {
    let desk = Desk::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/nightly");
    for entry in fs::read_dir(source).unwrap().map(Result::unwrap) {
        if entry.path().is_file() {
            fs::copy(entry.path(), desk.path(entry.file_name().to_str().unwrap())).unwrap();
        }
    }
    desk
}

fn night(desk: &Desk, label: &str, more: &[&str]) -> Output {
    let config = desk.path("planwise.toml");
    let mut command = planwise();
    for service in ["GITHUB_SHA", "CI_COMMIT_SHA", "GIT_COMMIT", "GITHUB_STEP_SUMMARY"] {
        command.env_remove(service);
    }
    command.arg("nightly").arg("--config").arg(config).args(["--label", label, "--quiet"]);
    command.args(more).env("GITHUB_STEP_SUMMARY", desk.path("summary.md")).output().unwrap()
}

#[tokio::test]
async fn the_example_of_the_documentation_runs_and_fails_on_a_dropped_index() {
    if parts::postgres().await.is_none() {
        return;
    }
    let desk = example();
    let first = night(&desk, "first", &["--commit", "aaaa"]);
    assert_status(&first, 0);
    assert_says(&stdout(&first), &["There was no baseline yet", "stored as the first good one"]);

    // Drop the index as a careless change would.
    desk.write("indexes.sql", "ANALYZE;\n");
    let second = night(&desk, "dropped", &["--commit", "bbbb", "--github"]);
    assert_status(&second, 1);
    assert_says(&stdout(&second), &["Workload slower: ", "1 slower", "(bad)"]);
    assert_says(&stderr(&second), &["failed: orders-of-customer takes ", "::error file="]);
    let junit = fs::read_to_string(desk.path("out/junit.xml")).unwrap();
    assert_says(
        &junit,
        &["<failure", "type=\"regression\"", "the plan changed", "Seq Scan on orders"],
    );
    assert_junit(&desk.path("out/junit.xml"));
    let comment = fs::read_to_string(desk.path("out/comment.md")).unwrap();
    assert_says(&comment, &["### ❌ planwise: ", "**orders-of-customer**", "<details>"]);
    assert_eq!(fs::read_to_string(desk.path("summary.md")).unwrap(), comment);
    let quality = read_json(&desk.path("out/code-quality.json"));
    assert_eq!(quality[0]["check_name"], "query-regression");
    assert_eq!(quality[0]["location"]["lines"]["begin"], 4);
    let metrics = fs::read_to_string(desk.path("out/metrics.txt")).unwrap();
    assert_says(
        &metrics,
        &["planwise_gate_passed{workload=\"queries\"} 0", "verdict=\"regressed\"} 1"],
    );
    assert!(metrics.ends_with("# EOF\n"));
    assert!(desk.path("out/report.html").is_file() && desk.path("out/comparison.json").is_file());

    let list = history(&desk, &["list"]);
    assert_says(&list, &["first", "good", "dropped", "bad"]);
    let trend = history(&desk, &["show", "orders-of-customer"]);
    assert_says(&trend, &["orders-of-customer", "2 runs", "█"]);

    // A bad night is no baseline: the next is compared with the last good one and fails as well.
    let third = night(&desk, "still dropped", &["--format", "json"]);
    assert_status(&third, 1);
    let document: serde_json::Value = serde_json::from_str(&stdout(&third)).unwrap();
    assert!(document["comparison"]["labels"]["before"].as_str().unwrap().starts_with("first of"));
    assert!(document["comparison"]["self_check"]["compared"].as_u64().unwrap() > 0);
}

fn history(desk: &Desk, action: &[&str]) -> String {
    let folder = desk.path("history");
    let output =
        planwise().arg("history").args(action).arg("--history").arg(folder).output().unwrap();
    assert_status(&output, 0);
    stdout(&output)
}

#[test]
fn a_wrong_configuration_is_said_with_its_line_and_nothing_is_started() {
    let desk = example();
    let text = fs::read_to_string(desk.path("planwise.toml")).unwrap();
    desk.write("planwise.toml", text.replace("tolerance = 20", "tolerence = 20"));
    let refused = night(&desk, "x", &[]);
    assert_status(&refused, 2);
    assert_says(&stderr(&refused), &["line 19: unknown field `tolerence`"]);
    desk.write(
        "planwise.toml",
        "workload = 'queries.sql'\n[target]\nurl_env = 'PLANWISE_TEST_NOT_SET'\n",
    );
    let refused = night(&desk, "x", &[]);
    assert_status(&refused, 2);
    assert_says(&stderr(&refused), &["environment variable PLANWISE_TEST_NOT_SET", "is not set"]);
}
