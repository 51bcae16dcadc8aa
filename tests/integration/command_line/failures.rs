//! Failures of input and of servers: each names the thing, the place and the remedy, never a password, and ends with
//! the status of the table.

use crate::program::{Desk, assert_says, assert_status, planwise, stderr};
use crate::run::shop::Shop;

pub const PLAN: &str = "Seq Scan on orders  (cost=0.00..18584.82 rows=1 width=8) \
(actual time=0.021..95.106 rows=3 loops=1)
  Filter: (customer = 42)
  Rows Removed by Filter: 999997
Planning Time: 0.101 ms
Execution Time: 95.201 ms
";

const NO_SERVER: &str = "postgres://me:s3cret@localhost:1/nowhere";

fn refused(arguments: &[&str], status: i32, says: &[&str]) {
    let output = planwise().args(arguments).output().unwrap();
    assert_status(&output, status);
    assert_says(&stderr(&output), says);
    assert!(!stderr(&output).contains("s3cret"), "{}", stderr(&output));
}

#[test]
fn files_that_cannot_be_used_are_wrong_input() {
    let desk = Desk::new();
    let text = |name: &str| desk.path(name).display().to_string();
    desk.write("latin1.sql", b"SELECT 'caf\xe9';\n");
    desk.write("plan.txt", PLAN);
    std::fs::create_dir(desk.path("folder")).unwrap();
    refused(&["run", &text("latin1.sql"), "--db", NO_SERVER], 2, &["latin1.sql, line 1", "iconv"]);
    refused(&["run", &text("none/q.sql"), "--db", NO_SERVER], 2, &["q.sql does not exist", "give"]);
    refused(&["run", &text("folder"), "--db", NO_SERVER], 2, &["folder", "workload.toml"]);
    refused(&["explain", &text("folder")], 2, &["folder"]);
    refused(&["explain", &text("none.txt")], 2, &["none.txt", "standard input"]);
    refused(&["compare", &text("folder"), &text("folder")], 2, &["run.json"]);
    refused(&["explain", &text("plan.txt"), "--out", &text("x.pdf")], 2, &["x.pdf", ".html"]);
    let under_a_file = text("plan.txt/below");
    refused(
        &["explain", &text("plan.txt"), "--out", &under_a_file],
        2,
        &["below", "another place"],
    );
    refused(&["sandbox", "--load", &text("folder")], 2, &["folder", "name the files"]);
    desk.write("one.sql", "SELECT 1;");
    refused(&["run", &text("one.sql"), "--db", "localhost/shop"], 2, &["postgres://"]);
    refused(
        &["run", &text("one.sql"), "--db", "oracle://me:s3cret@h/d"],
        2,
        &["oracle", "postgres://"],
    );
}

#[test]
fn servers_that_cannot_be_used_are_the_databases_failure() {
    let desk = Desk::new();
    let file = desk.write("one.sql", "SELECT 1;").display().to_string();
    let out = desk.out().display().to_string();
    let run = |url: &str, says: &[&str]| {
        let arguments = ["run", &file, "--out", &out, "--connect-timeout", "1", "--db", url];
        refused(&arguments, 3, says);
    };
    run(NO_SERVER, &["localhost:1", "try:", "port"]);
    run("postgres://me:s3cret@no-such-host.invalid/d", &["no-such-host.invalid", "try:"]);
    run("mysql://me:s3cret@localhost:1/d", &["localhost:1", "try:"]);
    let Some(shop) = Shop::open() else { return };
    let url = shop.url_of("limited", "s3cret");
    let elsewhere = url.replacen("/postgres?", "/no_such_database?", 1);
    assert_ne!(url, elsewhere, "the URL has another form");
    run(&elsewhere, &["no_such_database", "try:", "database's name"]);
    run(&shop.url_of("nobody_of_that_name", "s3cret"), &["nobody_of_that_name", "try:", "PGUSER"]);
}
