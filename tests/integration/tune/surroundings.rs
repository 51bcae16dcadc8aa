//! What a throwaway server must not catch from its surroundings, and what loading must leave in order.

use crate::parts;
use crate::program::{Desk, assert_status, planwise, read_json};

/// Waits so long that the session has reported its counters once before it ends.
const LOAD: &str = "CREATE TABLE crate (a int PRIMARY KEY, b int);
INSERT INTO crate SELECT g, g % 9 FROM generate_series(1, 4000) g;
SELECT pg_sleep(1.2);
INSERT INTO crate SELECT g, g % 9 FROM generate_series(4001, 7000) g;";

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_is_reached_whatever_the_environment_says_and_has_fresh_statistics() {
    if parts::postgres().await.is_none() {
        return;
    }
    let desk = Desk::new();
    let load = desk.write("load.sql", LOAD);
    let workload = desk.write("crates.sql", "SELECT count(*) FROM crate WHERE b = 3;");
    let output = planwise()
        .args(["run", "--sandbox", "--rounds", "3", "--out"])
        .arg(desk.out())
        .arg("--load")
        .arg(load)
        .arg("--")
        .arg(workload)
        .env("PGPORT", "15999")
        .env("PGSERVICE", "no-such-service")
        .env("PGOPTIONS", "-c search_path=nowhere")
        .env("PGHOSTADDR", "192.0.2.1")
        .output()
        .unwrap();
    assert_status(&output, 0);
    let run = read_json(&desk.out().join("run.json"));
    let tables = run["catalog"]["tables"].as_array().unwrap();
    let crates = tables.iter().find(|table| table["name"] == "crate").unwrap();
    assert_eq!(crates["rows"].as_f64(), Some(7000.0), "{crates:#}");
    let findings = std::fs::read_to_string(desk.out().join("findings.json")).unwrap();
    assert!(!findings.contains("stale-statistics"), "{findings}");
}
