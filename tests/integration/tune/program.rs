//! The verb as a user runs it.

use std::process::Output;

use serde_json::Value;

use super::shop::Shop;
use crate::program::{Desk, assert_says, assert_status, planwise, read_json, stdout};

const QUERIES: &str = "
-- name: of-customer
-- params: [[1], [77], [4711]]
SELECT * FROM orders WHERE customer = $1;
-- name: by-id
-- params: [[1], [500], [99999]]
SELECT * FROM orders WHERE id = $1;";

fn tune(desk: &Desk, url: &str, more: &[&str]) -> Output {
    let workload = desk.write("shop.sql", QUERIES);
    let mut command = planwise();
    command.args(["tune", "--rounds", "3", "--compare-time", "4", "--db", url]);
    command.arg("--out").arg(desk.out()).args(more).arg(workload);
    command.output().unwrap()
}

fn indexes(desk: &Desk) -> Vec<Value> {
    let advice = read_json(&desk.out().join("advice.json"));
    let found = advice.pointer("/advice/indexes").or(advice.pointer("/indexes"));
    found.and_then(Value::as_array).cloned().unwrap_or_else(|| panic!("{advice:#}"))
}

fn state(index: &Value) -> &str {
    index["outcome"]["state"].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_copied_and_the_advice_is_proven_on_the_copy() {
    let Some(shop) = Shop::open().await else { return };
    let desk = Desk::new();
    let output = tune(&desk, &shop.target.url, &[]);
    assert_status(&output, 0);
    let found = indexes(&desk);
    let customer = found.iter().find(|index| index["columns"][0] == "customer");
    let customer = customer.unwrap_or_else(|| panic!("{found:#?}"));
    assert_eq!(state(customer), "kept", "{customer:#}");
    assert!(customer["outcome"]["ratio"].as_f64().unwrap() < 0.5, "{customer:#}");
    assert_says(&stdout(&output), &["of-customer"]);
    assert!(desk.out().join("comparison.json").exists());
    assert!(desk.out().join("run-after.json").exists());
    assert!(shop.indexes(&shop.target.url).await.is_empty(), "the target was changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_copy_advice_stays_modelled_and_says_so() {
    let Some(shop) = Shop::open().await else { return };
    let desk = Desk::new();
    let output = tune(&desk, &shop.target.url, &["--copy-limit", "1MB"]);
    assert_status(&output, 4);
    assert_says(&stdout(&output), &["Nothing was tried", "too large to copy"]);
    assert!(indexes(&desk).iter().all(|index| state(index) == "proposed"));
    let report = std::fs::read_to_string(desk.out().join("report.md")).unwrap();
    assert_says(&report, &["modelled, not measured", "too large to copy"]);
    assert!(!desk.out().join("comparison.json").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn apply_changes_the_database_itself() {
    let Some(shop) = Shop::open().await else { return };
    let desk = Desk::new();
    let changes = desk.write(
        "changes.sql",
        "CREATE INDEX CONCURRENTLY orders_customer ON orders (customer);
         CREATE INDEX CONCURRENTLY orders_note ON orders (note);",
    );
    let changes = changes.display().to_string();
    let output = tune(&desk, &shop.target.url, &["--apply", "--ddl", &changes]);
    assert_status(&output, 0);
    let outcomes: Vec<String> =
        indexes(&desk).iter().map(|index| state(index).to_owned()).collect();
    assert_eq!(outcomes, ["kept", "dropped"]);
    assert_eq!(shop.indexes(&shop.target.url).await, ["orders_customer"]);
}

/// A login that may read everything and owns nothing.
async fn reader(shop: &Shop) -> String {
    shop.command("CREATE ROLE reader LOGIN; GRANT SELECT ON orders TO reader").await;
    shop.target.url.replace("user=planwise", "user=reader")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_may_change_nothing_is_told_before_anything_is_measured() {
    let Some(shop) = Shop::open().await else { return };
    let reader = reader(&shop).await;
    let desk = Desk::new();
    let changes = desk.write("changes.sql", "CREATE INDEX ON orders (customer);");
    for more in [vec!["--apply"], vec!["--apply", "--ddl", changes.to_str().unwrap()]] {
        let output = tune(&desk, &reader, &more);
        assert_status(&output, 3);
        assert_says(&crate::program::stderr(&output), &["reader does not own public.orders"]);
        assert!(!desk.out().join("run.json").exists());
    }
    assert!(shop.indexes(&shop.target.url).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_the_login_may_not_make_is_said_at_once_and_in_the_end() {
    let Some(shop) = Shop::open().await else { return };
    let reader = reader(&shop).await;
    shop.command("CREATE SEQUENCE numbers").await;
    let desk = Desk::new();
    let output = tune(&desk, &reader, &[]);
    assert_status(&output, 3);
    assert_says(&crate::program::stderr(&output), &["no copy can be made", "public.numbers"]);
    assert_says(&stdout(&output), &["Nothing was tried", "public.numbers"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_has_the_settings_of_its_original_and_no_constraint_that_the_data_break() {
    let Some(shop) = Shop::open().await else { return };
    shop.command(
        "CREATE TABLE shelf (id int PRIMARY KEY); ALTER TABLE shelf OWNER TO planwise;
         ALTER TABLE orders ADD CONSTRAINT on_shelf FOREIGN KEY (customer) REFERENCES shelf NOT VALID;
         UPDATE pg_constraint SET convalidated = true WHERE conname = 'on_shelf';
         ALTER SYSTEM SET random_page_cost = 1.3; SELECT pg_reload_conf();
         DROP EXTENSION IF EXISTS hypopg",
    )
    .await;
    let desk = Desk::new();
    let output = tune(&desk, &shop.target.url, &[]);
    assert_status(&output, 0);
    let said = stdout(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    let expected = ["random_page_cost = 1.3", "only checks is left out", "sought on the copy"];
    assert_says(&said, &expected);
    assert!(indexes(&desk).iter().any(|index| state(index) == "kept"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_changes_are_refused_before_anything_runs() {
    let desk = Desk::new();
    let nowhere = "postgres://nobody@127.0.0.1:1/nothing";
    for (ddl, parts) in [
        ("SELECT 1", ["line 1", "this is a query"]),
        ("ALTER TABLE orders ADD x int", ["line 1", "creates none"]),
    ] {
        let file = desk.write("changes.sql", ddl).display().to_string();
        let output = tune(&desk, nowhere, &["--apply", "--ddl", &file]);
        assert_status(&output, 2);
        assert_says(&crate::program::stderr(&output), &parts);
    }
    let output = tune(&desk, nowhere, &["--ddl", "not-there.sql"]);
    assert_status(&output, 2);
    let said = crate::program::stderr(&output);
    assert_eq!(said.matches("No such file").count(), 1, "the cause once: {said}");
    let output = tune(&desk, nowhere, &["--copy-limit", "many"]);
    assert_status(&output, 2);
    assert_says(&crate::program::stderr(&output), &["500MB"]);
}
