//! `planwise explain BEFORE AFTER`: what changed between two plans.

use std::fs;

use assert_cmd::Command;

const BEFORE: &str = "Limit  (cost=0.00..120.00 rows=20 width=8) (actual time=50.100..50.120 rows=20 loops=1)
  ->  Sort  (cost=0.00..120.00 rows=20000 width=8) (actual time=50.090..50.100 rows=20 loops=1)
        Sort Key: created
        ->  Seq Scan on orders  (cost=0.00..100.00 rows=20000 width=8) (actual time=0.010..40.000 rows=20000 loops=1)
Planning Time: 0.100 ms
Execution Time: 50.200 ms
";
const AFTER: &str = "Limit  (cost=0.00..12.00 rows=20 width=8) (actual time=0.020..0.090 rows=20 loops=1)
  ->  Index Scan using orders_created on orders  (cost=0.00..100.00 rows=20000 width=8) (actual time=0.010..0.080 rows=20 loops=1)
Planning Time: 0.100 ms
Execution Time: 0.120 ms
";

fn changes(before: &str, after: &str, format: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let paths = [("before.txt", before), ("after.txt", after)].map(|(name, text)| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("written");
        path
    });
    let mut command = Command::cargo_bin("planwise").expect("the program");
    command.arg("explain").args(&paths).args(["--format", format]);
    let output = command.output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn what_changed_is_said_and_what_stayed_is_folded() {
    let text = changes(BEFORE, AFTER, "text");
    for part in [
        "418× faster",
        "Indexes used now: orders_created",
        "- ",
        "Seq Scan on orders",
        "+   Index Scan using orders_created on orders",
        "1 step unchanged",
    ] {
        assert!(text.contains(part), "{part} is missing:\n{text}");
    }
}

#[test]
fn the_same_plan_twice_has_not_changed() {
    let text = changes(BEFORE, BEFORE, "text");
    assert!(
        text.contains("The same plan, over the same rows.") && text.contains("3 steps unchanged"),
        "{text}"
    );
    let slower = BEFORE.replace("actual time=0.010..40.000", "actual time=0.010..42.000");
    let text = changes(BEFORE, &slower, "text");
    assert!(text.contains("3 steps unchanged"), "noise is passed over:\n{text}");
}

#[test]
fn json_is_one_document() {
    let text = changes(BEFORE, AFTER, "json");
    let value: serde_json::Value = serde_json::from_str(&text).expect("one document");
    assert_eq!(value["unchanged"], 1);
    assert_eq!(value["steps"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_hundred_and_seventy_steps_fit_a_screen() {
    let plan = |method: &str, ms: f64| {
        let mut text = format!(
            "Append  (cost=0..9 rows=9 width=4) (actual time=0.1..{ms} rows=170 loops=1)\n"
        );
        for part in 0..169 {
            text += &format!(
                "  ->  {method} on part_{part}  (cost=0..9 rows=9 width=4) (actual time=0.1..0.2 rows=1 loops=1)\n"
            );
        }
        text + &format!("Execution Time: {ms} ms\n")
    };
    let text = changes(&plan("Seq Scan", 40.0), &plan("Seq Scan", 41.0), "text");
    assert!(text.lines().count() <= 10, "{text}");
    let text = changes(&plan("Seq Scan", 40.0), &plan("Index Scan using i", 9.0), "text");
    assert!(text.lines().count() <= 50, "{} lines", text.lines().count());
}
