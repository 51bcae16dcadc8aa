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

/// What `advice.sql` holds runs as it is, statement by statement, and so does what takes it back.
#[tokio::test(flavor = "multi_thread")]
async fn the_script_runs_as_it_is() {
    let Some(shop) = super::shop::Shop::open().await else { return };
    let desk = Desk::new();
    let workload = desk.write("queries.sql", MISSING);
    let url = shop.url();
    let mut command = planwise();
    command.arg("advise").arg(&workload).args(["--db", &url, "--budget", "100MB", "--out"]);
    assert_status(&command.arg(desk.out()).output().unwrap(), 0);

    let file = desk.out().join("advice.sql");
    let script = std::fs::read_to_string(&file).unwrap();
    let counted = "SELECT count(*)::text FROM pg_index WHERE indisvalid";
    let before = shop.values(counted).await;
    run(&shop, script.clone()).await;
    assert_ne!(before, shop.values(counted).await);
    // Twice does no harm.
    run(&shop, script.clone()).await;
    let undo = script.lines().filter_map(|line| line.strip_prefix("-- undo: "));
    run(&shop, undo.collect::<Vec<_>>().join("\n")).await;
    assert_eq!(before, shop.values(counted).await);
}

async fn run(shop: &super::shop::Shop, script: String) {
    use planwise::engine::{Access, SessionOptions};
    let options = SessionOptions { access: Access::Commit, ..SessionOptions::default() };
    let mut session = shop.connect(&options).await;
    let bar = planwise::progress::Progress::hidden().bar(1, "");
    let mut source = std::io::Cursor::new(script.into_bytes());
    session.load_script(&mut source, "advice.sql", &bar).await.unwrap();
}
