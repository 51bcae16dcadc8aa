//! `planwise rules`, as a user types it.

use assert_cmd::Command;

fn planwise(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::cargo_bin("planwise")
        .expect("the program")
        .arg("rules")
        .args(arguments)
        .output()
        .expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code().expect("a status"), text(output.stdout), text(output.stderr))
}

#[test]
fn list_names_every_rule_within_80_columns() {
    let (status, out, _) = planwise(&["list"]);
    assert_eq!(status, 0);
    assert!(out.contains("seq-scan-discards-rows"), "{out}");
    assert!(out.lines().all(|line| line.chars().count() <= 80), "{out}");
    let (_, json, _) = planwise(&["list", "--format", "json"]);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&json).expect("one document");
    assert!(rows.len() >= 26, "{} rules", rows.len());
}

#[test]
fn show_explains_a_rule_and_says_what_is_close_to_a_wrong_name() {
    let (status, out, _) = planwise(&["show", "sort-spill"]);
    assert_eq!(status, 0);
    for heading in ["When", "Why", "Do", "Verify", "Undo", "Ignore when", "Parameters"] {
        assert!(out.lines().any(|line| line == heading), "{heading} is missing:\n{out}");
    }
    let (status, _, error) = planwise(&["show", "sort-spills"]);
    assert_eq!(status, 2);
    assert!(error.contains("did you mean") && error.contains("sort-spill"), "{error}");
}

#[test]
fn check_names_file_and_line_and_exits_with_2() {
    let dir = tempfile::tempdir().expect("a folder");
    let good =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/rules/sort-spill.toml"))
            .expect("a rule");
    std::fs::write(dir.path().join("sort-spill.toml"), &good).expect("written");
    let folder = dir.path().to_str().expect("UTF-8");
    let (status, out, _) = planwise(&["check", folder]);
    assert_eq!((status, out.starts_with("1 rule in")), (0, true), "{out}");

    let bad = good.replace("node.sort_bytes >=", "node.sort_bites >=");
    std::fs::write(dir.path().join("sort-spill.toml"), bad).expect("written");
    let (status, _, error) = planwise(&["check", folder]);
    assert_eq!(status, 2);
    assert!(error.contains("sort-spill.toml:6: when uses node.sort_bites"), "{error}");
    assert!(planwise(&["check", "/nowhere/at/all"]).2.contains("cannot read this folder"));
}

#[test]
fn facts_are_listed_with_their_meaning() {
    let (status, out, _) = planwise(&["facts", "--format", "json"]);
    assert_eq!(status, 0);
    let facts: Vec<serde_json::Value> = serde_json::from_str(&out).expect("one document");
    let removed = facts.iter().find(|f| f["name"] == "node.removed_low").expect("a fact");
    assert_eq!(
        (removed["kind"].as_str(), removed["unit"].as_str()),
        (Some("number"), Some("rows"))
    );
}

#[test]
fn a_new_rule_passes_its_own_check_and_its_cases_are_tried() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("my rules");
    let dir = dir.to_str().expect("UTF-8");
    let (status, out, _) = planwise(&["new", "lost-orders", "--dir", dir]);
    assert_eq!(status, 0);
    assert_eq!(out.matches("Written: ").count(), 3, "{out}");
    let (status, out, error) = planwise(&["check", dir]);
    assert_eq!(status, 0, "{error}");
    assert!(out.starts_with("1 rule in") && out.contains("2 cases"), "{out}");

    // Nothing is overwritten, and names that are taken or are none are refused.
    assert_eq!(planwise(&["new", "lost-orders", "--dir", dir]).0, 2);
    let (status, _, error) = planwise(&["new", "sort-spill", "--dir", dir]);
    assert!(status == 2 && error.contains("comes with planwise"), "{error}");
    let (status, _, error) = planwise(&["new", "../Up", "--dir", dir]);
    assert!(status == 2 && error.contains("cannot be a rule's id"), "{error}");

    // A case that does not come out as its name says is named.
    let cases = std::path::Path::new(dir).join("cases/lost-orders");
    std::fs::rename(cases.join("fires-1.txt"), cases.join("silent-2.txt")).expect("renamed");
    let (status, _, error) = planwise(&["check", dir]);
    assert_eq!(status, 2);
    assert!(error.contains("silent-2.txt:1: lost-orders speaks: orders:"), "{error}");
}

#[test]
fn each_rule_has_a_page_made_from_its_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("pages");
    let (status, out, error) = planwise(&["pages", dir.to_str().expect("UTF-8")]);
    assert_eq!(status, 0, "{error}");
    assert!(out.starts_with("Pages of "), "{out}");
    let list = std::fs::read_to_string(dir.join("README.md")).expect("the list");
    let rules = super::case::rules();
    for rule in rules.rules() {
        let id = rule.id();
        let page = std::fs::read_to_string(dir.join(format!("{id}.md"))).expect("a page");
        assert!(list.contains(&format!("[{id}]({id}.md)")), "{id} is not in the list");
        for heading in ["## When", "## Why it costs", "## What to do", "## When to ignore it"] {
            assert!(page.lines().any(|line| line == heading), "{id}: {heading}\n{page}");
        }
        let dead =
            rule.definition.supersedes.iter().find(|id| !dir.join(format!("{id}.md")).exists());
        assert_eq!(dead, None, "{id}");
    }
}
