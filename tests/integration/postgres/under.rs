//! Statements under the settings of the session that they were written for, and nothing of it after them.

use planwise::engine::{Access, AllowedFunctions, ExplainMode, Session, SessionOptions};

use super::server::{prepared, start, with};

fn settings(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

async fn answer(session: &mut dyn Session, sql: &str) -> String {
    let answer = session.answer(sql, &[], 1).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    answer.rows[0][0].clone().unwrap_or_default()
}

const WORK_MEM: &str = "SELECT current_setting('work_mem')";

const TENANTS: &str = "CREATE SCHEMA a; CREATE SCHEMA b;
    CREATE TABLE a.visit AS SELECT 1 AS shop FROM generate_series(1, 2);
    CREATE TABLE b.visit AS SELECT 1 AS shop FROM generate_series(1, 5);
    CREATE FUNCTION a.who() RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT ''a''';
    CREATE FUNCTION b.who() RETURNS text VOLATILE LANGUAGE sql AS 'SELECT lo_create(0)::text'";

#[tokio::test(flavor = "multi_thread")]
async fn every_request_sees_the_settings_and_only_that_one() {
    let Some(sandbox) = start().await else { return };
    drop(prepared(&sandbox, TENANTS).await);
    for access in [Access::ReadOnly, Access::Rollback, Access::Commit] {
        let mut session = sandbox.connect(&with(access)).await.unwrap();
        let sql = "SELECT * FROM visit";
        for (schema, rows) in [("a", 2), ("b", 5), ("a", 2)] {
            let own = settings(&[("search_path", schema), ("work_mem", "7MB")]);
            session.under(&own);
            let id = session.prepare(sql).await.unwrap();
            assert_eq!(session.execute(id, &[]).await.unwrap().rows, rows, "{access:?}");
            assert!(session.prepare(sql).await.is_err(), "the path reached the next statement");
            assert_eq!(session.execute(id, &[]).await.unwrap().rows, rows, "{access:?}");
            for mode in [ExplainMode::Estimate, ExplainMode::Analyze] {
                session.under(&own);
                let raw = session.explain(sql, &[], mode).await.unwrap().raw.to_string();
                assert!(raw.contains(&format!("\"Schema\":\"{schema}\"")), "{raw}");
                assert!(raw.contains("7MB"), "{raw}");
            }
            session.under(&own);
            assert_eq!(answer(session.as_mut(), WORK_MEM).await, "7MB");
            assert_eq!(answer(session.as_mut(), WORK_MEM).await, "4MB");
        }
    }
}

/// What a statement calls depends on the path: a decision made under one does not hold under another.
#[tokio::test(flavor = "multi_thread")]
async fn what_may_run_is_decided_under_the_settings() {
    let Some(sandbox) = start().await else { return };
    drop(prepared(&sandbox, TENANTS).await);
    let mut session = sandbox.connect(&with(Access::ReadOnly)).await.unwrap();
    session.under(&settings(&[("search_path", "a")]));
    assert!(session.prepare("SELECT who()").await.is_ok());
    session.under(&settings(&[("search_path", "b")]));
    assert!(session.prepare("SELECT who()").await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_the_server_refuses_is_the_statements_failure() {
    let Some(sandbox) = start().await else { return };
    let mut session = sandbox.connect(&with(Access::ReadOnly)).await.unwrap();
    session.under(&settings(&[("work_mem", "a lot")]));
    let error = session.prepare("SELECT 1").await.unwrap_err();
    assert!(error.message.contains("SET above it (work_mem)"), "{error}");
    assert_eq!(answer(session.as_mut(), "SELECT 1").await, "1");
}

/// A workload's own functions may set what they like: neither limit, nor path, nor the mode of the session reach the
/// next statement.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_statement_sets_never_reaches_the_next_one() {
    let Some(sandbox) = start().await else { return };
    let setup = "CREATE SCHEMA trap; CREATE TABLE trap.visit (x int); CREATE TABLE visit (x int);
        CREATE FUNCTION sets() RETURNS text LANGUAGE plpgsql AS $$ BEGIN
            PERFORM set_config('statement_timeout', '1', false);
            PERFORM set_config('search_path', 'trap', false);
            PERFORM set_config('default_transaction_read_only', 'off', false);
            PERFORM set_config('work_mem', '64kB', false);
            RETURN current_setting('search_path'); END $$";
    drop(prepared(&sandbox, setup).await);
    for access in [Access::ReadOnly, Access::Rollback, Access::Commit] {
        let allowed_functions = AllowedFunctions { own: true, ..AllowedFunctions::default() };
        let options = SessionOptions { access, allowed_functions, ..SessionOptions::default() };
        let mut session = sandbox.connect(&options).await.unwrap();
        const SHOWN: &str = "SELECT concat_ws(' ', current_setting('statement_timeout'), \
            current_setting('search_path'), current_setting('default_transaction_read_only'), \
            current_setting('work_mem'), 'visit'::regclass)";
        let before = answer(session.as_mut(), SHOWN).await;
        let id = session.prepare("SELECT sets()").await.unwrap();
        session.execute(id, &[]).await.unwrap();
        assert_eq!(answer(session.as_mut(), SHOWN).await, before, "{access:?}");
        session.explain("SELECT sets()", &[], ExplainMode::Analyze).await.unwrap();
        assert_eq!(answer(session.as_mut(), SHOWN).await, before, "{access:?}");
        // Not even when the statement fails after it.
        let failing = session.prepare("SELECT sets(), 1 / (length(sets()) - 4)").await.unwrap();
        assert!(session.execute(failing, &[]).await.is_err());
        assert_eq!(answer(session.as_mut(), SHOWN).await, before, "{access:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_get_the_type_that_nothing_tells() {
    let Some(sandbox) = start().await else { return };
    drop(prepared(&sandbox, "CREATE TABLE t AS SELECT g AS a, g::bigint AS b, CURRENT_DATE - g AS d FROM generate_series(1, 9) g").await);
    let mut session = sandbox.connect(&with(Access::ReadOnly)).await.unwrap();
    let text = |value: &str| Some(value.to_owned());
    for (sql, values, rows) in [
        ("SELECT * FROM t WHERE a = $2", vec![text("unused"), text("3")], 1),
        ("SELECT * FROM t WHERE d >= CURRENT_DATE - $1", vec![text("2")], 2),
        ("SELECT * FROM t WHERE a = $1 AND b = $1", vec![text("4")], 1),
        ("SELECT * FROM t WHERE $1 IS NULL OR a = $2", vec![None, text("3")], 9),
    ] {
        let id = session.prepare(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert_eq!(session.execute(id, &values).await.unwrap().rows, rows);
        session.explain(sql, &values, ExplainMode::Analyze).await.unwrap();
        session.explain(sql, &[], ExplainMode::Estimate).await.unwrap();
        assert_eq!(session.answer(sql, &values, 20).await.unwrap().rows.len() as u64, rows);
    }
}
