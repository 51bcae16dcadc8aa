//! Plan assertions, as a team keeps them in its tests.

use std::path::Path;
use std::process::{Command, Output};

use super::stand::database;
use crate::parts;
use crate::program::{Desk, assert_says, assert_status, planwise, stderr, stdout};

const SHOP: &str = "
CREATE TABLE orders (id int PRIMARY KEY, customer int NOT NULL, placed date NOT NULL, note text);
INSERT INTO orders SELECT n, n % 5000, '2024-01-01'::date + n % 700, repeat('x', 60) FROM generate_series(1, 120000) n;
CREATE INDEX orders_customer_idx ON orders (customer);
";

const QUERIES: &str = "
-- name: of-customer
-- expect: index(orders_customer_idx) | no seq scan on orders | rows < 1000 | cost < 5000
SELECT * FROM orders WHERE customer = 17;
-- name: newest
-- expect: no seq scan on orders
SELECT * FROM orders ORDER BY placed DESC LIMIT 10;
-- name: sorted
-- expect: no sort spill
SELECT * FROM orders ORDER BY note;
-- name: free
SELECT 1;
";

fn run(queries: &Path, snapshot: &Path, more: &[&str]) -> Output {
    let mut command = planwise();
    command.arg("assert").arg(queries).arg("--snapshot").arg(snapshot).args(more);
    command.output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn expectations_are_told_with_their_margins() {
    let Some(mut sandbox) = parts::postgres().await else { return };
    database(&mut sandbox, "shop", SHOP).await;
    let url = sandbox.url("shop");
    let desk = Desk::new();
    let (queries, file) = (desk.write("queries.sql", QUERIES), desk.path("shop.snapshot"));
    let output =
        planwise().arg("snapshot").args(["--db", &url]).arg("-o").arg(&file).output().unwrap();
    assert_status(&output, 0);

    let output = run(&queries, &file, &[]);
    assert_status(&output, 1);
    let said = stdout(&output);
    assert_says(
        &said,
        &[
            "ok    of-customer (",
            "index(orders_customer_idx) holds",
            "FAIL  newest (",
            "FAIL  sorted (",
            "6 expectations: 4 hold, 2 fail; 1 query without",
        ],
    );
    let output = run(&queries, &file, &["--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let index = &document["assertions"][0];
    assert_eq!(index["standing"], "holds");
    let margin = &index["margin"];
    assert!(margin["next_cost"].as_f64() > margin["cost"].as_f64(), "{index:#}");
    assert!(margin["factor"].as_f64().unwrap() > 1.1, "{index:#}");

    for (form, parts) in [
        (
            "junit",
            &["<testsuite name=\"queries\"", "type=\"plan\"", "newest: no seq scan on orders"][..],
        ),
        ("tap", &["TAP version 13", "1..6", "not ok 5 - newest"]),
        ("sarif", &["\"ruleId\": \"plan-expectation\"", "\"startLine\": 6"]),
        ("github", &["::error file=", "line=6,title=newest"]),
    ] {
        let output = run(&queries, &file, &["--format", form]);
        assert_status(&output, 1);
        assert_says(&stdout(&output), parts);
        valid(form, &desk.write("output", stdout(&output)));
    }

    let wrong = desk.write("wrong.sql", "-- expect: index(orders_custmer_idx)\nSELECT 1;\n");
    let output = run(&wrong, &file, &[]);
    assert_status(&output, 2);
    assert_says(&stderr(&output), &["wrong.sql:1", "nothing called orders_custmer_idx"]);
    let wrong = desk.write("wrong.sql", "-- expect: no seqscan on orders\nSELECT 1;\n");
    let output = run(&wrong, &file, &[]);
    assert_status(&output, 2);
    assert_says(&stderr(&output), &["wrong.sql:1", "is no expectation; known: index(NAME)"]);

    recorded_plans_and_drift(&mut sandbox, &url, &file, &desk).await;
}

/// By what others read these forms with.
fn valid(form: &str, file: &Path) {
    match form {
        "junit" => crate::nightly::outputs::assert_junit(file),
        "tap" => {
            let Some(prove) = parts::program("prove") else { return };
            let output = Command::new(prove).args(["-e", "cat"]).arg(file).output().unwrap();
            let said = stdout(&output) + &stderr(&output);
            assert!(!said.contains("Parse errors") && said.contains("Failed: 2"), "{said}");
        }
        "sarif" => {
            let read = |path: &Path| -> serde_json::Value {
                serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
            };
            let schema = read(&parts::fixture("sarif/sarif-2.1.0.json"));
            let schema = jsonschema::validator_for(&schema).unwrap();
            let document = read(file);
            let wrong: Vec<String> =
                schema.iter_errors(&document).map(|error| error.to_string()).collect();
            assert!(wrong.is_empty(), "{wrong:#?}");
        }
        _ => {}
    }
}

async fn recorded_plans_and_drift(
    sandbox: &mut planwise::sandbox::Sandbox,
    url: &str,
    file: &Path,
    desk: &Desk,
) {
    let plain = desk
        .write("plain.sql", "-- name: of-customer\nSELECT * FROM orders WHERE customer = 17;\n");
    let output = run(&plain, file, &[]);
    assert_status(&output, 2);
    assert_says(&stderr(&output), &["expects nothing", "--record"]);
    assert_status(&run(&plain, file, &["--record"]), 0);
    let kept = std::fs::read_to_string(desk.path("plain.sql.plans")).unwrap();
    assert_says(&kept, &["[queries.of-customer]", "orders_customer_idx"]);
    let output = run(&plain, file, &[]);
    assert_status(&output, 0);
    assert_says(
        &stdout(&output),
        &["the recorded plan holds, narrowly", "1 expectation: 0 hold, 1 near tie, 0 fail"],
    );

    let mut session =
        sandbox.connect(&super::stand::patient(planwise::engine::Access::Commit)).await.unwrap();
    super::stand::run(
        session.as_mut(),
        "DROP INDEX orders_customer_idx; ALTER TABLE orders ADD COLUMN paid bool;",
    )
    .await;
    let output = run(&plain, file, &["--db", url, "--format", "json"]);
    assert_status(&output, 0);
    assert_says(
        &stdout(&output),
        &[
            "is of another schema",
            "index public.orders_customer_idx is no longer there",
            "column public.orders.paid is new",
            "--refresh",
        ],
    );
    let output = run(&plain, file, &["--db", url, "--refresh"]);
    assert_status(&output, 1);
    assert_says(&stdout(&output), &["the recorded plan does not hold"]);
    // The file is the refreshed one now.
    assert_status(&run(&plain, file, &[]), 1);
    // Without a file the statistics are pinned for the moment.
    let output = planwise().arg("assert").arg(&plain).args(["--db", url]).output().unwrap();
    assert_status(&output, 1);
}
