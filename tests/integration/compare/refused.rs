//! What is no comparison is refused with a sentence, before anything is measured.

use std::process::Output;

use super::shop::Shop;
use crate::parts;
use crate::program::{assert_says, assert_status, planwise, stderr};

fn refuses(output: &Output, parts: &[&str]) {
    assert_status(output, 2);
    assert_says(&stderr(output), parts);
}

fn compare(shop: &Shop, arguments: &[&str]) -> Output {
    let mut command = planwise();
    command.arg("compare").args(arguments).arg("--out").arg(shop.desk.out());
    command.output().unwrap()
}

#[test]
fn sides_are_of_one_kind_and_complete() {
    let shop = Shop::new();
    let workload = shop.workload.to_str().unwrap();
    let with = |more: &[&str]| compare(&shop, &[&[workload], more].concat());
    refuses(&with(&[]), &["nothing differs between the sides", "--ddl-b"]);
    refuses(
        &with(&["--sandbox", "--set-a", "work_mem=4MB", "--ddl-b", "x.sql"]),
        &["--set-a/--set-b and --ddl-b name different kinds of sides"],
    );
    refuses(&with(&["--db-a", "postgres://h/d"]), &["--db-a/--db-b needs both"]);
    refuses(&with(&["--ddl-b", "x.sql"]), &["needs a throwaway server: add --sandbox"]);
    refuses(
        &with(&["--sandbox", "--db-a", "postgres://h/d", "--db-b", "postgres://h/d"]),
        &["leave out --db and --sandbox"],
    );
    refuses(&with(&["--sandbox", "--search-path-a", "x"]), &["needs both"]);
    assert!(!shop.desk.out().exists(), "something was written");
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_a_session_cannot_have_are_refused_by_name() {
    if parts::postgres().await.is_none() {
        return;
    }
    let shop = Shop::new();
    refuses(
        &shop.compare(&["--set-b", "no_such_setting=1"]),
        &["side B: the setting no_such_setting cannot be set to \"1\""],
    );
    refuses(
        &shop.compare(&["--set-a", "shared_buffers=1GB"]),
        &[
            "side A: the setting shared_buffers",
            "without restarting the server",
            "--db-a and --db-b",
        ],
    );
    let ddl = shop.desk.write("broken.sql", "CREATE INDEX ON nowhere (x);");
    refuses(
        &shop.compare(&["--ddl-b", ddl.to_str().unwrap()]),
        &["--ddl-b: ", "broken.sql, line 1", "nowhere"],
    );
    let rows = shop.desk.write("rows.sql", "DELETE FROM orders;");
    refuses(&shop.compare(&["--ddl-b", rows.to_str().unwrap()]), &["this changes rows"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_of_a_superuser_are_refused_to_others() {
    let Some(sandbox) = parts::postgres().await else { return };
    let mut session = sandbox.connect(&Default::default()).await.unwrap();
    session.command("CREATE ROLE clerk LOGIN").await.unwrap();
    let shop = Shop::new();
    let url = sandbox.url(sandbox.database());
    let url = format!("{url}{}user=clerk", if url.contains('?') { '&' } else { '?' });
    let workload = shop.desk.write("one.sql", "SELECT 1");
    let settings = ["--set-b", "log_statement=all"];
    let output =
        compare(&shop, &[&[workload.to_str().unwrap(), "--db", &url], &settings[..]].concat());
    refuses(&output, &["side B: the setting log_statement", "permission denied"]);
}
