//! advice.sql and undo.sql are what a user runs: one after the other, they change nothing.

use std::process::Command;

use super::shop::Shop;
use crate::parts;
use crate::program::{Desk, assert_says, planwise};

const QUERIES: &str = "
-- name: of-guest
-- params: [[1], [77], [4711]]
SELECT * FROM stay WHERE guest = $1;
-- name: of-room
-- params: [[1], [50]]
SELECT count(*) FROM stay WHERE room = $1;";

/// One index is missing, and one of two that are the same is in the way.
const STAYS: &str = "
    CREATE TABLE stay (id int PRIMARY KEY, guest int, room int, note text);
    INSERT INTO stay SELECT g, g % 5000, g % 300, repeat('s', 60) || g FROM generate_series(1, 100000) g;
    CREATE INDEX stay_room ON stay (room);
    CREATE INDEX stay_room_again ON stay (room) WITH (fillfactor = 90);
    VACUUM ANALYZE stay";

fn run(program: &std::path::Path, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {complaint}", program.display());
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_advice_does_undo_takes_back() {
    let Some(shop) = Shop::open().await else { return };
    let (Some(psql), Some(pg_dump)) = (parts::program("psql"), parts::program("pg_dump")) else {
        return;
    };
    shop.command_as_owner(STAYS).await;
    let desk = Desk::new();
    let workload = desk.write("stay.sql", QUERIES);
    let url = &shop.target.url;
    let advised = planwise()
        .args(["advise", "--db", url, "--out"])
        .arg(desk.out())
        .arg(workload)
        .output()
        .unwrap();
    assert!(advised.status.success(), "{advised:?}");
    let script = |name: &str| desk.out().join(name).display().to_string();
    let advice = std::fs::read_to_string(script("advice.sql")).unwrap();
    assert_says(&advice, &["CREATE INDEX", "guest", "DROP INDEX"]);

    let schema = || {
        // Each dump has a password of its own, against scripts that hide commands of psql in it.
        let dump = run(&pg_dump, &["--schema-only", url]);
        let own = dump.lines().filter(|line| !line.contains("restrict "));
        let mut statements: Vec<String> = own.map(str::to_owned).collect();
        statements.sort();
        statements
    };
    let admin = shop.sandbox.url(shop.sandbox.database());
    let file = |name: &str| {
        run(&psql, &["-v", "ON_ERROR_STOP=1", "-q", "-d", &admin, "-f", &script(name)]);
    };
    let before = schema();
    file("advice.sql");
    assert_ne!(schema(), before);
    file("undo.sql");
    assert_eq!(schema(), before);
}
