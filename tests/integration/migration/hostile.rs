//! Values that a server's own hashes take for one another, rows that swapped values, values too long for a packet, and
//! what a schema holds beside tables: damage that looks equal to a checksum that is made too simply.

use super::parts::{change, differences, ids, parity, scripted, url};
use crate::parts::postgres_version;
use crate::program::{planwise, stderr};

const ROWS: &str = "\
CREATE TABLE keyed (id bigint PRIMARY KEY, free numeric, money numeric(10,2), big bigint, ratio float8, part real, words text, at timestamptz, doc jsonb, fee money);
INSERT INTO keyed SELECT i, i * 1.5, i, i, i, i, 'word ' || i, '2024-01-01'::timestamptz + i * interval '1 hour', jsonb_build_object('a', i), i::money FROM generate_series(1, 300) i;
UPDATE keyed SET ratio = 0, part = 0, doc = '{}' WHERE id = 9;
CREATE TABLE heap AS SELECT free, money, big, ratio, part, words, at, doc FROM keyed;
CREATE TABLE documents (doc json);
INSERT INTO documents SELECT json_build_object('a', i) FROM generate_series(1, 50) i;
CREATE TABLE parent (id integer, word text);
CREATE TABLE heir () INHERITS (parent);
INSERT INTO parent VALUES (1, 'a'); INSERT INTO heir VALUES (1, 'a'), (2, 'b');
CREATE TABLE nothing ();
INSERT INTO nothing DEFAULT VALUES;
CREATE TABLE ends (id bigint PRIMARY KEY, word text);
INSERT INTO ends VALUES (-9223372036854775808, 'a'), (0, 'b'), (9223372036854775807, 'c');
CREATE TABLE \"Case\" (id integer PRIMARY KEY); CREATE TABLE \"case\" (id integer PRIMARY KEY);
INSERT INTO \"Case\" VALUES (1); INSERT INTO \"case\" VALUES (2);
";

/// Statement on the target, and the tables that differ then.
const UNSEEN: [(&str, &[&str]); 15] = [
    ("UPDATE keyed SET big = 4294967296 WHERE id = 1", &["keyed"]),
    ("UPDATE keyed SET big = big + 4294967296 - 2 * big WHERE id = 3", &["keyed"]),
    ("UPDATE keyed SET free = -free WHERE id = 5", &["keyed"]),
    ("UPDATE keyed SET money = -money WHERE id = 5", &["keyed"]),
    ("UPDATE heap SET free = -free WHERE big = 5", &["heap"]),
    ("UPDATE keyed SET ratio = NULL WHERE id = 9", &["keyed"]),
    ("UPDATE keyed SET part = NULL WHERE id = 9", &["keyed"]),
    ("UPDATE heap SET ratio = NULL WHERE big = 9", &["heap"]),
    ("UPDATE keyed SET doc = '[]' WHERE id = 9", &["keyed"]),
    ("UPDATE heap SET doc = NULL WHERE big = 9", &["heap"]),
    (
        "UPDATE keyed a SET words = b.words FROM keyed b WHERE (a.id, b.id) IN ((7, 8), (8, 7))",
        &["keyed"],
    ),
    (
        "UPDATE heap a SET words = b.words FROM heap b WHERE (a.big, b.big) IN ((7, 8), (8, 7))",
        &["heap"],
    ),
    ("UPDATE documents SET doc = '{\"a\": 51}' WHERE doc->>'a' = '50'", &["documents"]),
    ("UPDATE heir SET word = 'x' WHERE id = 1", &["heir"]),
    ("DELETE FROM nothing", &["nothing"]),
];

async fn unseen(older: u32) {
    let Some(older) = postgres_version(older) else { return };
    let Some(newest) = postgres_version(18) else { return };
    let Some(source) = scripted("postgres", Some(older), ROWS).await else { return };
    let Some(target) = scripted("postgres", Some(newest), ROWS).await else { return };
    let (document, status) = parity(&source, &target, &["--one-moment"]);
    assert_eq!(status, 0, "{:#} {:#}", document["reasons"], document["schema"]);
    let mut wrong = Vec::new();
    for (statement, tables) in UNSEEN {
        change(&target, &format!("CREATE TABLE kept AS SELECT * FROM {}; {statement}", tables[0]))
            .await;
        let (document, status) = parity(&source, &target, &["--only", "data"]);
        let found: Vec<&str> = document["tables"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|table| table["verdict"] == "different")
            .map(|table| table["source"].as_str().unwrap().trim_start_matches("public."))
            .collect();
        if found != tables || status != 1 {
            wrong.push(format!("{statement}: {found:?}, status {status}"));
        }
        let table = tables[0];
        let back = match table {
            "nothing" => "INSERT INTO nothing DEFAULT VALUES".to_owned(),
            table => format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept"),
        };
        change(&target, &format!("{back}; DROP TABLE kept")).await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn what_hashes_take_for_one_another_is_found() {
    unseen(15).await;
}

/// The older one cannot hash whole rows by value: both sides then have to take the same other way.
#[tokio::test]
async fn it_is_found_between_versions_that_hash_otherwise() {
    unseen(13).await;
}

/// A text beyond max_allowed_packet is NULL to every function: two such texts are not equal for that.
#[tokio::test]
async fn values_longer_than_a_packet_are_compared() {
    let script = |letter: &str| {
        format!(
            "CREATE TABLE t (id INT PRIMARY KEY, b LONGBLOB, c LONGTEXT); \
             INSERT INTO t VALUES (1, repeat('{letter}', 9000000), 'x'), (2, repeat('b', 9000000), repeat('ä', 9000));"
        )
    };
    let Some(source) = scripted("mariadb", None, &script("a")).await else { return };
    let Some(other) = scripted("mariadb", None, &script("c")).await else { return };
    let (document, status) = parity(&source, &other, &["--only", "data"]);
    assert_eq!((status, differences(&document, "t").len()), (1, 1), "{:#}", document["tables"]);
    let (_, status) = parity(&source, &source, &["--only", "data"]);
    assert_eq!(status, 0);
    let hex = |letter: &str| {
        format!(
            "CREATE TABLE t (id integer PRIMARY KEY, b bytea, c text); \
             INSERT INTO t VALUES (1, convert_to(repeat('{letter}', 9000000), 'UTF8'), 'x'), (2, convert_to(repeat('b', 9000000), 'UTF8'), repeat('ä', 9000));"
        )
    };
    let Some(target) = scripted("postgres", None, &hex("a")).await else { return };
    let (document, status) = parity(&source, &target, &["--only", "data"]);
    assert_eq!(status, 0, "{:#}", document["tables"]);
    change(&target, "UPDATE t SET c = repeat('ä', 8999) || 'b' WHERE id = 2").await;
    let (document, status) = parity(&source, &target, &["--only", "data"]);
    assert_eq!(status, 1, "{:#}", document["tables"]);
    assert!(differences(&document, "t")[0].contains("a long value"), "{:#}", document["tables"]);
}

const OBJECTS: &str = "\
CREATE TABLE t (id integer PRIMARY KEY, a integer DEFAULT 3 CHECK (a > 0), b text, r int4range, g integer GENERATED ALWAYS AS (a * 2) STORED);
CREATE TABLE u (id integer PRIMARY KEY, t_id integer REFERENCES t DEFERRABLE INITIALLY DEFERRED);
CREATE INDEX by_lower ON t (lower(b)); CREATE INDEX small ON t (a) WHERE a < 9; CREATE INDEX sorted ON t (a DESC) INCLUDE (b);
CREATE EXTENSION btree_gist;
ALTER TABLE t ADD CONSTRAINT apart EXCLUDE USING gist (r WITH &&);
CREATE FUNCTION f(integer) RETURNS integer LANGUAGE sql AS 'SELECT $1'; CREATE FUNCTION f(text) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER touch BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION touch(); CREATE TRIGGER touch BEFORE UPDATE ON u FOR EACH ROW EXECUTE FUNCTION touch();
ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON t USING (id > 0);
CREATE TYPE mood AS ENUM ('fine', 'bad'); CREATE DOMAIN small AS integer CONSTRAINT few CHECK (VALUE < 10);
CREATE VIEW v AS SELECT id FROM t WHERE a > 1;
SELECT lo_from_bytea(0, '\\x01');
";

#[tokio::test]
async fn what_a_schema_holds_beside_tables_is_compared() {
    let Some(source) = scripted("postgres", None, OBJECTS).await else { return };
    let Some(target) = scripted("postgres", None, OBJECTS).await else { return };
    let cases = [
        ("DROP INDEX by_lower", "CREATE INDEX by_lower ON t (lower(b))", "missing-index"),
        (
            "DROP INDEX small; CREATE INDEX small ON t (a) WHERE a < 8",
            "DROP INDEX small; CREATE INDEX small ON t (a) WHERE a < 9",
            "other-index",
        ),
        (
            "DROP INDEX sorted; CREATE INDEX sorted ON t (a)",
            "DROP INDEX sorted; CREATE INDEX sorted ON t (a DESC) INCLUDE (b)",
            "other-index",
        ),
        (
            "DROP FUNCTION f(text)",
            "CREATE FUNCTION f(text) RETURNS integer LANGUAGE sql AS 'SELECT 1'",
            "missing-function",
        ),
        (
            "CREATE OR REPLACE FUNCTION f(integer) RETURNS integer LANGUAGE sql AS 'SELECT $1 + 1'",
            "CREATE OR REPLACE FUNCTION f(integer) RETURNS integer LANGUAGE sql AS 'SELECT $1'",
            "other-function",
        ),
        (
            "DROP TRIGGER touch ON u",
            "CREATE TRIGGER touch BEFORE UPDATE ON u FOR EACH ROW EXECUTE FUNCTION touch()",
            "missing-trigger",
        ),
        ("DROP POLICY mine ON t", "CREATE POLICY mine ON t USING (id > 0)", "missing-policy"),
        (
            "ALTER TABLE t DISABLE ROW LEVEL SECURITY",
            "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
            "missing-row-security",
        ),
        (
            "ALTER TABLE t DROP CONSTRAINT t_a_check, ADD CONSTRAINT t_a_check CHECK (a > -1)",
            "ALTER TABLE t DROP CONSTRAINT t_a_check, ADD CONSTRAINT t_a_check CHECK (a > 0)",
            "other-check",
        ),
        (
            "ALTER TABLE u ALTER CONSTRAINT u_t_id_fkey NOT DEFERRABLE",
            "ALTER TABLE u ALTER CONSTRAINT u_t_id_fkey DEFERRABLE INITIALLY DEFERRED",
            "other-foreign-key-manner",
        ),
        (
            "ALTER DOMAIN small DROP CONSTRAINT few",
            "ALTER DOMAIN small ADD CONSTRAINT few CHECK (VALUE < 10)",
            "missing-domain-constraint",
        ),
        (
            "CREATE OR REPLACE VIEW v AS SELECT id FROM t WHERE a > 2",
            "CREATE OR REPLACE VIEW v AS SELECT id FROM t WHERE a > 1",
            "other-view",
        ),
        (
            "ALTER TABLE t DROP CONSTRAINT apart; CREATE INDEX apart ON t USING gist (r)",
            "DROP INDEX apart; ALTER TABLE t ADD CONSTRAINT apart EXCLUDE USING gist (r WITH &&)",
            "missing-exclusion-constraint",
        ),
        ("ALTER TYPE mood ADD VALUE 'odd'", "SELECT 1", "other-enumerated-type"),
    ];
    let (document, status) = parity(&source, &target, &[]);
    assert_eq!(status, 0, "{:#}", document["schema"]);
    change(&target, "SELECT lo_put(oid, 0, '\\x02') FROM pg_largeobject_metadata").await;
    let (document, status) = parity(&source, &target, &["--only", "data"]);
    assert_eq!((status, ids(&document, "schema")), (1, vec!["large-objects".to_owned()]));
    for (damage, mended, id) in cases {
        change(&target, damage).await;
        let (document, status) = parity(&source, &target, &["--only", "schema"]);
        let found = ids(&document, "schema");
        assert!(found.contains(&id.to_owned()), "{damage}: {found:?}");
        assert_eq!(status, 1, "{damage}");
        change(&target, mended).await;
    }
}

#[tokio::test]
async fn clock_times_are_read_in_the_zone_that_is_told() {
    let script = "CREATE TABLE t (id INT PRIMARY KEY, at DATETIME(6)); INSERT INTO t VALUES (1, '2024-01-15 12:00:00'), (2, '2024-07-15 12:00:00.5');";
    let Some(source) = scripted("mariadb", None, script).await else { return };
    let script = "CREATE TABLE t (id integer PRIMARY KEY, at timestamptz); INSERT INTO t VALUES (1, '2024-01-15 12:00:00+01'), (2, '2024-07-15 12:00:00.5+02');";
    let Some(target) = scripted("postgres", None, script).await else { return };
    let (document, status) = parity(&source, &target, &["--only", "data"]);
    assert_eq!(status, 1);
    assert!(differences(&document, "t")[0].contains("time zone"), "{:#}", document["tables"]);
    let told = ["--only", "data", "--time-zone", "Europe/Berlin"];
    let (document, status) = parity(&source, &target, &told);
    assert_eq!(status, 0, "{:#}", document["tables"]);
}

/// As pg_upgrade's own checks have it; regclass it carries.
#[tokio::test]
async fn types_that_an_upgrade_refuses_are_told() {
    let script = "CREATE TABLE t (a regproc, b regclass, c aclitem, d regconfig[]);";
    let Some(source) = scripted("postgres", None, script).await else { return };
    let mut command = planwise();
    command.args(["inventory", "--target", "postgres:18", "--format", "json", "--quiet"]);
    let output = command.args(["--db", &url(&source)]).output().unwrap();
    let document: serde_json::Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", stderr(&output)));
    let points = document["review"]["points"].as_array().unwrap();
    let told: Vec<(&str, &str)> = points
        .iter()
        .map(|point| (point["id"].as_str().unwrap(), point["object"].as_str().unwrap()))
        .filter(|(id, _)| id.ends_with("-type"))
        .collect();
    assert_eq!(
        told,
        [
            ("bound-type", "column public.t.a"),
            ("bound-type", "column public.t.d"),
            ("changed-type", "column public.t.c")
        ]
    );
}
