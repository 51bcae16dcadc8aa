//! `planwise advise` as a user runs it.

use std::process::Output;

use super::shop::folder;
use crate::parts;
use crate::program::{Desk, assert_says, assert_status, planwise, read_json, stderr};

const MISSING: &str =
    "-- name: hostile\nSELECT \"Order\" FROM \"select; --\" WHERE \"a\"\"b\" = 4711;\n";
const SERVED: &str = "-- name: by-key\nSELECT comment FROM orders WHERE id = 9;\n";

fn advise(desk: &Desk, queries: &str) -> Output {
    let workload = desk.write("queries.sql", queries);
    let mut command = planwise();
    command.arg("advise").arg(&workload).args([
        "--sandbox",
        "--fail-on",
        "missing-index",
        "--load",
    ]);
    command.arg(folder().join("shop.sql")).arg("--out").arg(desk.out());
    command.output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_index_fails_the_command_where_asked() {
    let Some(sandbox) = parts::postgres().await else { return };
    drop(sandbox);
    let desk = Desk::new();
    let output = advise(&desk, MISSING);
    assert_status(&output, 1);
    let script = std::fs::read_to_string(desk.out().join("advice.sql")).unwrap();
    assert_says(&script, &["ON public.\"select; --\" USING btree (\"a\"\"b\");", "DROP INDEX"]);
    let advice = read_json(&desk.out().join("advice.json"));
    let text = advice.to_string();
    assert_says(&text, &["\"cost_before\"", "\"workload_cost_after\"", "\"search_seconds\""]);

    let desk = Desk::new();
    let output = advise(&desk, SERVED);
    assert_status(&output, 0);
    assert_says(&stderr(&output), &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_cannot_be_planned_is_the_users_to_mend() {
    let Some(sandbox) = parts::postgres().await else { return };
    drop(sandbox);
    let desk = Desk::new();
    let output =
        advise(&desk, "-- name: broken\nSELECT * FORM orders;\n-- name: fine\nSELECT 1;\n");
    assert_status(&output, 2);
    let run = desk.run_json();
    assert_eq!(run["queries"][0]["status"]["state"], "failed");
    assert_eq!(run["queries"][1]["plans"].as_array().map(Vec::len), Some(1));
}
