//! Workload files and folders as the library reads them.

use std::fs;
use std::path::{Path, PathBuf};

use planwise::engine::postgres::dialect::PostgresDialect;
use planwise::sql::StatementKind;
use planwise::workload::{self, FaultFinder, Workload, WorkloadError};

fn read(path: &Path) -> Result<Workload, WorkloadError> {
    workload::read(path, &PostgresDialect)
}

/// Writes `content` as `queries.sql` and reads it.
fn read_file(content: &[u8]) -> Result<Workload, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queries.sql");
    fs::write(&path, content).unwrap();
    read(&path).map_err(|error| {
        let message = error.to_string();
        assert!(message.contains("queries.sql"), "{message}");
        message
    })
}

/// Writes the files of a folder and reads it.
fn read_folder(files: &[(&str, &str)]) -> Result<Workload, String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        fs::write(folder.path().join(name), content).unwrap();
    }
    read(folder.path()).map_err(|error| error.to_string())
}

fn assert_refused(content: &[u8], parts: &[&str]) {
    let message = read_file(content).expect_err("it was read");
    for part in parts {
        assert!(message.contains(part), "{part:?} is not in: {message}");
    }
}

#[test]
fn a_file_with_all_its_annotations() {
    let workload = read_file(
        b"\xef\xbb\xbf-- name: open-rentals\r\n-- weight: 2.5\r\n-- params: [[\"42\"], [7]]\r\n\
          SELECT ';' FROM rental WHERE customer_id = $1;\r\n\r\nSELECT 1",
    )
    .unwrap();
    assert_eq!(workload.name, "queries");
    assert_eq!(workload.digest.len(), 64);
    let first = &workload.queries[0];
    assert_eq!((first.id.as_str(), first.line, first.weight), ("open-rentals", 4, 2.5));
    assert_eq!(first.params, [vec![Some("42".to_owned())], vec![Some("7".to_owned())]]);
    let second = &workload.queries[1];
    assert_eq!((second.id.as_str(), second.line, second.sql.as_str()), ("q2", 6, "SELECT 1"));
}

#[test]
fn one_broken_query_of_ten_leaves_the_others_alone() {
    let script = "SELECT 1;\n".repeat(4) + "SELECT * FORM film;\n" + &"SELECT 2;\n".repeat(5);
    let workload = read_file(script.as_bytes()).unwrap();
    let broken: Vec<_> = workload.queries.iter().filter(|q| q.shape.is_err()).collect();
    assert_eq!((workload.queries.len(), broken.len(), broken[0].line), (10, 1, 5));
    assert_eq!(broken[0].shape, Err("syntax error at or near \"FORM\"".to_owned()));
}

#[test]
fn files_that_cannot_be_used_say_why() {
    assert_refused(b"", &["no statements"]);
    assert_refused(b"-- nothing\n;;", &["no statements"]);
    assert_refused(b"Dear diary,\ntoday; I", &["does not look like SQL", "2 statements", "line 1"]);
    assert_refused(
        b"SELECT 1;\nSELECT 'caf\xe9'",
        &["line 2", "0xe9", "offset 21", "iconv -f LATIN1"],
    );
    assert_refused(b"SELECT 1\0", &["line 1", "0x00", "offset 8"]);
    assert_refused(b"\xff\xfeS\0E\0\0", &["iconv -f UTF-16"]);
    assert_refused(b"\xff\xfeH\0o\0", &["does not look like SQL"]);
    let read = read_file(b"\xfe\xff\0S\0E\0L\0E\0C\0T\0 \x002").unwrap();
    assert_eq!(read.queries[0].sql, "SELECT 2");
}

#[test]
fn annotations_that_cannot_be_meant_name_their_line() {
    assert_refused(b"-- name: a\nSELECT 1;\n-- name: a\nSELECT 2", &["line 4", "`a`", "line 2"]);
    assert_refused(b"SELECT 1;\n-- wieght: 2\nSELECT 2", &["line 2", "weight"]);
    assert_refused(
        b"-- params: [1, 2]\nSELECT $1",
        &["line 1", "1 parameters", "2 values", "[[1], [2]]"],
    );
    assert_refused(b"-- params: [1]\nSELECT 1", &["0 parameters", "1 values"]);
}

#[test]
fn paths_that_lead_nowhere() {
    let missing = read(&PathBuf::from("/no/such/file.sql")).unwrap_err().to_string();
    assert!(missing.contains("/no/such/file.sql does not exist"), "{missing}");
    let bare = read_folder(&[("queries.sql", "SELECT 1")]).unwrap_err();
    assert!(bare.contains("without a workload.toml"), "{bare}");
}

#[test]
fn a_file_too_large_is_refused_unread() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dump.sql");
    fs::File::create(&path).unwrap().set_len(5 << 30).unwrap();
    let message = read(&path).unwrap_err().to_string();
    assert!(message.contains("5368709120 bytes") && message.contains("--load"), "{message}");
}

const MANIFEST: &str = r#"
name = "shop"
description = "A small shop"
files = ["a.sql", "b.sql"]
[data]
seed = 7
[[session]]
name = "page"
steps = [{ query = "list", times = 3 }, { query = "one" }]
[[fault]]
id = "missing-index"
query = "one"
what = "no index on the foreign key"
found_by = [{ index = "rental", keys = ["customer_id"] }, { rule = "seq-scan-discards-rows" }]
"#;

fn shop(manifest: &str) -> Result<Workload, String> {
    read_folder(&[
        ("workload.toml", manifest),
        ("a.sql", "-- name: list\nSELECT 1; SELECT 2"),
        ("b.sql", "-- name: one\nSELECT 3; SELECT 4"),
    ])
}

#[test]
fn a_folder_with_sessions_faults_and_data() {
    let workload = shop(MANIFEST).unwrap();
    let ids: Vec<_> = workload.queries.iter().map(|q| q.id.as_str()).collect();
    assert_eq!(ids, ["list", "q2", "one", "q4"]);
    assert_eq!(workload.sessions[0].steps[0].times, 3);
    assert_eq!(workload.sessions[0].steps[1].times, 1);
    assert_eq!(workload.data.unwrap()["seed"].as_integer(), Some(7));
    assert_eq!(
        workload.faults[0].found_by[1],
        FaultFinder::Rule { rule: "seq-scan-discards-rows".to_owned() }
    );
}

#[test]
fn a_manifest_names_the_key_and_line_it_stumbles_on() {
    for (from, to, parts) in [
        ("seed = 7", "seed = ", ["line 6", ""]),
        ("description", "descripton", ["line 3", "descripton"]),
        ("id = \"missing-index\"", "idd = 1", ["line 11", "idd"]),
        ("query = \"list\"", "query = \"lost\"", ["line 9", "no query named `lost`"]),
        ("times = 3", "times = 0", ["line 9", "0 times"]),
        ("files = [\"a.sql\", \"b.sql\"]", "files = []", ["line 1", "no query file"]),
        ("\"b.sql\"", "\"c.sql\"", ["c.sql does not exist", ""]),
    ] {
        let message = shop(&MANIFEST.replacen(from, to, 1)).expect_err(to);
        assert!(parts.iter().all(|part| message.contains(part)), "{to}: {message}");
    }
}

#[test]
fn the_digest_follows_every_file() {
    let first = shop(MANIFEST).unwrap().digest;
    assert_eq!(first, shop(MANIFEST).unwrap().digest);
    assert_ne!(first, shop(&MANIFEST.replace("seed = 7", "seed = 8")).unwrap().digest);
}

#[test]
fn a_query_that_is_cut_off_is_one_bad_query() {
    let workload = read_file(b"SELECT 1;\nSELECT 'ret\n\nSELECT 'kept';\nSELECT 3").unwrap();
    let texts: Vec<_> =
        workload.queries.iter().map(|q| (q.sql.as_str(), q.line, q.refused.is_some())).collect();
    assert_eq!(
        texts,
        [
            ("SELECT 1", 1, false),
            ("SELECT 'ret", 2, true),
            ("SELECT 'kept'", 4, false),
            ("SELECT 3", 5, false)
        ]
    );
    let alone = read_file(b"\nSELECT 'x").unwrap();
    assert!(alone.queries[0].refused.as_ref().unwrap().contains("begins on line 2"));
    let why = workload.queries[1].refused.as_ref().unwrap();
    assert!(why.contains("line 2") && why.contains("track_activity_query_size"), "{why}");
}

#[test]
fn what_stands_behind_explain_is_the_query() {
    let workload = read_file(
        b"EXPLAIN (ANALYZE, BUFFERS) SELECT 1;\nexplain verbose DELETE FROM loan;\nEXPLAIN SELECT 'it;",
    )
    .unwrap();
    let texts: Vec<_> = workload.queries.iter().map(|q| q.sql.as_str()).collect();
    assert_eq!(texts, ["SELECT 1", "DELETE FROM loan", "EXPLAIN SELECT 'it"]);
    let kinds: Vec<_> =
        workload.queries.iter().map(|q| q.shape.as_ref().ok().map(|s| s.kind)).collect();
    assert_eq!(kinds, [Some(StatementKind::Read), Some(StatementKind::Write), None]);
}
