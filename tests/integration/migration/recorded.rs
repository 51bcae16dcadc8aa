//! Transactions out of a server's own log, executed on both sides and undone.

use planwise::engine::{Access, Session, SessionOptions};
use planwise::sandbox::{Sandbox, SandboxOptions};
use serde_json::Value;

use super::parts::{change, scripted, url};
use crate::parts;
use crate::program::{Desk, assert_says, assert_status, planwise};

const STOCK: &str = "
CREATE TABLE stock (id int PRIMARY KEY, amount int NOT NULL, reserved int NOT NULL);
INSERT INTO stock VALUES (1, 10, 0), (2, 20, 0), (3, 30, 0);
";

const TAKE: &str = "UPDATE stock SET amount = amount - 1, reserved = reserved + 1 WHERE id = 1";
const LOOK: &str = "SELECT amount, reserved FROM stock WHERE id = 1";
const GIVE: &str = "UPDATE stock SET amount = amount + 5 WHERE id = 2";
const ALL: &str = "SELECT sum(amount) FROM stock";
const GONE: &str = "DELETE FROM stock WHERE id = 3";
const WRONG: &str = "SELECT nothing_there FROM stock";

/// Where a server is told to log every statement, and the settings that tell it.
fn logging(engine: &str) -> (&'static str, Vec<(String, String)>) {
    let (file, settings) = match engine {
        "postgres" => (
            "server.log",
            [("log_min_duration_statement", "0"), ("log_line_prefix", "%m [%p] %u@%d ")].to_vec(),
        ),
        _ => (
            "data/general.log",
            [("general_log", "1"), ("general_log_file", "general.log")].to_vec(),
        ),
    };
    let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    (file, settings.into_iter().map(own).collect())
}

async fn session(sandbox: &Sandbox) -> Box<dyn Session> {
    let options = SessionOptions { access: Access::Commit, ..SessionOptions::default() };
    sandbox.connect(&options).await.unwrap()
}

/// The capture of a server that two sessions have used at once.
async fn recorded(
    engine: &str,
    desk: &Desk,
    statements: &[(usize, &str)],
) -> Option<std::path::PathBuf> {
    let (file, settings) = logging(engine);
    let options = SandboxOptions { settings, ..SandboxOptions::default() };
    let logged = parts::sandbox(engine, options).await?;
    let mut first = session(&logged).await;
    for statement in STOCK.split(';').map(str::trim).filter(|text| !text.is_empty()) {
        first.command(statement).await.unwrap();
    }
    let mut both = [first, session(&logged).await];
    for (number, statement) in statements {
        let sent = both[*number].send(statement, None).await;
        assert_eq!(sent.is_err(), *statement == WRONG, "{statement}: {sent:?}");
    }
    drop(both);
    let log = std::fs::read(logged.directory().join(file)).unwrap();
    let (log, workload) = (desk.write("a.log", log), desk.path("a.workload"));
    let capture = planwise().arg("capture").arg(log).arg("-o").arg(&workload).output().unwrap();
    assert_status(&capture, 0);
    Some(workload)
}

fn ask(workload: &std::path::Path, source: &Sandbox, target: &Sandbox, status: i32) -> Vec<Value> {
    let mut command = planwise();
    command.arg("answers").arg(workload).args(["--rounds", "0", "--format", "json"]);
    command.args(["--writes", "rollback", "--source", &url(source), "--target", &url(target)]);
    let output = command.output().unwrap();
    assert_status(&output, status);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    report["transactions"].as_array().unwrap().clone()
}

/// Of the transactions `sizes` are the numbers of statements that the compared ones have.
async fn compared(engine: &str, statements: &[(usize, &str)], sizes: &[u64]) {
    let desk = Desk::new();
    let Some(workload) = recorded(engine, &desk, statements).await else { return };
    let source = scripted(engine, server(engine), STOCK).await.unwrap();
    let target = scripted(engine, server(engine), STOCK).await.unwrap();
    let same = ask(&workload, &source, &target, 0);
    let told = |of: &str| -> Vec<&Value> { same.iter().map(|one| &one[of]).collect() };
    assert_eq!(told("verdict"), vec!["same"; sizes.len()], "{same:#?}");
    assert_eq!(told("statements"), sizes, "{same:#?}");
    assert_eq!(told("compared"), sizes, "{same:#?}");

    change(&target, "UPDATE stock SET reserved = 7 WHERE id = 1").await;
    let found = ask(&workload, &source, &target, 1);
    let different: Vec<&Value> = found.iter().filter(|one| one["verdict"] == "different").collect();
    assert_eq!(different.len(), 1, "{found:#?}");
    // The write alone changes one row on either side: what it wrote is seen by the statement behind it.
    assert_says(different[0]["why"].as_str().unwrap(), &["statement 2 (q-", "other rows"]);
    assert_eq!(different[0]["examples"][0]["source"], serde_json::json!(["9", "1"]));
}

fn server(engine: &str) -> Option<std::path::PathBuf> {
    (engine == "mysql").then(parts::mysql_server).flatten()
}

/// One session commits, the other rolls back and then runs into an error.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_of_two_sessions_is_compared_by_transaction() {
    let statements = [
        (0, "BEGIN"),
        (1, "BEGIN"),
        (0, TAKE),
        (1, GONE),
        (0, LOOK),
        (1, ALL),
        (0, "COMMIT"),
        (1, "ROLLBACK"),
        (1, "START TRANSACTION"),
        (0, "BEGIN"),
        (1, GONE),
        (0, GIVE),
        (1, WRONG),
        (0, ALL),
        (1, "ROLLBACK"),
        (0, GIVE),
        (0, "COMMIT"),
    ];
    compared("postgres", &statements, &[2, 3]).await;
}

/// The general log does not tell errors: what was rolled back is known by its end.
const THEMSELVES: [(usize, &str); 14] = [
    (0, "SET autocommit=0"),
    (1, "START TRANSACTION"),
    (0, TAKE),
    (1, GONE),
    (0, LOOK),
    (1, ALL),
    (0, "COMMIT"),
    (1, "ROLLBACK"),
    (0, GONE),
    (0, ALL),
    (0, "ROLLBACK"),
    (0, GIVE),
    (0, ALL),
    (0, "SET autocommit=1"),
];

#[tokio::test(flavor = "multi_thread")]
async fn transactions_of_mariadb_may_begin_by_themselves() {
    compared("mariadb", &THEMSELVES, &[2, 2]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_of_mysql_may_begin_by_themselves() {
    compared("mysql", &THEMSELVES, &[2, 2]).await;
}
