//! `planwise explain --out`.

use super::failures::PLAN;
use crate::program::{Desk, assert_says, assert_status, planwise, read_json, stdout};

#[test]
fn one_file_by_its_ending_or_all_into_a_folder() {
    let desk = Desk::new();
    let plan = desk.write("plan.txt", PLAN);
    let explain = |out: &str| {
        let mut command = planwise();
        command.arg("explain").arg(&plan).arg("--out").arg(desk.path(out));
        let output = command.output().unwrap();
        assert_status(&output, 0);
        stdout(&output)
    };
    let printed = explain("one.html");
    assert_says(&printed, &["Seq Scan", "Written: ", "one.html"]);
    let html = std::fs::read_to_string(desk.path("one.html")).unwrap();
    assert_says(&html, &["<!doctype html>", "Content-Security-Policy", "orders", "customer = 42"]);
    assert!(!html.contains("http://") && !html.contains("https://"), "a page that loads something");

    explain("all");
    for name in ["explain.html", "explain.md", "explain.json"] {
        assert!(desk.path("all").join(name).is_file(), "{name}");
    }
    assert_eq!(read_json(&desk.path("all").join("explain.json"))["engine"], "postgres");
    explain("notes.txt");
    assert_says(&std::fs::read_to_string(desk.path("notes.txt")).unwrap(), &["Seq Scan"]);
}

#[test]
fn a_hostile_plan_stays_text_in_the_page() {
    let desk = Desk::new();
    let hostile = PLAN.replace("orders", "\"<script>alert(1)</script>\"");
    let plan = desk.write("plan.txt", hostile);
    let mut command = planwise();
    command.arg("explain").arg(&plan).arg("--out").arg(desk.path("x.html"));
    assert_status(&command.output().unwrap(), 0);
    let html = std::fs::read_to_string(desk.path("x.html")).unwrap();
    assert!(!html.contains("<script>alert"), "markup from a plan");
}

#[test]
fn json_stays_alone_on_standard_output() {
    let desk = Desk::new();
    let plan = desk.write("plan.txt", PLAN);
    let mut command = planwise();
    command.arg("explain").arg(&plan).args(["--format", "json", "-o"]).arg(desk.path("x.md"));
    let output = command.output().unwrap();
    assert_status(&output, 0);
    serde_json::from_str::<serde_json::Value>(&stdout(&output)).unwrap();
    assert!(desk.path("x.md").is_file());
}
