//! Files of an earlier command do not stand beside a later one's report.

use crate::program::{Desk, assert_status, planwise};
use crate::run::shop::Shop;

#[test]
fn a_later_run_takes_away_what_it_does_not_write() {
    let Some(shop) = Shop::open() else { return };
    let desk = Desk::new();
    let run = |sql: &str| {
        let file = desk.write("w.sql", sql);
        let mut command = planwise();
        command
            .args(["run", "--rounds", "3", "--db", &shop.url(), "--out"])
            .arg(desk.out())
            .arg(file);
        assert_status(&command.output().unwrap(), 0);
    };
    run("-- name: first\nSELECT count(*) FROM orders;\n-- name: second\nSELECT 1;");
    let path = |name: &str| desk.out().join(name);
    for name in ["comparison.json", "run-after.json", "mine.txt", "plans/mine.json"] {
        std::fs::write(path(name), "{}").unwrap();
    }
    assert!(path("plans/second-1.json").is_file());
    run("-- name: first\nSELECT count(*) FROM orders;");
    for gone in ["comparison.json", "run-after.json", "plans/second-1.json"] {
        assert!(!path(gone).exists(), "{gone} is of the run before");
    }
    for stays in ["run.json", "report.html", "plans/first-1.json", "mine.txt", "plans/mine.json"] {
        assert!(path(stays).is_file(), "{stays} is gone");
    }
}
