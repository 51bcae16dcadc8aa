//! To another version of the same engine: what its planner makes of the workload stands in the runbook.

use std::path::Path;

use serde_json::Value;

use super::parts::{scripted, url};
use crate::parts;
use crate::program::{Desk, assert_says, assert_status, planwise, read_json};

const SHOP: &str = "
CREATE TABLE parcel (id int PRIMARY KEY, depot int NOT NULL, label text);
INSERT INTO parcel SELECT n, n % 4000, md5(n::text) FROM generate_series(1, 60000) n;
CREATE INDEX parcel_depot ON parcel (depot);
ANALYZE parcel;
";

const QUERIES: &str = "
-- name: one
SELECT * FROM parcel WHERE id = 7;
-- name: either
SELECT id FROM parcel WHERE id = 5 OR id = 7 OR id = 99;
";

const CONFIG: &str = "title = 'Upgrade'\nsource = 'PostgreSQL 13'\ntarget = 'PostgreSQL 18'\n\
    [goals]\nrto-minutes = 30\nrpo-minutes = 0\ndowntime-minutes = 60\n\
    [rollback]\ntrigger = 'errors'\nhow = 'switch back'\nuntil = 'the first write'\nrehearsed-seconds = 60\n\
    [evidence]\ninventory = 'out/inventory.json'\nrehearsal = 'out/rehearsal.json'\nplans = 'out/plans.json'\n";

/// State and evidence of the check whose words these are.
fn check(runbook: &Value, what: &str) -> (String, String) {
    let checks = runbook["checks"].as_array().unwrap();
    let found = checks.iter().find(|check| check["what"].as_str().unwrap().contains(what));
    let found = found.unwrap_or_else(|| panic!("{what}: {checks:#?}"));
    let text = |key: &str| found[key].as_str().unwrap().to_owned();
    (text("state"), text("evidence"))
}

fn runbook(desk: &Desk, status: i32) -> Value {
    let config = desk.write("migration.toml", CONFIG);
    let mut command = planwise();
    command.args(["runbook", "--gate", "--config"]).arg(&config).arg("--out");
    assert_status(&command.arg(desk.out()).output().unwrap(), status);
    read_json(&desk.out().join("runbook.json"))
}

fn plans(desk: &Desk, queries: &Path, (old, new): (&Path, &Path), source: &str) {
    let mut command = planwise();
    command.arg("whatif").arg(queries).args(["--db", source, "--pg-bin"]).arg(old);
    let output = command.arg("--against").arg(new).arg("--out").arg(desk.out()).output().unwrap();
    assert_status(&output, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_is_judged_on_one_page() {
    let Some(_) = parts::program("pg_dump") else { return };
    let (Some(old), Some(new)) = (parts::postgres_version(13), parts::postgres_version(18)) else {
        return;
    };
    let Some(source) = scripted("postgres", Some(old.clone()), SHOP).await else { return };
    let (desk, address) = (Desk::new(), url(&source));
    let queries = desk.write("queries.sql", QUERIES);
    let mut command = planwise();
    command.args(["inventory", "--db", &address, "--target", "postgres:18", "--out"]);
    assert_status(&command.arg(desk.out()).output().unwrap(), 0);
    let mut command = planwise();
    command.args(["rehearse", "--runs", "3", "--jobs", "1", "--source", &address, "--out"]);
    command.arg(desk.out()).arg("--pg-bin").arg(&new);
    assert_status(&command.output().unwrap(), 0);

    plans(&desk, &queries, (&old, &new), &address);
    let whole = runbook(&desk, 4);
    let (state, evidence) = check(&whole, "worse plan");
    assert_eq!(state, "proven", "{evidence}");
    // Version 18 turns a list of ORs on one column into one search.
    assert_says(&evidence, &["2 plans, 1 another way", "plans.json"]);
    assert_eq!(check(&whole, "has statistics").0, "proven");
    assert_eq!(check(&whole, "rehearsed").0, "proven");
    let page = std::fs::read_to_string(desk.out().join("runbook.md")).unwrap();
    assert_says(
        &page,
        &[
            "## Plans on the new version",
            "either",
            "## Statistics on the target",
            "a dump carries them with --statistics",
            "Gathering all of them takes",
        ],
    );
    assert!(desk.out().join("plans.html").is_file() && desk.out().join("plans.md").is_file());

    // An operator that is gone: the query has no plan any more.
    let lost = desk.write("lost.sql", format!("{QUERIES}-- name: lost\nSELECT 5 !;\n"));
    plans(&desk, &lost, (&old, &new), &address);
    let (state, evidence) = check(&runbook(&desk, 1), "worse plan");
    assert_eq!(state, "failed", "{evidence}");
    assert_says(&evidence, &["no plan on the new version: lost"]);

    // Plans of the version that is there already tell nothing of the one to come.
    plans(&desk, &queries, (&old, &old), &address);
    let (state, evidence) = check(&runbook(&desk, 4), "worse plan");
    assert_eq!(state, "not-checked", "{evidence}");
    assert_says(&evidence, &["planned by 13 and 13, and the move goes from 13 to 18"]);
}
