//! Loading scripts and dumps.

use std::io::Cursor;

use indicatif::ProgressBar;
use planwise::engine::{Access, LoadError, LoadReport, Session};
use planwise::progress::Progress;
use planwise::sandbox::Sandbox;

use super::server::{dataset, one, prepared, session, start};

async fn load(session: &mut dyn Session, script: &str) -> Result<LoadReport, LoadError> {
    session.load_script(&mut Cursor::new(script.as_bytes()), "s.sql", &ProgressBar::hidden()).await
}

async fn load_datasets(sandbox: &mut Sandbox, files: &[&str]) -> Option<Box<dyn Session>> {
    let files: Vec<_> = files.iter().map(|file| dataset(file)).collect::<Option<_>>()?;
    sandbox.load(&files, Progress::hidden()).await.unwrap_or_else(|error| panic!("{error}"));
    Some(session(sandbox, Access::ReadOnly).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn pagila_loads() {
    let Some(mut sandbox) = start().await else { return };
    let files = ["pagila/pagila-schema.sql", "pagila/pagila-data.sql"];
    let Some(mut session) = load_datasets(&mut sandbox, &files).await else { return };
    assert_eq!(one(session.as_mut(), "SELECT count(*) FROM film").await, "1000");
    assert_eq!(one(session.as_mut(), "SELECT count(*) FROM rental").await, "16044");
    assert_eq!(one(session.as_mut(), "SELECT count(*) FROM payment").await, "16044");
    let views = "SELECT count(*) > 3 FROM pg_views WHERE schemaname = 'public'";
    assert_eq!(one(session.as_mut(), views).await, "t");
}

#[tokio::test(flavor = "multi_thread")]
async fn sakila_loads() {
    let Some(mut sandbox) = start().await else { return };
    let files = ["sakila/postgres-schema.sql", "sakila/postgres-data.sql"];
    let Some(mut session) = load_datasets(&mut sandbox, &files).await else { return };
    assert_eq!(one(session.as_mut(), "SELECT count(*) FROM film").await, "1000");
    assert_eq!(one(session.as_mut(), "SELECT count(*) FROM rental").await, "16044");
}

#[tokio::test(flavor = "multi_thread")]
async fn tpch_schema_loads() {
    let Some(mut sandbox) = start().await else { return };
    let Some(mut session) = load_datasets(&mut sandbox, &["tpch/schema.sql"]).await else { return };
    assert_eq!(
        one(session.as_mut(), "SELECT count(*) FROM pg_class WHERE relname = 'lineitem'").await,
        "1"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dump_may_miss_is_noted_and_the_rest_is_loaded() {
    let Some(sandbox) = start().await else { return };
    let mut session = session(&sandbox, Access::ReadOnly).await;
    let script = r#"
        \restrict abc
        \set ON_ERROR_STOP on
        SET transaction_timeout = 0;
        SELECT pg_catalog.set_config('search_path', '', false);
        CREATE SCHEMA public;
        CREATE EXTENSION IF NOT EXISTS postgis;
        COMMENT ON EXTENSION postgis IS 'x';
        BEGIN;
        CREATE TABLE public.t (a int, b text);
        ALTER TABLE public.t OWNER TO nobody_here;
        ALTER TABLE public.t OWNER TO nobody_here;
        GRANT SELECT ON public.t TO nobody_here;
        COMMIT;
COPY public.t (a, b) FROM stdin;
1	one\ttab
2	\N
\.
        \unrestrict abc
        INSERT INTO public.t VALUES (3, ';')"#;
    let report = load(session.as_mut(), script).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(report.rows, 2);
    let notes: Vec<(u64, u64)> = report.notes.iter().map(|note| (note.line, note.count)).collect();
    assert_eq!(notes, [(4, 1), (6, 1), (7, 1), (8, 1), (11, 2), (13, 1)], "{:?}", report.notes);
    assert!(report.notes[4].reason.contains("nobody_here"));
    assert_eq!(
        one(session.as_mut(), "SELECT string_agg(a::text, '' ORDER BY a) FROM t").await,
        "123"
    );
    assert_eq!(one(session.as_mut(), "SHOW default_transaction_read_only").await, "on");
    assert_eq!(one(session.as_mut(), "SHOW statement_timeout").await, "30s");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_other_error_stops_with_file_line_and_words() {
    let Some(sandbox) = start().await else { return };
    let mut session = prepared(&sandbox, "CREATE TABLE t (a int)").await;
    let mut failing = async |script: &str| {
        let error = load(session.as_mut(), script).await.unwrap_err();
        format!("{:#}", anyhow::Error::new(error))
    };
    let error = failing("SELECT 1;\n\nINSERT INTO\n missing VALUES (1);").await;
    assert!(error.starts_with("s.sql:3: INSERT INTO missing VALUES (1) … failed: "), "{error}");
    assert!(error.contains("does not exist"), "{error}");
    let error = failing("COPY t FROM stdin;\n1\nx\n\\.\n").await;
    assert!(error.starts_with("s.sql:3: COPY t FROM stdin … failed"), "{error}");
    let error = failing("COPY t FROM stdin;\n1\n").await;
    assert!(error.contains("s.sql:1: the data of a COPY begins here"), "{error}");
    let error = failing("SELECT 1;\n\\i other.sql\n").await;
    assert!(error.contains("s.sql:2: \\i is not supported"), "{error}");
    let error = failing("SELECT 'x;\n").await;
    assert!(error.contains("s.sql:1: a string begins here"), "{error}");
    assert_eq!(one(session.as_mut(), "SELECT count(*) FROM t").await, "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_may_create_and_enter_a_database() {
    let Some(sandbox) = start().await else { return };
    let mut session = session(&sandbox, Access::Commit).await;
    let script =
        "CREATE DATABASE \"my \"\"db\";\n\\connect \"my \"\"db\"\nCREATE TABLE inside (a int);\n";
    let report = load(session.as_mut(), script).await.unwrap();
    assert_eq!(report.database.as_deref(), Some("my \"db"));
    assert_eq!(one(session.as_mut(), "SELECT current_database()").await, "my \"db");
    load(session.as_mut(), "INSERT INTO inside VALUES (1);").await.unwrap();
    assert_eq!(one(session.as_mut(), "SELECT count(*) FROM inside").await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn csv_goes_through_copy_in() {
    let Some(sandbox) = start().await else { return };
    let mut session = prepared(&sandbox, "CREATE TABLE t (a int, b text)").await;
    let copy = "COPY t FROM stdin WITH (FORMAT csv, HEADER)";
    let mut csv = Cursor::new(b"a,b\n1,\"x\ny\"\n2,\n".as_slice());
    assert_eq!(session.copy_in(copy, &mut csv).await.unwrap(), 2);
    let error = session.copy_in(copy, &mut Cursor::new(b"a,b\n1\n".as_slice())).await.unwrap_err();
    assert!(error.detail.as_deref().unwrap().contains("line 2"), "{error}");
    assert_eq!(one(session.as_mut(), "SELECT count(*) FROM t").await, "2");
}
