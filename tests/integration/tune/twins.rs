//! Tuning where nothing is hypothetical and a copy is a server of its own.

use planwise::engine::{Access, SessionOptions};
use planwise::progress::Progress;
use planwise::sandbox::{Sandbox, SandboxOptions};
use serde_json::Value;

use crate::parts;
use crate::program::{Desk, assert_status, planwise, read_json};

/// One table with an index too many and one too few.
const ORDERS: &str = "\
CREATE TABLE digit (d INT PRIMARY KEY);
INSERT INTO digit VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9);
CREATE TABLE orders (id INT PRIMARY KEY AUTO_INCREMENT, customer_id INT NOT NULL, state VARCHAR(10) NOT NULL,
                     total DECIMAL(8,2), KEY of_state (state), KEY of_state_total (state, total));
INSERT INTO orders (customer_id, state, total)
SELECT (a.d + 10 * b.d + 100 * c.d) * 7, IF(e.d = 0, 'open', 'done'), a.d
FROM digit a, digit b, digit c, digit e, digit f;
";

const QUERIES: &str = "\
-- name: mine
-- params: [[\"42\"], [\"77\"]]
SELECT * FROM orders WHERE customer_id = ?;
-- name: open
SELECT SUM(total) FROM orders WHERE state = 'open';
";

async fn orders(engine: &str, desk: &Desk) -> Option<Sandbox> {
    let script = desk.write("orders.sql", ORDERS);
    let mut sandbox = parts::sandbox(engine, SandboxOptions::default()).await?;
    sandbox.load(&[script], Progress::hidden()).await.unwrap();
    Some(sandbox)
}

fn tune(desk: &Desk, url: &str, more: &[&str]) -> Value {
    let queries = desk.write("queries.sql", QUERIES);
    let mut command = planwise();
    command.arg("tune").arg(queries).args(["--db", url, "--quiet", "--time=60"]).args(more);
    let output = command.arg("--out").arg(desk.out()).output().unwrap();
    assert_status(&output, 0);
    read_json(&desk.out().join("advice.json"))
}

fn kept(advice: &Value, list: &str) -> Vec<String> {
    let entries = advice[list].as_array().cloned().unwrap_or_default();
    let kept = entries.iter().filter(|entry| entry["outcome"]["state"] == "kept");
    kept.map(|entry| entry["ddl"].as_str().unwrap_or_default().to_owned()).collect()
}

async fn indexes(sandbox: &Sandbox) -> String {
    let options = SessionOptions { access: Access::ReadOnly, ..SessionOptions::default() };
    let mut session = sandbox.connect(&options).await.unwrap();
    let sql = "SELECT GROUP_CONCAT(INDEX_NAME ORDER BY INDEX_NAME) FROM \
               (SELECT DISTINCT INDEX_NAME FROM information_schema.STATISTICS \
                WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'orders') i";
    session.query_text(sql).await.unwrap().remove(0).unwrap()
}

#[tokio::test]
async fn what_helps_is_proven_on_a_copy_and_the_database_is_left_alone() {
    let desk = Desk::new();
    let Some(sandbox) = orders("mariadb", &desk).await else { return };
    let advice = tune(&desk, &sandbox.owner_url(sandbox.database()), &[]);
    let made = kept(&advice, "indexes");
    assert!(made.iter().any(|ddl| ddl.contains("(`customer_id`)")), "{advice}");
    assert_eq!(kept(&advice, "drops").len(), 1, "{advice}");
    assert_eq!(indexes(&sandbox).await, "of_state,of_state_total,PRIMARY");
}

#[tokio::test]
async fn what_was_sought_on_a_copy_is_made_on_the_database_when_told_to() {
    let desk = Desk::new();
    let Some(sandbox) = orders("mariadb", &desk).await else { return };
    let advice = tune(&desk, &sandbox.owner_url(sandbox.database()), &["--apply"]);
    assert_eq!(kept(&advice, "indexes").len(), 1, "{advice}");
    let now = indexes(&sandbox).await;
    assert_eq!(now, "of_state,of_state_total,orders_customer_id_idx,PRIMARY");
}
