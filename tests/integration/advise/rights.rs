//! Logins and servers that allow little: advice works, or says exactly what it needs.

use std::process::Output;

use serde_json::Value;

use super::shop::Shop;
use crate::program::{Desk, assert_says, assert_status, planwise, read_json, stderr};

const MISSING: &str = "-- name: lacks\nSELECT * FROM orders WHERE customer_id = 4711;\n";

fn advise(desk: &Desk, url: &str) -> (Output, Value) {
    let workload = desk.write("queries.sql", MISSING);
    let mut command = planwise();
    command.arg("advise").arg(&workload).args(["--db", url, "--fail-on", "missing-index", "--out"]);
    let output = command.arg(desk.out()).output().unwrap();
    let advice = read_json(&desk.out().join("advice.json"));
    (output, advice)
}

async fn index_count(shop: &Shop) -> Vec<Option<String>> {
    shop.values("SELECT count(*)::text FROM pg_index").await
}

fn assert_priced(advice: &Value) {
    let index = &advice["indexes"][0];
    assert_eq!(index["columns"][0], "customer_id", "{advice}");
    assert!(index["cost_after"].as_f64() < index["cost_before"].as_f64(), "{index}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_may_only_read_gets_priced_advice() {
    let Some(shop) = Shop::alone().await else { return };
    shop.command("CREATE ROLE reader LOGIN").await;
    shop.command("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader").await;
    shop.command("REVOKE CREATE ON SCHEMA public FROM PUBLIC").await;
    let before = index_count(&shop).await;
    let url = shop.url();
    let url = url.replace("user=postgres", "user=reader");
    assert!(url.contains("user=reader"), "{url}");
    let (output, advice) = advise(&Desk::new(), &url);
    assert_status(&output, 1);
    assert_priced(&advice);
    assert_eq!(before, index_count(&shop).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_refuses_writes_gets_priced_advice() {
    let Some(shop) = Shop::alone().await else { return };
    let database = shop.database();
    shop.command(&format!("ALTER DATABASE {database} SET default_transaction_read_only = on"))
        .await;
    let (output, advice) = advise(&Desk::new(), &shop.url());
    assert_status(&output, 1);
    assert_priced(&advice);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_replica_gets_priced_advice_and_refuses_changes() {
    let Some(mut shop) = Shop::alone().await else { return };
    std::fs::write(shop.own().directory().join("data/standby.signal"), "").unwrap();
    shop.own().restart(Vec::new()).await.unwrap();
    let url = shop.url();
    let desk = Desk::new();
    let (output, advice) = advise(&desk, &url);
    assert_status(&output, 1);
    assert_priced(&advice);
    assert_eq!(desk.run_json()["server"]["replica"], true);

    let mut tune = planwise();
    tune.arg("tune").arg(desk.path("queries.sql")).args(["--apply", "--rounds", "3", "--db", &url]);
    let output = tune.arg("--out").arg(desk.out()).output().unwrap();
    assert_says(&stderr(&output), &["replica"]);
    assert_status(&output, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_hypothetical_indexes_is_told_what_it_lacks() {
    let Some(shop) = Shop::alone().await else { return };
    shop.command("DROP EXTENSION hypopg").await;
    let (_, advice) = advise(&Desk::new(), &shop.url());
    let notes = advice["notes"].to_string();
    for said in ["hypopg", "the server's packages have it", "CREATE EXTENSION hypopg"] {
        assert!(notes.contains(said), "{said}: {notes}");
    }
    assert!(notes.contains("not priced"), "{notes}");
}
