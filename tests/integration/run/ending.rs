//! Runs that end before they are done, and runs with slow statements.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::shop::Shop;
use crate::program::{Desk, assert_says, assert_status, planwise, query, stdout};

fn begin(shop: &Shop, desk: &Desk, arguments: &[&str]) -> Child {
    let sql = "-- name: quick\nSELECT count(*) FROM orders;\n-- name: nap\nSELECT pg_sleep(0.05);";
    let file = desk.write("two.sql", sql);
    planwise()
        .args(["run", "--db", &shop.url(), "--out"])
        .arg(desk.out())
        .args(arguments)
        .arg(file)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Returns once planwise has been executing for a while: the first execution and the warm-up are over, and several
/// rounds are.
pub fn wait_until_measuring(shop: &Shop) {
    let deadline = Instant::now() + Duration::from_secs(60);
    let scans = "SELECT seq_scan + idx_scan FROM pg_stat_user_tables WHERE relname = 'orders'";
    let count = || shop.value(scans).parse::<u64>().unwrap();
    let before = count();
    while count() < before + 12 {
        assert!(Instant::now() < deadline, "the run never began");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn ctrl_c_saves_what_there_is() {
    let Some(shop) = Shop::open() else { return };
    let desk = Desk::new();
    let child = begin(&shop, &desk, &["--rounds", "100000"]);
    wait_until_measuring(&shop);
    let pressed = Instant::now();
    kill(Pid::from_raw(child.id() as i32), Signal::SIGINT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(pressed.elapsed() < Duration::from_secs(60), "took {:?}", pressed.elapsed());
    assert_status(&output, 130);
    let run = desk.run_json();
    assert_eq!(run["interrupted"], true);
    assert!(query(&run, "quick")["latency"]["count"].as_u64().unwrap() > 2);
    assert!(desk.out().join("report.html").exists());
}

#[test]
fn a_server_that_dies_leaves_the_results_so_far() {
    let Some(shop) = Shop::open() else { return };
    let desk = Desk::new();
    let child = begin(&shop, &desk, &["--rounds", "100000"]);
    wait_until_measuring(&shop);
    let postmaster = shop.value("SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)");
    kill(Pid::from_raw(postmaster.parse().unwrap()), Signal::SIGQUIT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_status(&output, 3);
    let run = desk.run_json();
    assert_eq!(run["interrupted"], true);
    assert!(!run["lost"].is_null());
    assert!(query(&run, "quick")["latency"]["count"].as_u64().unwrap() > 2);
}

#[test]
fn a_statement_that_takes_too_long_is_a_row() {
    let Some(shop) = Shop::open() else { return };
    let desk = Desk::new();
    let file = desk.write(
        "two.sql",
        "-- name: forever\nSELECT pg_sleep(60);\n-- name: quick\nSELECT count(*) FROM orders;",
    );
    let output = planwise()
        .args(["run", "--rounds", "3", "--statement-timeout", "0.3", "--db", &shop.url(), "--out"])
        .arg(desk.out())
        .arg(file)
        .output()
        .unwrap();
    assert_status(&output, 0);
    assert_says(&stdout(&output), &["forever", "quick"]);
    let run = desk.run_json();
    assert_eq!(query(&run, "forever")["status"]["state"], "timed-out");
    assert_eq!(query(&run, "forever")["status"]["after_ms"], 300.0);
    assert_eq!(query(&run, "forever")["plans"][0]["plan"]["evidence"], "D");
    assert_eq!(query(&run, "quick")["latency"]["count"], 3);
}

#[test]
fn json_on_standard_output_is_one_document() {
    let Some(shop) = Shop::open() else { return };
    let desk = Desk::new();
    let file = desk.write("one.sql", "-- name: quick\nSELECT count(*) FROM orders;");
    let output = planwise()
        .args(["run", "--format", "json", "--rounds", "3", "--db", &shop.url(), "--out"])
        .arg(desk.out())
        .arg(file)
        .output()
        .unwrap();
    assert_status(&output, 0);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(document.is_object());
}
