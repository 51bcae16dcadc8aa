//! Damage that was planted is found and named, and nothing else is.

use super::parts::{change, differences, fixture, ids, loaded, parity};

/// A statement on the target, the table, and what has to be told of it; `=` stands for nothing.
const PLANTED: [(&str, &str, &str); 34] = [
    ("DELETE FROM kinds WHERE id = 4", "kinds", "missing"),
    ("INSERT INTO kinds (id) VALUES (50)", "kinds", "extra"),
    ("INSERT INTO heap VALUES (1, 'x', 0.5)", "heap", "extra"),
    (
        "DELETE FROM heap WHERE ctid = (SELECT ctid FROM heap WHERE a = 1 LIMIT 1)",
        "heap",
        "missing",
    ),
    ("UPDATE kinds SET switch = 0 WHERE id = 1", "kinds", "switch fraction lost|switch "),
    ("UPDATE kinds SET huge = 9223372036854775807 WHERE id = 1", "kinds", "huge "),
    ("UPDATE kinds SET big = -big WHERE id = 2", "kinds", "big sign"),
    ("UPDATE kinds SET money = 1.4 WHERE id = 1", "kinds", "money "),
    (
        "UPDATE kinds SET money = 12345678901234.123457 WHERE id = 4",
        "kinds",
        "money last digits of a number",
    ),
    ("UPDATE kinds SET free = 100.00000001 WHERE id = 4", "kinds", "free last digits of a number"),
    (
        "UPDATE kinds SET ratio = 1.0000000000000001e20 + 16384 WHERE id = 1",
        "kinds",
        "ratio last digits of a number|ratio ",
    ),
    ("UPDATE kinds SET ratio = 1.0000000000000002e-7 WHERE id = 2", "kinds", "ratio "),
    ("UPDATE kinds SET ratio = 0 WHERE id = 4", "kinds", "ratio "),
    ("UPDATE kinds SET part = 16777200 WHERE id = 1", "kinds", "part "),
    ("UPDATE kinds SET day = NULL WHERE id = 4", "kinds", "day became NULL"),
    (
        "UPDATE kinds SET at_clock = '2024-03-31 03:30:00.12' WHERE id = 1",
        "kinds",
        "at_clock shifted by +1 hours: time zone",
    ),
    (
        "UPDATE kinds SET at_moment = '2024-03-31 00:30:00.123+00' WHERE id = 1",
        "kinds",
        "at_moment fraction of a second",
    ),
    (
        "UPDATE kinds SET span = '-838:59:58' WHERE id = 1",
        "kinds",
        "span last digits of a number|span ",
    ),
    (
        "UPDATE kinds SET clock = '23:59:59' WHERE id = 1",
        "kinds",
        "clock |clock cut off at the end",
    ),
    ("UPDATE kinds SET y = 2000 WHERE id = 4", "kinds", "y "),
    ("UPDATE kinds SET fixed = 'Abc' WHERE id = 1", "kinds", "fixed case"),
    ("UPDATE kinds SET fixed = 'abc   ' WHERE id = 1", "kinds", "="),
    ("UPDATE kinds SET words = words || ' ' WHERE id = 1", "kinds", "words trailing blanks"),
    (
        "UPDATE kinds SET words = 'Grüße ????' WHERE id = 1",
        "kinds",
        "words characters lost in conversion",
    ),
    ("UPDATE kinds SET words = NULL WHERE id = 2", "kinds", "words NULL against an empty text"),
    ("UPDATE kinds SET label = 'red' WHERE id = 4", "kinds", "label "),
    ("UPDATE kinds SET labels = '{c,a}' WHERE id = 1", "kinds", "labels "),
    ("UPDATE kinds SET raw = '\\x00ff11' WHERE id = 1", "kinds", "raw 1 of 3 bytes differ"),
    (
        "UPDATE kinds SET uid = '00112233445566778899aabbccddeefe' WHERE id = 1",
        "kinds",
        "uid 1 of 16 bytes differ",
    ),
    ("UPDATE kinds SET flag = NOT flag WHERE id = 1", "kinds", "flag "),
    ("UPDATE kinds SET mask = B'101000000011' WHERE id = 1", "kinds", "mask "),
    (
        "UPDATE kinds SET doc = '{\"b\": 1.1, \"a\": [100, \"x\", null, true]}' WHERE id = 1",
        "kinds",
        "=",
    ),
    (
        "UPDATE kinds SET doc = '{\"b\": 1.1, \"a\": [100, \"x\", null, false]}' WHERE id = 1",
        "kinds",
        "doc JSON values differ",
    ),
    ("UPDATE pairs SET note = 'w' WHERE b = 'X'", "pairs", "note "),
];

#[tokio::test]
async fn every_planted_damage_is_found_and_named() {
    let Some(source) = loaded("mariadb", None, &[&fixture("source.sql")]).await else { return };
    let Some(target) = loaded("postgres", None, &[&fixture("target.sql")]).await else { return };
    // Each by itself: the copy is made whole again before the next.
    let copies = ["kinds", "pairs", "heap", "child"];
    let kept: String = copies
        .iter()
        .map(|table| format!("CREATE TABLE kept.{table} AS TABLE public.{table};"))
        .collect();
    change(&target, &format!("CREATE SCHEMA kept; {kept}")).await;
    let mut wrong = Vec::new();
    for (statement, table, told) in PLANTED {
        change(&target, &format!("SET session_replication_role = replica; {statement}")).await;
        let (document, status) = parity(&source, &target, &["--only", "data"]);
        let found = differences(&document, table);
        let expected = told.split('|').any(|told| match told {
            "=" => found.is_empty() && status == 0,
            told => {
                found.len() == 1
                    && (found[0] == told || (told.ends_with(' ') && found[0].starts_with(told)))
                    && status == 1
            }
        });
        if !expected {
            wrong.push(format!("{statement}: {found:?}, status {status}"));
        }
        change(
            &target,
            &format!("SET session_replication_role = replica; DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept.{table}"),
        )
        .await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn damage_to_the_schema_and_to_constraints_is_found() {
    let Some(source) = loaded("mariadb", None, &[&fixture("source.sql")]).await else { return };
    let Some(target) = loaded("postgres", None, &[&fixture("target.sql")]).await else { return };
    let cases = [
        ("SELECT setval(pg_get_serial_sequence('kinds', 'id'), 2)", "schema", "sequence-behind"),
        ("ALTER TABLE kinds ALTER COLUMN id DROP IDENTITY", "schema", "lost-numbering"),
        ("DROP INDEX child_by_kinds", "schema", "missing-index"),
        ("ALTER TABLE child DROP CONSTRAINT child_kinds", "schema", "missing-foreign-key"),
        ("ALTER TABLE kinds ALTER COLUMN huge TYPE bigint USING NULL", "schema", "narrower-type"),
        (
            "ALTER TABLE child ADD CONSTRAINT child_kinds FOREIGN KEY (kinds_id) REFERENCES kinds (id) NOT VALID",
            "constraints",
            "not-validated",
        ),
        (
            "SET session_replication_role = replica; INSERT INTO child VALUES (9, 99)",
            "constraints",
            "orphans",
        ),
        ("ALTER TABLE pairs DROP COLUMN note", "schema", "missing-column"),
        ("DROP TABLE heap", "schema", "missing-table"),
    ];
    for (statement, part, id) in cases {
        change(&target, statement).await;
        let (document, status) =
            parity(&source, &target, &["--only", "schema", "--only", "orphans"]);
        assert!(
            ids(&document, part).iter().any(|found| found == id),
            "{statement}: {:#} {:#}",
            document["schema"],
            document["constraints"]
        );
        assert_eq!(status, 1, "{statement}");
    }
}

/// A column that cannot be compared exactly is named, and nothing is called equal in silence.
#[tokio::test]
async fn what_cannot_be_compared_makes_the_verdict_inconclusive() {
    let script = "CREATE TABLE t (id INT PRIMARY KEY, a DATE);";
    let Some(source) = super::parts::scripted("mariadb", None, script).await else { return };
    let script = "CREATE TABLE t (id integer PRIMARY KEY, a uuid);";
    let Some(target) = super::parts::scripted("postgres", None, script).await else { return };
    let (document, status) = parity(&source, &target, &["--only", "data"]);
    assert_eq!((status, document["verdict"].as_str()), (4, Some("inconclusive")));
    assert!(
        document["reasons"][0].as_str().unwrap().contains("t.a was not compared"),
        "{:#}",
        document["reasons"]
    );
    let (_, status) = parity(&source, &target, &["--only", "data", "--exclude-column", "t.a"]);
    assert_eq!(status, 0);
}

#[tokio::test]
async fn nothing_is_called_equal_that_was_not_looked_at() {
    let Some(source) = super::parts::scripted(
        "postgres",
        None,
        "CREATE TABLE t (id integer PRIMARY KEY, a text); INSERT INTO t VALUES (1, 'x');",
    )
    .await
    else {
        return;
    };
    let Some(target) = super::parts::scripted(
        "postgres",
        None,
        "CREATE TABLE t (id integer PRIMARY KEY); INSERT INTO t VALUES (1);",
    )
    .await
    else {
        return;
    };
    // The column is not there: a difference, or what could not be compared; never equal.
    let (document, status) = parity(&source, &target, &[]);
    assert_eq!(status, 1, "{:#}", document["reasons"]);
    let (document, status) = parity(&source, &target, &["--only", "data"]);
    assert_eq!(status, 4, "{:#}", document["reasons"]);
    // No table at all.
    let (document, status) = parity(&source, &target, &["--table", "nothing"]);
    assert_eq!(status, 4, "{:#}", document["reasons"]);
    assert!(document["reasons"][0].as_str().unwrap().contains("no table was found"));
}
