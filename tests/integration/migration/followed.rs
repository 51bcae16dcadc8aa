//! Logical replication, driven for real where a command says so, and gone afterwards.

use planwise::sandbox::{Sandbox, SandboxOptions};
use serde_json::Value;

use super::parts::url;
use crate::parts;
use crate::program::{planwise, stderr};

const SHOP: &str = "\
CREATE TABLE customer (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
CREATE TABLE sale (id bigserial PRIMARY KEY, customer_id integer REFERENCES customer, at timestamptz, total numeric(10,2));
CREATE TABLE log (line text);
INSERT INTO customer (name) SELECT 'name ' || i FROM generate_series(1, 200) i;
INSERT INTO sale (customer_id, at, total) SELECT 1 + i % 200, '2024-01-01'::timestamptz + i * interval '1 minute', i FROM generate_series(1, 5000) i;
INSERT INTO log SELECT 'line ' || i FROM generate_series(1, 100) i;
CREATE INDEX by_customer ON sale (customer_id);
";

async fn server(settings: &[(&str, &str)]) -> Option<Sandbox> {
    let settings = settings.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    // One has to reach the other.
    let options = SandboxOptions { settings, unconfined: true, ..SandboxOptions::default() };
    parts::sandbox("postgres", options).await
}

/// As the role that owns the cluster.
fn owner(sandbox: &Sandbox) -> String {
    url(sandbox).replace("user=planwise", "user=postgres")
}

async fn ask(sandbox: &Sandbox, sql: &str) -> String {
    let output = std::process::Command::new("psql")
        .args([owner(sandbox).as_str(), "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql])
        .output()
        .unwrap();
    assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

const LEFT: &str = "SELECT (SELECT count(*) FROM pg_publication) + (SELECT count(*) FROM pg_replication_slots) + (SELECT count(*) FROM pg_subscription)";

#[tokio::test]
async fn a_move_by_replication_is_driven_and_nothing_stays() {
    if parts::program("pg_restore").is_none() || parts::program("psql").is_none() {
        return;
    }
    let Some(source) = server(&[("wal_level", "logical")]).await else { return };
    let Some(target) = server(&[]).await else { return };
    ask(&source, SHOP).await;
    let run = || {
        let mut command = planwise();
        command.args(["rehearse", "--route", "replication", "--format", "json", "--quiet"]);
        command.args(["--source", &owner(&source), "--replicate-to", &owner(&target)]);
        command.output().unwrap()
    };
    let output = run();
    let document: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", stderr(&output)));
    let rehearsed = &document["runs"][0];
    assert_eq!(rehearsed["failed"], Value::Null, "{rehearsed:#}");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(rehearsed["rows"], serde_json::json!([5300, 5300]));
    let followed = &rehearsed["followed"];
    assert_eq!(followed["copied"].as_array().unwrap().len(), 3, "{followed:#}");
    assert_eq!(followed["inserts_only"], serde_json::json!(["public.log"]));
    assert_eq!(followed["sequences"], 2);
    assert!(followed["log_bytes"].as_u64().unwrap() > 0 && followed["caught_up_s"].is_number());
    assert_eq!(followed["left_behind"], serde_json::json!([]));
    let phases: Vec<&str> = rehearsed["phases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|phase| phase["phase"].as_str().unwrap())
        .collect();
    assert!(phases.ends_with(&["statistics", "catching up", "sequences"]), "{phases:?}");
    assert_eq!(ask(&target, "SELECT nextval('sale_id_seq')").await, "5001");
    assert_eq!(
        ask(&target, "SELECT count(*) FROM pg_indexes WHERE indexname = 'by_customer'").await,
        "1"
    );
    for side in [&source, &target] {
        assert_eq!(ask(side, LEFT).await, "0");
    }
    // What the application does on the source meanwhile still works, on tables without an identity too.
    ask(&source, "UPDATE log SET line = 'x' WHERE line = 'line 1'").await;
    // A target that is not empty fails, and again nothing stays.
    let output = run();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    for side in [&source, &target] {
        assert_eq!(ask(side, LEFT).await, "0");
    }
}

#[tokio::test]
async fn a_source_that_publishes_nothing_is_told_so() {
    if parts::program("pg_restore").is_none() || parts::program("psql").is_none() {
        return;
    }
    let Some(source) = server(&[]).await else { return };
    let Some(target) = server(&[]).await else { return };
    ask(&source, SHOP).await;
    let mut command = planwise();
    command.args(["rehearse", "--route", "replication", "--format", "json", "--quiet"]);
    command.args(["--source", &owner(&source), "--replicate-to", &owner(&target)]);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(document["runs"][0]["failed"].as_str().unwrap().contains("wal_level"), "{document:#}");
    assert_eq!(ask(&source, LEFT).await, "0");
}
