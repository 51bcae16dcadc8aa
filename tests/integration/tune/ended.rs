//! `--apply` ended in the middle, as a user or the system ends it: what is there by then is named with its statement.

use std::process::{Child, Output, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use planwise::engine::{Access, Session, SessionOptions};

use super::shop::Shop;
use crate::program::{Desk, assert_says, planwise, stderr};

const QUERIES: &str = "
-- name: of-customer
-- params: [[1], [77], [4711]]
SELECT * FROM orders WHERE customer = $1;";

const CHANGES: &str = "CREATE INDEX CONCURRENTLY other_a ON other (a);
    CREATE INDEX CONCURRENTLY orders_customer ON orders (customer);";

const STATEMENTS: [&str; 2] = [
    "DROP INDEX CONCURRENTLY IF EXISTS orders_customer;",
    "DROP INDEX CONCURRENTLY IF EXISTS other_a;",
];

/// A run that has built one index and waits for a writer to build the other.
struct Waiting {
    shop: Shop,
    desk: Desk,
    child: Child,
    _writer: Box<dyn Session>,
}

impl Waiting {
    async fn new() -> Option<Waiting> {
        let shop = Shop::open().await?;
        shop.command_as_owner("CREATE TABLE other (a int)").await;
        let writing = SessionOptions { access: Access::Commit, ..SessionOptions::default() };
        let mut writer = shop.sandbox.connect(&writing).await.unwrap();
        writer.command("BEGIN; UPDATE orders SET note = note WHERE id = 1").await.unwrap();
        let desk = Desk::new();
        let (workload, changes) =
            (desk.write("shop.sql", QUERIES), desk.write("changes.sql", CHANGES));
        let mut command = planwise();
        command.args(["tune", "--rounds", "3", "--apply", "--lock-timeout", "300"]);
        command.args(["--db", &shop.target.url]).arg("--ddl").arg(changes);
        command.arg("--out").arg(desk.out()).arg(workload);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        let mut waiting = Waiting { shop, desk, child, _writer: writer };
        while waiting.shop.indexes(&waiting.shop.target.url).await.is_empty() {
            if waiting.child.try_wait().unwrap().is_some() {
                panic!("{}", stderr(&waiting.child.wait_with_output().unwrap()));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Some(waiting)
    }

    fn send(&self, signal: Signal) {
        let _ = kill(Pid::from_raw(self.child.id() as i32), signal);
    }

    fn undo(&self) -> String {
        std::fs::read_to_string(self.desk.out().join("undo.sql")).unwrap()
    }

    /// A later run into the same folder.
    fn again(&self) -> Output {
        let mut command = planwise();
        command.args(["run", "--rounds", "1", "--db", &self.shop.target.url]);
        command.arg("--out").arg(self.desk.out()).arg(self.desk.path("shop.sql"));
        command.output().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_interrupt_lists_every_leftover() {
    let Some(mut waiting) = Waiting::new().await else { return };
    // Signals right after the first are taken for the same one.
    while waiting.child.try_wait().unwrap().is_none() {
        waiting.send(Signal::SIGINT);
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
    let undo = waiting.undo();
    let Waiting { child, .. } = waiting;
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", stderr(&output));
    assert_says(&stderr(&output), &STATEMENTS);
    assert_says(&undo, &STATEMENTS);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_leaves_a_file_that_names_every_leftover_and_the_next_run_tells() {
    let Some(mut waiting) = Waiting::new().await else { return };
    waiting.send(Signal::SIGKILL);
    waiting.child.wait().unwrap();
    let undo = waiting.undo();
    assert!(undo.starts_with("-- UNFINISHED"), "{undo}");
    assert_says(&undo, &STATEMENTS);
    let next = waiting.again();
    assert_says(&stderr(&next), &["killed while it changed", STATEMENTS[0], STATEMENTS[1]]);
    let kept = std::fs::read_to_string(waiting.desk.out().join("undo-earlier.sql")).unwrap();
    assert_says(&kept, &STATEMENTS);
    assert!(!stderr(&waiting.again()).contains("killed while"));
}
