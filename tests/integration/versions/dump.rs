//! Dumps load into a sandbox of another version than they were made by.

use std::path::Path;
use std::process::Command;

use crate::parts;
use crate::postgres::server::prepared;
use crate::program::{Desk, assert_status, planwise, query};

super::on_every_version! { a_dump_of_18_loads, a_dump_of_the_installed_server_loads }

const COUNT: &str = "-- name: of-depot\nSELECT count(*) FROM parcel WHERE depot = 7;\n";

fn assert_loads(programs: &Path, dump: &Path, rows: u64) {
    let desk = Desk::new();
    let queries = desk.write("queries.sql", COUNT);
    let mut command = planwise();
    command.arg("run").arg(queries).args(["--rounds", "3", "--out"]).arg(desk.out());
    command.arg("--sandbox").arg("--pg-bin").arg(programs).arg("--load").arg(dump);
    assert_status(&command.output().unwrap(), 0);
    let record = desk.run_json();
    let measured = query(&record, "of-depot");
    assert_eq!(measured["status"]["state"], "measured", "{measured:#}");
    let tables = record["catalog"]["tables"].as_array().unwrap();
    let parcel = tables.iter().find(|table| table["name"] == "parcel");
    let parcel = parcel.unwrap_or_else(|| panic!("no table parcel: {tables:#?}"));
    assert_eq!(parcel["rows"].as_f64(), Some(rows as f64), "{parcel:#}");
}

/// It sets what older servers do not know, and has psql's `\restrict`.
async fn a_dump_of_18_loads(programs: &Path, _: u32) {
    assert_loads(programs, &parts::fixture("dumps/written-by-18.sql"), 3);
}

async fn a_dump_of_the_installed_server_loads(programs: &Path, _: u32) {
    let Some(source) = parts::postgres().await else { return };
    let content = "CREATE TABLE parcel (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, depot int, label text);
        INSERT INTO parcel (depot, label) SELECT n % 9, E'it''s\t' || n FROM generate_series(1, 500) n;
        CREATE VIEW open_parcel AS SELECT id FROM parcel WHERE label IS NULL;
        CREATE INDEX ON parcel (depot)";
    let session = prepared(&source, content).await;
    drop(session);
    let desk = Desk::new();
    let dump = desk.path("dump.sql");
    let program = source.installation().bin_dir.join("pg_dump");
    let mut command = Command::new(&program);
    command.arg("--file").arg(&dump).arg(source.url(source.database()));
    let output = command.output().unwrap_or_else(|e| panic!("{}: {e}", program.display()));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_loads(programs, &dump, 500);
}
