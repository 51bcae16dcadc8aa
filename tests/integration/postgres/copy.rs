//! Copies of a database: inside the server, and by a dump.

use indicatif::ProgressBar;
use planwise::engine::{Access, DbErrorKind, DumpOptions};

use super::server::{one, postgres, prepared, session, start};

const SOURCE: &str = r#"
    CREATE ROLE owner_here; CREATE TYPE mood AS ENUM ('sad', 'it''s');
    CREATE TABLE "odd ""name" (id int PRIMARY KEY, m mood, s text);
    ALTER TABLE "odd ""name" OWNER TO owner_here;
    INSERT INTO "odd ""name" SELECT i, 'it''s', E'tab\t\\ ; line\n' || i FROM generate_series(1, 3000) i;
    CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $f$ BEGIN RETURN 1; END; $f$;
    CREATE FUNCTION g() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END;
    CREATE VIEW v AS SELECT count(*) AS n FROM "odd ""name";
    CREATE INDEX ON "odd ""name" (lower(s));
    ANALYZE"#;

const SUM: &str = r#"SELECT md5(string_agg(t::text, ',' ORDER BY id)) FROM "odd ""name" t"#;

fn no_limit() -> DumpOptions {
    DumpOptions { max_bytes: u64::MAX, bin_dir: None }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_cloned_unless_somebody_is_in_it() {
    let Some(sandbox) = start().await else { return };
    let mut session = prepared(&sandbox, r#"CREATE DATABASE "fr""om""#).await;
    let mut inside = postgres()
        .connect(&sandbox.url("fr\"om"), &super::server::with(Access::Commit))
        .await
        .unwrap();
    inside.command(SOURCE).await.unwrap();
    let sum = one(inside.as_mut(), SUM).await;
    let error = session.clone_database("fr\"om", "to;").await.unwrap_err();
    assert!(
        error.message.contains("in use") && error.message.contains("planwise (process"),
        "{error}"
    );
    drop(inside);
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    session.clone_database("fr\"om", "to;").await.unwrap();
    assert_eq!(one(session.as_mut(), "SHOW statement_timeout").await, "30s");
    let mut copy = postgres()
        .connect(&sandbox.url("to;"), &super::server::with(Access::ReadOnly))
        .await
        .unwrap();
    assert_eq!(one(copy.as_mut(), SUM).await, sum);
    let catalog = copy.catalog().await.unwrap();
    let table = catalog.table(None, "odd \"name").unwrap();
    assert_eq!((table.rows, table.column("id").unwrap().distinct), (3000.0, Some(3000.0)));
    let error = session.clone_database("missing", "x").await.unwrap_err();
    assert_eq!(error.sqlstate.as_deref(), Some("3D000"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dump_is_loaded_into_another_server() {
    let (Some(source), Some(target)) = (start().await, start().await) else { return };
    let mut from = prepared(&source, SOURCE).await;
    let mut to = session(&target, Access::Commit).await;
    let mut dump = postgres().dump(&source.url("postgres"), &no_limit()).await.unwrap();
    assert!(dump.database_bytes > 1_000_000 && dump.name.starts_with("pg_dump of postgres on "));
    let report =
        to.load_script(&mut dump.source, &dump.name, &ProgressBar::hidden()).await.unwrap();
    assert_eq!(report.rows, 3000);
    assert!(report.notes.iter().all(|note| !note.reason.contains("owner")), "{:?}", report.notes);
    for sql in [
        SUM,
        "SELECT n FROM v",
        "SELECT f() + g()",
        "SELECT count(*) FROM pg_indexes WHERE indexdef LIKE '%lower(s)%'",
    ] {
        assert_eq!(one(to.as_mut(), sql).await, one(from.as_mut(), sql).await, "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_dumped_is_said_before_or_at_the_end() {
    let Some(source) = start().await else { return };
    prepared(&source, "CREATE TABLE secret (a int); CREATE ROLE poor LOGIN").await;
    let small = DumpOptions { max_bytes: 1000, ..no_limit() };
    let error = postgres().dump(&source.url("postgres"), &small).await.err().unwrap();
    assert_eq!(error.kind, DbErrorKind::Unsupported);
    assert!(error.message.contains("too large to copy"), "{error}");
    let elsewhere = DumpOptions { bin_dir: Some("/no/such/bin".into()), ..no_limit() };
    let error = postgres().dump(&source.url("postgres"), &elsewhere).await.err().unwrap();
    assert!(
        error.message.contains("/no/such/bin")
            && error.remedy.unwrap().contains("postgresql-client")
    );

    let poor = format!("{}&user=poor", source.url("postgres"));
    let mut dump = postgres().dump(&poor, &no_limit()).await.unwrap();
    let mut text = String::new();
    let error = std::io::Read::read_to_string(&mut dump.source, &mut text).unwrap_err();
    assert!(error.to_string().contains("permission denied for table secret"), "{error}");
}
