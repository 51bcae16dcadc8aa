//! The main verbs against each version, as a user runs them.

use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::program::{Desk, assert_says, assert_status, planwise, query, read_json, stdout};

super::on_every_version! { run_measures_and_judges, advise_prices_without_hypopg, tune_proves_an_index }

const SHOP: &str = "
CREATE TABLE parcel (id bigint PRIMARY KEY, depot int NOT NULL, state text NOT NULL, label text);
INSERT INTO parcel SELECT n, n % 4000, CASE WHEN n % 50 = 0 THEN 'open' ELSE 'sent' END, repeat('x', 60)
FROM generate_series(1, 100000) n;
";

const QUERIES: &str = r#"
-- name: parcels-of-depot
-- params: [["42"], ["77"], ["3999"]]
SELECT count(*), max(label) FROM parcel WHERE depot = $1;
"#;

fn sandboxed(verb: &str, desk: &Desk, programs: &Path, more: &[&str]) -> Output {
    let (shop, queries) = (desk.write("shop.sql", SHOP), desk.write("queries.sql", QUERIES));
    let mut command = planwise();
    command.arg(verb).arg(queries).args(more).arg("--out").arg(desk.out());
    command.arg("--sandbox").arg("--pg-bin").arg(programs).arg("--load").arg(shop);
    command.output().unwrap()
}

/// The one index that the workload needs.
fn index(desk: &Desk) -> Value {
    let advice = read_json(&desk.out().join("advice.json"));
    let indexes = advice["indexes"].as_array().unwrap_or_else(|| panic!("{advice:#}"));
    let wanted = indexes.iter().find(|index| index["columns"][0] == "depot");
    wanted.unwrap_or_else(|| panic!("no index on depot: {advice:#}")).clone()
}

async fn run_measures_and_judges(programs: &Path, major: u32) {
    let desk = Desk::new();
    let output = sandboxed("run", &desk, programs, &["--rounds", "3"]);
    assert_status(&output, 0);
    assert_says(&stdout(&output), &["Rows discarded", "parcels-of-depot"]);
    let record = desk.run_json();
    assert_eq!(record["server"]["version_number"][0], major);
    let measured = query(&record, "parcels-of-depot");
    assert_eq!(measured["status"]["state"], "measured", "{measured:#}");
}

async fn advise_prices_without_hypopg(programs: &Path, _: u32) {
    let desk = Desk::new();
    assert_status(&sandboxed("advise", &desk, programs, &[]), 0);
    let index = index(&desk);
    let cost = |name: &str| index[name].as_f64().unwrap_or_else(|| panic!("{name}: {index:#}"));
    assert!(cost("cost_after") < 0.5 * cost("cost_before"), "{index:#}");
}

async fn tune_proves_an_index(programs: &Path, _: u32) {
    let desk = Desk::new();
    let options = ["--rounds", "3", "--compare-time", "4"];
    let output = sandboxed("tune", &desk, programs, &options);
    assert_status(&output, 0);
    let index = index(&desk);
    assert_eq!(index["outcome"]["state"], "kept", "{index:#}");
    assert!(index["outcome"]["ratio"].as_f64().unwrap() < 0.5, "{index:#}");
}
