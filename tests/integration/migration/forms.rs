//! Values at the edges of their types are written alike by every engine.

use super::parts::{differences, fixture, ids, loaded, parity};
use crate::parts::{mysql_server, postgres_version};

/// The source's own schema is kept out: types and names are another test's.
const DATA: [&str; 4] = ["--only", "data", "--only", "orphans"];

#[tokio::test]
async fn every_type_is_equal_after_a_good_move() {
    let Some(source) = loaded("mariadb", None, &[&fixture("source.sql")]).await else { return };
    let Some(target) = loaded("postgres", None, &[&fixture("target.sql")]).await else { return };
    let (document, status) = parity(&source, &target, &DATA);
    for table in ["kinds", "pairs", "heap", "child"] {
        assert_eq!(differences(&document, table), Vec::<String>::new(), "{table}");
    }
    assert_eq!(status, 0, "{:#}", document["reasons"]);
    assert_eq!(document["verdict"], "equal");
    // By checksums and row by row alike.
    let (document, status) = parity(&source, &target, &["--only", "data", "--stream"]);
    assert_eq!((status, document["verdict"].as_str()), (0, Some("equal")));
}

#[tokio::test]
async fn every_type_is_equal_from_the_other_server_to_the_newest() {
    let (Some(mysqld), Some(newest)) = (mysql_server(), postgres_version(18)) else { return };
    let Some(source) = loaded("mysql", Some(mysqld), &[&fixture("source.sql")]).await else {
        return;
    };
    let Some(target) = loaded("postgres", Some(newest), &[&fixture("target.sql")]).await else {
        return;
    };
    let (document, status) = parity(&source, &target, &DATA);
    for table in ["kinds", "pairs", "heap", "child"] {
        assert_eq!(differences(&document, table), Vec::<String>::new(), "{table}");
    }
    assert_eq!(status, 0, "{:#}", document["reasons"]);
}

#[tokio::test]
async fn the_oldest_version_writes_alike_too() {
    let Some(oldest) = postgres_version(13) else { return };
    let Some(source) = loaded("mariadb", None, &[&fixture("source.sql")]).await else { return };
    let Some(target) = loaded("postgres", Some(oldest), &[&fixture("target.sql")]).await else {
        return;
    };
    let (document, status) = parity(&source, &target, &DATA);
    assert_eq!(status, 0, "{:#}", document["tables"]);
}

#[tokio::test]
async fn the_schema_of_a_good_move_differs_by_notes_alone() {
    let Some(source) = loaded("mariadb", None, &[&fixture("source.sql")]).await else { return };
    let Some(target) = loaded("postgres", None, &[&fixture("target.sql")]).await else { return };
    let (document, _) = parity(&source, &target, &["--only", "schema"]);
    assert_eq!(ids(&document, "schema"), Vec::<String>::new(), "{:#}", document["schema"]);
}
