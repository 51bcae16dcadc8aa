//! Whole moves: reviewed, rehearsed with the real tools, asked the application's queries, and written down.

use serde_json::Value;

use super::parts::{fixture, loaded, scripted, url};
use crate::parts::program;
use crate::program::{Desk, assert_says, assert_status, planwise, read_json, stdout};

/// A small shop in the words of the source, with what a loader leaves out.
const SHOP: &str = "\
CREATE TABLE customer (id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, name VARCHAR(60) NOT NULL, active TINYINT(1) NOT NULL DEFAULT 1,
  born DATE, changed TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, UNIQUE KEY by_name (name));
CREATE TABLE sale (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, customer_id INT UNSIGNED NOT NULL, amount DECIMAL(10,2), state ENUM('open','paid'),
  note TEXT, KEY by_note (note(20)), FULLTEXT KEY words (note), CONSTRAINT sale_customer FOREIGN KEY (customer_id) REFERENCES customer (id));
INSERT INTO customer (name, active, born) VALUES ('Ann', 1, '1970-01-01'), ('Bob', 0, NULL), ('Cid', 1, '0000-00-00');
INSERT INTO sale (customer_id, amount, state, note) SELECT 1 + (seq % 3), seq / 7, IF(seq % 2, 'open', 'paid'), concat('note ', seq) FROM seq_1_to_500;
CREATE VIEW owed AS SELECT customer_id, sum(amount) AS total FROM sale WHERE state = 'open' GROUP BY customer_id;
";

async fn shop() -> Option<planwise::sandbox::Sandbox> {
    scripted("mariadb", None, &format!("SET sql_mode = '';\n{SHOP}")).await
}

fn points(document: &Value) -> Vec<(String, String)> {
    let points = document["review"]["points"].as_array().unwrap().iter();
    points
        .map(|p| (p["id"].as_str().unwrap().to_owned(), p["severity"].as_str().unwrap().to_owned()))
        .collect()
}

#[tokio::test]
async fn what_will_break_is_told_before() {
    let Some(source) = shop().await else { return };
    let desk = Desk::new();
    let queries = desk.write("queries.sql", "-- name: paged\nSELECT `name` FROM customer LIMIT 1, 2;\n-- name: kept\nREPLACE INTO customer (id, name) VALUES (1, 'x');\n");
    let mut command = planwise();
    command.args([
        "inventory",
        "--db",
        &url(&source),
        "--target",
        "postgres:18",
        "--count-values",
        "--format",
        "json",
        "--fail-on-blocks",
        "--workload",
    ]);
    let output = command.arg(&queries).arg("--out").arg(desk.out()).output().unwrap();
    assert_status(&output, 1);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let points = points(&document);
    for (id, severity) in [
        ("zero-date", "blocks"),
        ("case-insensitive", "blocks"),
        ("query-untranslatable", "blocks"),
        ("unsigned", "needs-work"),
        ("tinyint-switch", "needs-work"),
        ("enum", "needs-work"),
        ("fulltext-index", "needs-work"),
        ("prefix-index", "needs-work"),
        ("auto-increment", "needs-work"),
        ("on-update", "needs-work"),
        ("timestamp-default", "needs-work"),
        ("view", "needs-work"),
        ("query-translated", "needs-work"),
    ] {
        assert!(
            points.iter().any(|(i, s)| i == id && s == severity),
            "{id} {severity}: {points:?}"
        );
    }
    for file in ["inventory.json", "inventory.md", "inventory.html"] {
        assert!(desk.out().join(file).is_file(), "{file}");
    }
    // A second look tells what grew.
    super::parts::change(&source, "INSERT INTO sale (customer_id, note) SELECT 1, repeat('x', 900) FROM seq_1_to_9000; ANALYZE TABLE sale").await;
    let earlier = desk.out().join("inventory.json");
    let output = planwise()
        .args(["inventory", "--db", &url(&source), "--format", "json", "--since"])
        .arg(&earlier)
        .output()
        .unwrap();
    assert_status(&output, 0);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(
        document["growth"]["tables"].as_array().unwrap().iter().any(|t| t[0]
            .as_str()
            .unwrap()
            .ends_with(".sale")
            && t[1].as_i64().unwrap() > 0),
        "{:#}",
        document["growth"]
    );
}

#[tokio::test]
async fn a_dump_is_rehearsed_and_extrapolated() {
    let Some(_) = program("pg_dump") else { return };
    let Some(source) = loaded("postgres", None, &[&fixture("target.sql")]).await else { return };
    let desk = Desk::new();
    let mut command = planwise();
    command.args([
        "rehearse",
        "--source",
        &url(&source),
        "--jobs",
        "1,2",
        "--runs",
        "2",
        "--full-size",
        "1GB",
        "--out",
    ]);
    let output = command.arg(desk.out()).output().unwrap();
    assert_status(&output, 0);
    assert_says(
        &stdout(&output),
        &["to be expected", "dump", "statistics", "Rehearse on a larger copy"],
    );
    let report = read_json(&desk.out().join("rehearsal.json"));
    assert_eq!(report["runs"].as_array().unwrap().len(), 4);
    assert_eq!(report["extrapolated"].as_array().unwrap().len(), 2);
    assert!(
        report["extrapolated"][0]["low_s"].as_f64().unwrap()
            <= report["extrapolated"][0]["high_s"].as_f64().unwrap()
    );
    // What replication needs is checked, and nothing is done.
    let output = planwise()
        .args(["rehearse", "--route", "replication", "--source", &url(&source)])
        .output()
        .unwrap();
    assert_status(&output, 0);
    assert_says(&stdout(&output), &["wal_level", "heap", "sequences"]);
}

#[tokio::test]
async fn the_runbook_ticks_what_is_proven_alone() {
    let Some(_) = program("pg_dump") else { return };
    let Some(source) = loaded("postgres", None, &[&fixture("target.sql")]).await else { return };
    let desk = Desk::new();
    let config = "title = 'Shop'\nsource = 'old'\ntarget = 'new'\n[goals]\nrto-minutes = 30\nrpo-minutes = 0\ndowntime-minutes = 60\n\
                  [rollback]\ntrigger = 'errors above 1 %'\nhow = 'switch back'\nuntil = 'the first write on the target'\n";
    let bare = desk.write("migration.toml", config);
    let output = planwise()
        .args(["runbook", "--gate", "--config"])
        .arg(&bare)
        .arg("--out")
        .arg(desk.path("r1"))
        .output()
        .unwrap();
    assert_status(&output, 4);
    assert_says(&stdout(&output), &["No go yet", "no evidence"]);
    let status = planwise()
        .args(["rehearse", "--runs", "3", "--jobs", "2", "--source", &url(&source), "--out"])
        .arg(desk.out())
        .output()
        .unwrap();
    assert_status(&status, 0);
    let status = planwise()
        .args(["parity", "--source", &url(&source), "--target", &url(&source), "--out"])
        .arg(desk.out())
        .output()
        .unwrap();
    assert_status(&status, 0);
    let whole = format!(
        "{config}rehearsed-seconds = 60\n[evidence]\nrehearsal = 'out/rehearsal.json'\nparity = 'out/parity.json'\n"
    );
    let whole = desk.write("migration.toml", whole);
    let output = planwise()
        .args(["runbook", "--config"])
        .arg(&whole)
        .arg("--out")
        .arg(desk.path("r2"))
        .output()
        .unwrap();
    assert_status(&output, 0);
    let page = std::fs::read_to_string(desk.path("r2").join("runbook.md")).unwrap();
    assert_says(
        &page,
        &[
            "- [x] **proven**: Every row arrived",
            "- [x] **proven**: The move was rehearsed",
            "- [ ] **not checked**: What there is to move",
            "pg_restore",
            "Debezium",
        ],
    );
    assert!(desk.path("r2").join("runbook.html").is_file());
}

#[tokio::test]
async fn a_loader_moves_the_shop_and_what_it_lost_is_told() {
    let Some(_) = program("pgloader") else { return };
    let Some(source) = shop().await else { return };
    let desk = Desk::new();
    let output = planwise()
        .args([
            "rehearse",
            "--route",
            "loader",
            "--jobs",
            "1",
            "--runs",
            "1",
            "--source",
            &url(&source),
            "--out",
        ])
        .arg(desk.out())
        .output()
        .unwrap();
    let report = read_json(&desk.out().join("rehearsal.json"));
    // One date that does not exist, in a column that takes NULL: it arrives as NULL, and every row is there.
    assert_status(&output, 0);
    assert_eq!(report["target"]["engine"], "postgres", "{report:#}");
    assert_eq!(report["runs"][0]["rows"], serde_json::json!([503, 503]), "{report:#}");
}

/// A loader ends well and leaves all rows of a table behind: it is not believed.
#[tokio::test]
async fn a_tool_that_ends_well_is_not_believed() {
    let Some(_) = program("pgloader") else { return };
    let script = "CREATE TABLE good (a INT PRIMARY KEY); INSERT INTO good VALUES (1), (2);
                  CREATE TABLE place (a INT PRIMARY KEY, g GEOMETRY); INSERT INTO place VALUES (1, ST_GeomFromText('LINESTRING(0 0, 1 1)')), (2, NULL);";
    let Some(source) = scripted("mariadb", None, script).await else { return };
    let output = planwise()
        .args([
            "rehearse",
            "--route",
            "loader",
            "--jobs",
            "1",
            "--runs",
            "1",
            "--format",
            "json",
            "--source",
            &url(&source),
        ])
        .output()
        .unwrap();
    assert_status(&output, 1);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let failed = report["runs"][0]["failed"].as_str().unwrap();
    assert_says(failed, &["not everything arrived", "place"]);
}

fn demonstrated(tour: &str) -> Option<(Desk, String)> {
    let desk = Desk::new();
    let output = planwise().args(["demo", tour, "--out"]).arg(desk.out()).output().unwrap();
    assert_status(&output, 0);
    for name in ["inventory", "rehearsal", "parity", "runbook"] {
        for ending in ["json", "md", "html"] {
            assert!(desk.out().join(format!("{name}.{ending}")).is_file(), "{name}.{ending}");
        }
    }
    Some((desk, stdout(&output)))
}

#[tokio::test]
async fn the_starter_within_the_first_engine_ends_equal() {
    let Some(_) = program("pg_dump") else { return };
    let Some((desk, said)) = demonstrated("migration-a") else { return };
    assert_says(&said, &["Equal", "every row arrived"]);
    assert_eq!(read_json(&desk.out().join("parity.json"))["verdict"], "equal");
}

#[tokio::test]
async fn the_starter_within_the_second_engine_ends_equal() {
    let (Some(_), Some(_)) = (program("mariadb-dump"), crate::parts::mariadb().await) else {
        return;
    };
    let Some((desk, said)) = demonstrated("migration-b") else { return };
    assert_says(&said, &["Equal", "every row arrived"]);
    assert_eq!(read_json(&desk.out().join("parity.json"))["verdict"], "equal");
}

#[tokio::test]
async fn the_starter_from_the_second_to_the_first_moves_every_row() {
    let (Some(_), Some(_)) = (program("pgloader"), crate::parts::mariadb().await) else { return };
    let Some((desk, said)) = demonstrated("migration-c") else { return };
    assert_says(&said, &["every row arrived", "missing-view"]);
    let report = read_json(&desk.out().join("parity.json"));
    assert!(report["tables"].as_array().unwrap().iter().all(|table| table["verdict"] == "equal"));
}

/// Two servers of one engine: the same queries, the same answers, one that is made to differ, and critical flows.
#[tokio::test]
async fn answers_errors_and_flows_are_compared() {
    let Some(source) = loaded("postgres", None, &[&fixture("target.sql")]).await else { return };
    let Some(target) = loaded("postgres", None, &[&fixture("target.sql")]).await else { return };
    let desk = Desk::new();
    let queries = desk.write("q.sql", "-- name: all\nSELECT * FROM pairs;\n-- name: sorted\nSELECT id FROM kinds ORDER BY id;\n-- name: broken\nSELECT 1 / (id - id) FROM kinds;\n-- name: change\nDELETE FROM heap;\n");
    let smoke = desk.write("smoke.sql", "-- check: rows > 0\nSELECT 1 FROM kinds;\n-- check: value = 4\nSELECT count(*) FROM kinds;\n");
    let ask = || {
        let mut command = planwise();
        command.arg("answers").arg(&queries).args([
            "--rounds",
            "3",
            "--format",
            "json",
            "--source",
            &url(&source),
            "--target",
            &url(&target),
            "--smoke",
        ]);
        command.arg(&smoke).arg("--out").arg(desk.out());
        command.output().unwrap()
    };
    let output = ask();
    assert_status(&output, 0);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let verdicts = |report: &Value| -> Vec<String> {
        report["queries"]
            .as_array()
            .unwrap()
            .iter()
            .map(|q| q["verdict"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(verdicts(&report), ["same", "same", "both-fail", "not-run"]);
    assert!(report["queries"][0]["times"]["ratio"].as_f64().unwrap() > 0.0);
    super::parts::change(&target, "UPDATE pairs SET note = 'changed' WHERE b = 'X'; DELETE FROM child; DELETE FROM kinds WHERE id = 4").await;
    let output = ask();
    assert_status(&output, 1);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(verdicts(&report), ["different", "different", "both-fail", "not-run"]);
    assert_eq!(report["smoke"][1]["passed"], false);
    assert_eq!(report["smoke"][1]["found"], "3");
}

/// For another engine there is a file between that somebody reviews.
#[tokio::test]
async fn a_translation_is_proposed_and_what_has_none_is_listed() {
    let Some(source) = shop().await else { return };
    let Some(target) = crate::parts::postgres().await else { return };
    let desk = Desk::new();
    let queries = desk.write("q.sql", "-- name: paged\nSELECT `name` FROM customer LIMIT 1, 2;\n-- name: kept\nREPLACE INTO customer (id, name) VALUES (1, 'x');\n");
    let ask = || {
        let mut command = planwise();
        command.arg("answers").arg(&queries).args([
            "--source",
            &url(&source),
            "--target",
            &url(&target),
        ]);
        command
    };
    let output = ask().output().unwrap();
    assert_status(&output, 2);
    let file = desk.path("translated.sql");
    let output = ask().arg("--write-translation").arg(&file).output().unwrap();
    assert_status(&output, 4);
    let text = std::fs::read_to_string(&file).unwrap();
    assert_says(
        &text,
        &[
            "-- name: paged\nSELECT name FROM customer LIMIT 2 OFFSET 1;",
            "-- not translated, kept: REPLACE",
        ],
    );
}

/// The shop as a loader leaves it, but for two things that only queries show.
const ARRIVED: &str = "\
CREATE TABLE customer (id bigint PRIMARY KEY, name varchar(60) NOT NULL, active smallint NOT NULL, born date, changed timestamptz);
INSERT INTO customer VALUES (1, 'Ann', 1, '1970-01-01', now()), (2, 'Bob', 0, NULL, now()), (3, 'Cid', 1, NULL, now());
CREATE TABLE sale (id bigint PRIMARY KEY, customer_id bigint, amount numeric(10,2), state text, note text);
INSERT INTO sale SELECT i, 1 + i % 3, round(i / 7.0, 2), CASE WHEN i % 2 = 1 THEN 'open' ELSE 'paid' END, 'note ' || i FROM generate_series(1, 500) i;
";

#[tokio::test]
async fn answers_of_two_engines_are_compared_through_the_translation() {
    let Some(source) = shop().await else { return };
    let Some(target) = scripted("postgres", None, ARRIVED).await else { return };
    let desk = Desk::new();
    let queries = desk.write(
        "q.sql",
        "-- name: totals\nSELECT customer_id, COUNT(*) AS n, SUM(amount) AS s, AVG(amount) AS mean FROM sale GROUP BY customer_id;\n\
         -- name: paged\nSELECT `id`, IFNULL(note, \"-\") AS note FROM sale ORDER BY id LIMIT 5, 3;\n\
         -- name: nulls\nSELECT born FROM customer WHERE id < 3 ORDER BY born;\n\
         -- name: case\nSELECT id FROM customer WHERE name = 'ANN';\n\
         -- name: labels\nSELECT state, GROUP_CONCAT(id ORDER BY id SEPARATOR ';') AS ids FROM sale WHERE id < 9 GROUP BY state;\n",
    );
    let file = desk.path("translated.sql");
    let ask = || {
        let mut command = planwise();
        command.arg("answers").arg(&queries).args([
            "--format",
            "json",
            "--rounds",
            "3",
            "--source",
            &url(&source),
            "--target",
            &url(&target),
        ]);
        command
    };
    assert_status(&ask().arg("--write-translation").arg(&file).output().unwrap(), 0);
    let output = ask().arg("--translation").arg(&file).output().unwrap();
    assert_status(&output, 1);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let verdict = |id: &str| {
        let query = report["queries"].as_array().unwrap().iter().find(|q| q["id"] == id).unwrap();
        (query["verdict"].as_str().unwrap().to_owned(), query["why"].as_str().unwrap().to_owned())
    };
    for id in ["totals", "paged", "nulls", "labels"] {
        assert_eq!(verdict(id).0, "same", "{id}: {}", verdict(id).1);
    }
    // Equality ignores case on one side alone: told of, as it is silent everywhere else.
    let (found, why) = verdict("case");
    assert_eq!(found, "different");
    assert_says(&why, &["1 rows against 0"]);
}
