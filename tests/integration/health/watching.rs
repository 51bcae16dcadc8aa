//! Rates of a time that was watched, of the time since an earlier look, and looks again and again.

use std::io::BufRead;
use std::process::Stdio;

use planwise::sandbox::SandboxOptions;
use serde_json::Value;

use super::{look, plant, session};
use crate::parts;
use crate::program::{Desk, assert_says, assert_status, planwise, stderr};

fn figure(report: &Value, id: &str) -> f64 {
    let all = report["vitals"].as_array().unwrap();
    let one = all.iter().find(|one| one["id"] == id).unwrap_or_else(|| panic!("{all:#?}"));
    one["number"].as_f64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn rates_are_of_the_time_that_was_watched() {
    let Some(sandbox) = parts::sandbox("postgres", SandboxOptions::default()).await else { return };
    let url = sandbox.url("postgres");
    let desk = Desk::new();
    let output =
        planwise().args(["health", "--db", &url, "--out"]).arg(desk.out()).output().unwrap();
    assert_status(&output, 0);
    let earlier = desk.out().join("health.json");
    // Two temporary files between the looks, and none before.
    let mut owner = session(&sandbox).await;
    plant(
        owner.as_mut(),
        &[
            "SET work_mem = '64kB'",
            "SELECT count(*) FROM (SELECT g, repeat('x', 100) FROM generate_series(1, 50000) g ORDER BY 2, 1 OFFSET 1) s",
        ],
    )
    .await;
    drop(owner);
    let since = earlier.display().to_string();
    let asked = url.clone();
    let report =
        tokio::task::spawn_blocking(move || look(&asked, &["--since", &since])).await.unwrap();
    assert_eq!(report["observed"]["since_start"], false);
    assert!(figure(&report, "temporary_file_bytes") > 1e6, "{:#}", report["vitals"]);

    let asked = url.clone();
    let report =
        tokio::task::spawn_blocking(move || look(&asked, &["--observe", "1"])).await.unwrap();
    let seconds = report["observed"]["seconds"].as_f64().unwrap();
    assert!(report["observed"]["since_start"] == false && seconds >= 1.0, "{}", report["observed"]);
    assert_eq!(
        figure(&report, "temporary_file_bytes"),
        0.0,
        "nothing was written while it watched"
    );

    let broken = desk.write("broken.json", "{}");
    let output =
        planwise().args(["health", "--db", &url, "--since"]).arg(&broken).output().unwrap();
    assert_status(&output, 2);
    assert_says(&stderr(&output), &["broken.json is no earlier look"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn watching_looks_again_until_it_is_interrupted_or_something_ails() {
    let Some(sandbox) = parts::sandbox("postgres", SandboxOptions::default()).await else { return };
    let url = sandbox.url("postgres");
    let mut watching = planwise()
        .args(["health", "--watch=0.2", "--format", "openmetrics", "--db", &url])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = std::io::BufReader::new(watching.stdout.take().unwrap()).lines();
    let ends = lines.map_while(Result::ok).filter(|line| line == "# EOF").take(3).count();
    assert_eq!(ends, 3, "three looks");
    let id = nix::unistd::Pid::from_raw(watching.id() as i32);
    nix::sys::signal::kill(id, nix::sys::signal::Signal::SIGINT).unwrap();
    let ended = watching.wait().unwrap();
    assert!(ended.code().is_some_and(|code| [0, 130].contains(&code)), "{ended}");
    // fsync is off on a throwaway server: that ails.
    let output = planwise()
        .args(["health", "--watch=0.2", "--fail-on", "high", "--db", &url])
        .output()
        .unwrap();
    assert_status(&output, 1);
}
