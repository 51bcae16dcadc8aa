//! What the application writes, in transactions that are undone on both sides.

use serde_json::Value;

use super::parts::{scripted, url};
use crate::program::{Desk, assert_says, assert_status, planwise};
use planwise::sandbox::Sandbox;

const STOCK: &str = "
CREATE TABLE stock (id int PRIMARY KEY, amount int NOT NULL, reserved int NOT NULL);
INSERT INTO stock VALUES (1, 10, 0), (2, 20, 0), (3, 30, 0);
CREATE TABLE log (id int PRIMARY KEY, stock_id int REFERENCES stock (id), what varchar(40));
";

/// `swap` reads in its second assignment what the first one wrote, or what was there before: engines differ.
const QUERIES: &str = "-- name: take
UPDATE stock SET amount = amount - 1 WHERE id = 1;
-- name: look
SELECT id, amount, reserved FROM stock WHERE id < 3;
-- name: note
INSERT INTO log (id, stock_id, what) VALUES (1, 1, 'taken');
-- name: orphan
INSERT INTO log (id, stock_id, what) VALUES (2, 99, 'nothing');
-- name: swap
UPDATE stock SET amount = amount + 5, reserved = amount WHERE id = 2;
-- name: gone
DELETE FROM stock WHERE id = 3;
";

const SESSIONS: &str = "name = \"stock\"
files = [\"queries.sql\"]
[[session]]
name = \"reserve\"
steps = [{ query = \"take\" }, { query = \"note\" }, { query = \"look\" }]
[[session]]
name = \"exchange\"
steps = [{ query = \"swap\" }, { query = \"look\" }]
";

fn workload(desk: &Desk) -> std::path::PathBuf {
    let folder = desk.path("workload");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("queries.sql"), QUERIES).unwrap();
    std::fs::write(folder.join("workload.toml"), SESSIONS).unwrap();
    folder
}

fn ask(desk: &Desk, source: &Sandbox, target: &Sandbox, more: &[&str], status: i32) -> Value {
    let mut command = planwise();
    command.arg("answers").arg(workload(desk)).args(["--rounds", "3", "--format", "json"]);
    command.args(["--source", &url(source), "--target", &url(target)]);
    let output = command.args(more).output().unwrap();
    assert_status(&output, status);
    serde_json::from_slice(&output.stdout).unwrap()
}

fn verdict(report: &Value, part: &str, name: &str) -> (String, String) {
    let found = report[part].as_array().unwrap().iter();
    let key = if part == "queries" { "id" } else { "name" };
    let one = found.clone().find(|one| one[key] == name).unwrap_or_else(|| panic!("{report:#}"));
    let text = |key: &str| one[key].as_str().unwrap().to_owned();
    (text("verdict"), text("why"))
}

async fn content(sandbox: &Sandbox) -> Vec<Option<String>> {
    let options = planwise::engine::SessionOptions::default();
    let mut session = sandbox.connect(&options).await.unwrap();
    let sql = "SELECT concat(id, ' ', amount, ' ', reserved) FROM stock ORDER BY id";
    session.query_text(sql).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_are_compared_and_undone() {
    let Some(source) = scripted("postgres", None, STOCK).await else { return };
    let Some(target) = scripted("postgres", None, STOCK).await else { return };
    let desk = Desk::new();
    let before = (content(&source).await, content(&target).await);
    let report = ask(&desk, &source, &target, &[], 0);
    assert_eq!(verdict(&report, "queries", "take").0, "not-run");
    assert_eq!(report["transactions"], serde_json::json!([]));

    let report = ask(&desk, &source, &target, &["--writes", "rollback"], 0);
    for name in ["take", "look", "note", "swap", "gone"] {
        assert_eq!(verdict(&report, "queries", name).0, "same", "{name}");
    }
    assert_eq!(verdict(&report, "queries", "orphan").0, "both-fail");
    for name in ["reserve", "exchange"] {
        assert_eq!(verdict(&report, "transactions", name).0, "same", "{name}");
    }

    // A row less, a constraint less, and a trigger that changes what is written.
    super::parts::change(
        &target,
        "DELETE FROM stock WHERE id = 3; ALTER TABLE log DROP CONSTRAINT log_stock_id_fkey;
         CREATE FUNCTION twice() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.amount := NEW.amount - 1; RETURN NEW; END';
         CREATE TRIGGER twice BEFORE UPDATE ON stock FOR EACH ROW EXECUTE FUNCTION twice()",
    )
    .await;
    let report = ask(&desk, &source, &target, &["--writes", "rollback"], 1);
    let (found, why) = verdict(&report, "queries", "gone");
    assert_eq!((found.as_str(), why.as_str()), ("different", "1 rows changed against 0"));
    let (found, why) = verdict(&report, "queries", "orphan");
    assert_eq!(found, "different");
    assert_says(&why, &["fails on the source alone"]);
    // The write alone changes as many rows; what it wrote is seen by the statement after it.
    assert_eq!(verdict(&report, "queries", "take").0, "same");
    let (found, why) = verdict(&report, "transactions", "reserve");
    assert_eq!(found, "different");
    assert_says(&why, &["statement 3 (look)"]);
    assert_eq!(content(&source).await, before.0);
    assert_eq!(content(&target).await, before.1[..2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_two_engines_write_otherwise_without_a_word_is_told() {
    let Some(source) = scripted("mariadb", None, STOCK).await else { return };
    let Some(target) = scripted("postgres", None, STOCK).await else { return };
    let desk = Desk::new();
    let before = content(&source).await;
    let translation = workload(&desk).join("queries.sql");
    let more = ["--writes", "rollback", "--translation", translation.to_str().unwrap()];
    let report = ask(&desk, &source, &target, &more, 1);
    for name in ["take", "look", "note", "swap", "gone"] {
        assert_eq!(verdict(&report, "queries", name).0, "same", "{name}");
    }
    assert_eq!(verdict(&report, "queries", "orphan").0, "both-fail");
    assert_eq!(verdict(&report, "transactions", "reserve").0, "same");
    let (found, why) = verdict(&report, "transactions", "exchange");
    assert_eq!(found, "different");
    assert_says(&why, &["statement 2 (look)", "other rows"]);
    assert_eq!(content(&source).await, before);
    assert_eq!(content(&target).await, before);
}
