//! Running statements.

use std::time::Duration;

use planwise::engine::{Access, DbErrorKind, Session, SessionOptions};

use super::server::{one, prepared, session, start, with};

fn text(values: &[&str]) -> Vec<Option<String>> {
    values.iter().map(|value| Some((*value).to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_of_every_kind_arrive_as_the_server_reads_them() {
    let Some(sandbox) = start().await else { return };
    let mut session = prepared(
        &sandbox,
        "CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE DOMAIN positive AS int CHECK (VALUE > 0);
         CREATE TABLE t (a int, b bigint, c numeric, d text, e date, f timestamptz, g uuid, h jsonb, i int[],
                         j mood, k interval, l bytea, m inet, n boolean, o positive, p int4range, q double precision)",
    )
    .await;
    let types = "int bigint numeric text date timestamptz uuid jsonb int[] mood interval bytea inet boolean positive int4range float8";
    let params = text(&[
        "-1",
        "9007199254740993",
        "1.50",
        "it's \\ \"x\" $1 😀",
        "2024-02-29",
        "2024-01-01 00:00:00+02",
        "00000000-0000-0000-0000-000000000001",
        r#"{"a": [1, "b"]}"#,
        "{1,NULL,3}",
        "happy",
        "1 day 02:00:00",
        "\\xdeadbeef",
        "10.0.0.0/8",
        "t",
        "7",
        "[1,5)",
        "1e-3",
    ]);
    let holders: Vec<String> = (1..=params.len()).map(|i| format!("${i}")).collect();
    let insert = format!("INSERT INTO t VALUES ({})", holders.join(", "));
    let id = session.prepare(&insert).await.unwrap();
    assert_eq!(session.execute(id, &params).await.unwrap().rows, 1);
    let nulls = vec![None; params.len()];
    assert_eq!(session.execute(id, &nulls).await.unwrap().rows, 1);

    for (column, (value, kind)) in ('a'..='q').zip(params.iter().zip(types.split(' '))) {
        let id = session.prepare(&format!("SELECT 1 FROM t WHERE {column} = $1")).await.unwrap();
        let found = session.execute(id, std::slice::from_ref(value)).await.unwrap();
        assert_eq!(found.rows, 1, "{kind}");
    }
    assert_eq!(one(session.as_mut(), "SELECT d FROM t WHERE a = -1").await, "it's \\ \"x\" $1 😀");
    assert_eq!(one(session.as_mut(), "SELECT count(*) FROM t WHERE t IS NULL").await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_counted_and_time_is_the_statements_own() {
    let Some(sandbox) = start().await else { return };
    let mut session = session(&sandbox, Access::ReadOnly).await;
    let id = session
        .prepare("SELECT i, repeat('x', 100) FROM generate_series(1, $1::int) i")
        .await
        .unwrap();
    assert_eq!(session.execute(id, &text(&["12345"])).await.unwrap().rows, 12345);
    assert_eq!(session.execute(id, &text(&["0"])).await.unwrap().rows, 0);
    let id = session.prepare("SELECT pg_sleep(0.2)").await.unwrap();
    let elapsed = session.execute(id, &[]).await.unwrap().elapsed;
    assert!(
        elapsed >= Duration::from_millis(200) && elapsed < Duration::from_secs(2),
        "{elapsed:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn types_that_only_print_as_text_run_too() {
    let Some(sandbox) = start().await else { return };
    let mut session = session(&sandbox, Access::ReadOnly).await;
    let plain =
        session.prepare("SELECT '=r/postgres'::aclitem FROM generate_series(1, 3)").await.unwrap();
    let bound = session
        .prepare("SELECT '=r/postgres'::aclitem FROM generate_series(1, $1::int)")
        .await
        .unwrap();
    // The same inside an array.
    let catalog = session
        .prepare("SELECT * FROM pg_class WHERE relname = 'pg_class' AND relacl IS NOT NULL")
        .await
        .unwrap();
    for _ in 0..2 {
        assert_eq!(session.execute(plain, &[]).await.unwrap().rows, 3);
        assert_eq!(session.execute(catalog, &[]).await.unwrap().rows, 1);
        assert_eq!(session.execute(bound, &text(&["5"])).await.unwrap().rows, 5);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_session_cannot_be_talked_into_writing() {
    let Some(sandbox) = start().await else { return };
    prepared(&sandbox, "CREATE TABLE t (a int)").await;
    let mut session = session(&sandbox, Access::ReadOnly).await;
    for trick in [
        "SET default_transaction_read_only = off",
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
        "RESET ALL",
        "SELECT set_config('default_transaction_read_only', 'off', false)",
        "DO $$ BEGIN PERFORM set_config('default_transaction_read_only', 'off', false); END $$",
    ] {
        if let Ok(id) = session.prepare(trick).await {
            let _ = session.execute(id, &[]).await;
        }
        let write = session.prepare("INSERT INTO t VALUES (1)").await.unwrap();
        let error = session.execute(write, &[]).await.unwrap_err();
        assert_eq!(error.kind, DbErrorKind::ReadOnly, "{trick}: {error}");
        assert_eq!(error.sqlstate.as_deref(), Some("25006"));
    }
    let error = session.prepare("BEGIN READ WRITE").await.unwrap_err();
    assert_eq!(error.kind, DbErrorKind::Unsupported);
    assert_eq!(one(session.as_mut(), "SELECT count(*) FROM t").await, "0");
    session.command("INSERT INTO t VALUES (2)").await.unwrap();
    assert_eq!(one(session.as_mut(), "SHOW default_transaction_read_only").await, "on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rolled_back_write_is_measured_and_leaves_nothing() {
    let Some(sandbox) = start().await else { return };
    prepared(
        &sandbox,
        "CREATE TABLE t (a int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 100)",
    )
    .await;
    let mut session = session(&sandbox, Access::Rollback).await;
    let sum = "SELECT md5(string_agg(t::text, ',' ORDER BY a)) FROM t";
    let before = one(session.as_mut(), sum).await;
    let delete = session.prepare("DELETE FROM t WHERE a <= $1").await.unwrap();
    let insert = session.prepare("INSERT INTO t VALUES (1)").await.unwrap();
    for _ in 0..2 {
        assert_eq!(session.execute(delete, &text(&["40"])).await.unwrap().rows, 40);
        let error = session.execute(insert, &[]).await.unwrap_err();
        assert_eq!(
            (error.kind, error.sqlstate.as_deref()),
            (DbErrorKind::Statement, Some("23505"))
        );
        assert!(error.detail.as_deref().unwrap().contains("already exists"));
    }
    assert_eq!(one(session.as_mut(), sum).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_say_what_where_and_what_to_do() {
    let Some(sandbox) = start().await else { return };
    let mut session = session(&sandbox, Access::ReadOnly).await;
    let error = session.prepare("SELEC 1").await.unwrap_err();
    assert_eq!((error.kind, error.sqlstate.as_deref()), (DbErrorKind::Syntax, Some("42601")));
    assert!(error.message.contains("at character 1"), "{error}");
    let error = session.prepare("SELECT relnam FROM pg_class").await.unwrap_err();
    assert!(error.message.ends_with("at character 8"), "{error}");
    assert!(error.remedy.as_deref().unwrap().contains("relname"), "{error}");
    let error = session.prepare("SELECT 1; DROP TABLE x").await.unwrap_err();
    assert_eq!(error.kind, DbErrorKind::Syntax, "{error}");
    let id = session.prepare("SELECT $1::int, $2::int").await.unwrap();
    let error = session.execute(id, &text(&["1"])).await.unwrap_err();
    assert!(error.message.contains("2 parameters, and 1 value is given"), "{error}");
    let error = session.execute(id, &text(&["1", "x"])).await.unwrap_err();
    assert_eq!(error.sqlstate.as_deref(), Some("22P02"), "{error}");
    assert_eq!(session.execute(id, &text(&["1", "2"])).await.unwrap().rows, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_statement_times_out_and_a_lock_is_not_waited_for() {
    let Some(sandbox) = start().await else { return };
    let mut holder = prepared(&sandbox, "CREATE TABLE t (a int)").await;
    holder.command("BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let options = SessionOptions {
        statement_timeout: Duration::from_millis(300),
        lock_timeout: Duration::from_millis(100),
        ..with(Access::ReadOnly)
    };
    let mut session = sandbox.connect(&options).await.unwrap();
    let sleep = session.prepare("SELECT pg_sleep(60)").await.unwrap();
    let error = session.execute(sleep, &[]).await.unwrap_err();
    assert_eq!((error.kind, error.sqlstate.as_deref()), (DbErrorKind::Timeout, Some("57014")));
    assert!(!error.ends_session() && error.remedy.is_some());
    let error = session.prepare("SELECT * FROM t").await.unwrap_err();
    assert_eq!((error.kind, error.sqlstate.as_deref()), (DbErrorKind::Timeout, Some("55P03")));
    assert_eq!(one(session.as_mut(), "SELECT 1").await, "1");
}

const RUNNING: &str = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(6%' AND state = 'active'";

async fn sleeping(session: &mut dyn Session) {
    let sleep = session.prepare("SELECT pg_sleep(60)").await.unwrap();
    let given_up =
        tokio::time::timeout(Duration::from_millis(300), session.execute(sleep, &[])).await;
    assert!(given_up.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_session_leaves_no_statement_running() {
    let Some(sandbox) = start().await else { return };
    let mut observer = session(&sandbox, Access::ReadOnly).await;
    let mut sleeper = session(&sandbox, Access::ReadOnly).await;
    sleeping(sleeper.as_mut()).await;
    assert_eq!(one(observer.as_mut(), RUNNING).await, "1");
    drop(sleeper);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(one(observer.as_mut(), RUNNING).await, "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_goes_on_after_an_abandoned_statement() {
    let Some(sandbox) = start().await else { return };
    prepared(&sandbox, "CREATE TABLE t (a int)").await;
    let mut session = session(&sandbox, Access::Rollback).await;
    sleeping(session.as_mut()).await;
    let insert = session.prepare("INSERT INTO t VALUES (1)").await.unwrap();
    assert_eq!(session.execute(insert, &[]).await.unwrap().rows, 1);
    assert_eq!(one(session.as_mut(), "SELECT count(*) FROM t").await, "0");
    assert_eq!(one(session.as_mut(), RUNNING).await, "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_backend_is_a_lost_connection() {
    let Some(sandbox) = start().await else { return };
    let mut killer = session(&sandbox, Access::Commit).await;
    let mut victim = session(&sandbox, Access::ReadOnly).await;
    let pid = one(victim.as_mut(), "SELECT pg_backend_pid()").await;
    let sleep = victim.prepare("SELECT pg_sleep(60)").await.unwrap();
    let (result, _) = tokio::join!(victim.execute(sleep, &[]), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        killer.command(&format!("SELECT pg_terminate_backend({pid})")).await.unwrap();
    });
    let error = result.unwrap_err();
    assert_eq!(error.kind, DbErrorKind::ConnectionLost, "{error}");
    assert!(error.ends_session());
    let error = victim.execute(sleep, &[]).await.unwrap_err();
    assert_eq!(error.kind, DbErrorKind::ConnectionLost, "{error}");
}
