//! A replay never changes data unless told to.

use super::shop::Shop;
use crate::program::{Desk, assert_says, assert_status, planwise, query, stderr, stdout};

const WRITES: &str = "
-- name: insert
INSERT INTO orders (customer, status, total) VALUES (1, 'new', 10);
-- name: update
UPDATE orders SET total = total + 1 WHERE customer = 7;
-- name: cte
WITH gone AS (DELETE FROM orders WHERE customer = 8 RETURNING id) SELECT count(*) FROM gone;
-- name: read
SELECT count(*) FROM orders;
";

const CHECKSUM: &str = "SELECT md5(string_agg(o::text, '|' ORDER BY id)) FROM orders o";

#[test]
fn refused_by_default_with_an_explanation() {
    let Some(shop) = Shop::open() else { return };
    let before = shop.value(CHECKSUM);
    let desk = Desk::new();
    let file = desk.write("w.sql", WRITES);
    let output = planwise()
        .args(["run", "--rounds", "3", "--db", &shop.url(), "--out"])
        .arg(desk.out())
        .arg(file)
        .output()
        .unwrap();
    assert_status(&output, 0);
    assert_says(&stdout(&output), &["--writes rollback"]);
    let run = desk.run_json();
    for id in ["insert", "update", "cte"] {
        assert_eq!(query(&run, id)["status"]["state"], "refused", "{id}");
        assert_eq!(query(&run, id)["plans"][0]["plan"]["evidence"], "D", "{id}");
    }
    assert_eq!(query(&run, "read")["latency"]["count"], 3);
    assert_eq!(shop.value(CHECKSUM), before);
}

#[test]
fn rolled_back_writes_are_measured_and_leave_the_tables_as_they_were() {
    let Some(shop) = Shop::open() else { return };
    let before = shop.value(CHECKSUM);
    let sequence = shop.value("SELECT last_value FROM orders_id_seq");
    let desk = Desk::new();
    let file = desk.write("w.sql", WRITES);
    let output = planwise()
        .args(["run", "--writes", "rollback", "--rounds", "3", "--db", &shop.url(), "--out"])
        .arg(desk.out())
        .arg(file)
        .output()
        .unwrap();
    assert_status(&output, 0);
    let run = desk.run_json();
    assert_eq!(query(&run, "insert")["latency"]["count"], 3);
    assert_eq!(query(&run, "insert")["rows"], 1.0);
    assert_eq!(query(&run, "update")["rows"], 40.0);
    assert_eq!(query(&run, "update")["plans"][0]["plan"]["evidence"], "A");
    assert_eq!(shop.value(CHECKSUM), before);
    assert_ne!(shop.value("SELECT last_value FROM orders_id_seq"), sequence);
    let notes = run["notes"].to_string();
    assert_says(&notes, &["rolled back", "sequences"]);
}

#[test]
fn committing_needs_the_name_of_the_database() {
    let Some(shop) = Shop::open() else { return };
    let before = shop.value(CHECKSUM);
    let desk = Desk::new();
    let file = desk.write(
        "w.sql",
        "-- name: insert\nINSERT INTO orders (customer, status, total) VALUES (1, 'new', 10);",
    );
    let run = |writes: &str| {
        planwise()
            .args([
                "run",
                "--rounds",
                "2",
                "--warmup",
                "0",
                "--explain",
                "none",
                "--writes",
                writes,
            ])
            .args(["--db", &shop.url(), "--out"])
            .arg(desk.out())
            .arg(&file)
            .output()
            .unwrap()
    };
    let wrong = run("commit=some_other_database");
    assert_status(&wrong, 2);
    assert_says(&stderr(&wrong), &["some_other_database", "nothing was run"]);
    assert_eq!(shop.value(CHECKSUM), before);

    let database = shop.value("SELECT current_database()");
    assert_status(&run(&format!("commit={database}")), 0);
    assert_eq!(shop.value("SELECT count(*) FROM orders WHERE status = 'new'"), "3");
}
