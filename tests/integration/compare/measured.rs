//! Two sides measured in turn. Verdicts on the clock are asserted only where the difference is many times the noise.

use super::shop::{Shop, assert_no_failure, query, signals};
use crate::parts;
use crate::program::{assert_says, assert_status, planwise, stderr, stdout};

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_index_fails_the_gate_and_is_named() {
    if parts::postgres().await.is_none() {
        return;
    }
    let shop = Shop::new();
    let ddl = shop.desk.write("drop.sql", "DROP INDEX orders_customer;");
    let output =
        shop.compare(&["--ddl-b", ddl.to_str().unwrap(), "--fail-on", "regression", "--parity"]);
    assert_status(&output, 1);
    assert_says(&stderr(&output), &["failed: of-customer takes "]);
    let says = stdout(&output);
    assert_says(&says, &["A = as loaded, B = with drop.sql", "index public.orders_customer"]);
    assert_says(&says, &["the plan changed: ", "Results of 3 queries are the same"]);
    assert!(says.lines().all(|line| line.chars().count() <= 80), "{says}");
    let comparison = shop.comparison();
    let slower = query(&comparison, "of-customer");
    assert_eq!(slower["verdict"], "regressed");
    assert_eq!(slower["blocks"], 16);
    let flip = signals(slower, "plan-changed");
    assert_eq!(flip[0]["level"], "warning", "{flip:#?}");
    assert!(flip[0]["rows"].as_array().unwrap().iter().any(|row| row["change"] == "changed"));
    assert_says(flip[0]["message"].as_str().unwrap(), &["on orders became Seq Scan on orders"]);
    assert!(signals(slower, "results-differ").is_empty());
    assert_eq!(comparison["differences"][0]["topic"], "schema");
    assert!(comparison["self_check"]["passed"].is_boolean());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_goes_away_leaves_what_was_measured() {
    let Some(sandbox) = parts::postgres().await else { return };
    let shop = Shop::new();
    let url = sandbox.url(sandbox.database());
    let mut session = sandbox.connect(&Default::default()).await.unwrap();
    session.command(super::shop::SCHEMA.split("VACUUM").next().unwrap()).await.unwrap();
    let mut command = planwise();
    command.arg("compare").arg(&shop.workload).args(["--db-a", &url, "--db-b", &url]);
    command.args(["--time", "60", "--out"]).arg(shop.desk.out());
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let child = command.spawn().unwrap();
    // Blocks have begun once many executions of the cheap query were counted.
    let executed = "SELECT sum(seq_scan + idx_scan) FROM pg_stat_user_tables WHERE relname = 'few'";
    let enough = |count: &str| count.parse::<u64>().is_ok_and(|count| count > 60);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while !enough(session.query_text(executed).await.unwrap()[0].as_deref().unwrap_or("0")) {
        assert!(std::time::Instant::now() < deadline, "blocks never began");
        tokio::task::yield_now().await;
    }
    let postmaster = session.query_text("SELECT pg_read_file('postmaster.pid')").await.unwrap();
    let postmaster = postmaster[0].as_deref().unwrap().lines().next().unwrap().parse().unwrap();
    let quit = nix::sys::signal::Signal::SIGQUIT;
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(postmaster), quit).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_status(&output, 3);
    let comparison = shop.comparison();
    assert_says(&comparison["notes"].to_string(), &["went away during the comparison"]);
    assert_says(&stdout(&output), &["went away during the comparison"]);
    assert!(shop.desk.out().join("run.json").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spill_under_low_memory_is_named() {
    if parts::postgres().await.is_none() {
        return;
    }
    let shop = Shop::new();
    let output = shop.compare(&["--set-a", "work_mem=64MB", "--set-b", "work_mem=64kB"]);
    assert_status(&output, 0);
    let comparison = shop.comparison();
    let spill = signals(query(&comparison, "sorted"), "spill-appeared");
    assert_says(spill[0]["message"].as_str().unwrap(), &["a spill appeared: Sort writes"]);
    let setting = comparison["differences"].as_array().unwrap().iter();
    let setting = setting.into_iter().find(|d| d["what"] == "work_mem").unwrap();
    assert_eq!((&setting["before"], &setting["level"]), (&"64MB".into(), &"info".into()));
    assert_says(&stdout(&output), &["A = work_mem=64MB, B = work_mem=64kB", "a spill appeared"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_beside_itself_passes_and_markdown_and_json_are_one_document() {
    let Some(sandbox) = parts::postgres().await else { return };
    let shop = Shop::new();
    let url = sandbox.url(sandbox.database());
    let mut session = sandbox.connect(&Default::default()).await.unwrap();
    session.command(super::shop::SCHEMA.split("VACUUM").next().unwrap()).await.unwrap();
    session.command("VACUUM ANALYZE").await.unwrap();
    let output = planwise()
        .arg("compare")
        .arg(&shop.workload)
        .args(["--db-a", &url, "--db-b", &url, "--time", "1", "--fail-on", "regression"])
        .args(["--label-a", "main", "--label-b", "branch", "--format", "json", "--out"])
        .arg(shop.desk.out())
        .output()
        .unwrap();
    assert_no_failure(&output);
    let printed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let comparison = &printed["comparison"];
    assert_eq!(comparison["labels"]["after"], "branch");
    for query in comparison["queries"].as_array().unwrap() {
        assert_ne!(query["verdict"], "regressed", "{query:#}");
        assert!(signals(query, "plan-changed").is_empty(), "{query:#}");
        assert_eq!(query["before"]["block_medians_ms"].as_array().unwrap().len(), 16);
    }
    for file in ["run.json", "run-after.json", "comparison.json", "report.html", "report.md"] {
        assert!(shop.desk.out().join(file).exists(), "{file}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_flip_at_equal_time_is_a_warning_that_does_not_fail() {
    if parts::postgres().await.is_none() {
        return;
    }
    let shop = Shop::new();
    std::fs::write(&shop.workload, "-- name: word\nSELECT word FROM few WHERE id = 7;").unwrap();
    let compare = |fail_on| shop.compare(&["--set-b", "enable_seqscan=off", "--fail-on", fail_on]);
    let output = compare("regression");
    assert_no_failure(&output);
    let comparison = shop.comparison();
    let word = query(&comparison, "word");
    assert!(["unchanged", "inconclusive"].contains(&word["verdict"].as_str().unwrap()), "{word:#}");
    assert_eq!(signals(word, "plan-changed")[0]["level"], "warning");
    let any = compare("any");
    assert_ne!(any.status.code(), Some(0), "{}", stdout(&any));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_result_is_an_error_and_its_rows_are_shown() {
    if parts::postgres().await.is_none() {
        return;
    }
    let shop = Shop::new();
    let changed = "ALTER TABLE few RENAME TO old; CREATE VIEW few AS SELECT id, \
                   CASE id WHEN 7 THEN '<script>\u{1b}[31m' ELSE word END AS word FROM old;";
    let ddl = shop.desk.write("view.sql", changed);
    let ddl = ddl.to_str().unwrap();
    let output = shop.compare(&["--ddl-b", ddl, "--parity", "--fail-on", "regression"]);
    assert_status(&output, 1);
    assert_says(&stderr(&output), &["failed: words: RESULTS DIFFER"]);
    let comparison = shop.comparison();
    let words = query(&comparison, "words");
    let differ = signals(words, "results-differ");
    assert_eq!(differ[0]["level"], "error", "{words:#}");
    assert_eq!(differ[0]["examples"][0]["before"][1], "word 7");
    let says = stdout(&output);
    assert_says(&says, &["7 | word 7", "<script>"]);
    assert!(!says.contains('\u{1b}'), "a terminal escape got through:\n{says}");
    let html = std::fs::read_to_string(shop.desk.out().join("report.html")).unwrap();
    assert!(!html.contains("<script>\u{1b}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_schemas_of_one_database_are_two_sides() {
    if parts::postgres().await.is_none() {
        return;
    }
    let shop = Shop::new();
    let other = "CREATE SCHEMA other; CREATE TABLE other.few (id int, word text);
                 INSERT INTO other.few SELECT * FROM public.few WHERE id < 40; ANALYZE other.few;";
    let schema = format!("{}{other}", super::shop::SCHEMA);
    std::fs::write(&shop.schema, schema).unwrap();
    std::fs::write(&shop.workload, "-- name: words\nSELECT id, word FROM few ORDER BY id;")
        .unwrap();
    let paths = ["--search-path-a", "public", "--search-path-b", "other,public"];
    let output = shop.compare(&[&paths[..], &["--fail-on", "regression"]].concat());
    assert_status(&output, 1);
    let comparison = shop.comparison();
    let rows = signals(query(&comparison, "words"), "rows-changed");
    assert_eq!((&rows[0]["before"], &rows[0]["after"]), (&40.0.into(), &39.0.into()));
}
