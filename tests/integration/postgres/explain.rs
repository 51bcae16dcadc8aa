//! Plans from a real server.

use planwise::engine::{Access, DbErrorKind, ExplainMode};
use planwise::plan::Evidence;

use super::server::{one, prepared, session, start};

fn text(values: &[&str]) -> Vec<Option<String>> {
    values.iter().map(|value| Some((*value).to_owned())).collect()
}

const TABLE: &str = "
    CREATE TYPE mood AS ENUM ('sad', 'happy');
    CREATE TABLE t (id int PRIMARY KEY, m mood, j jsonb, a int[], d date, s text);
    INSERT INTO t SELECT i, CASE WHEN i % 100 = 0 THEN 'happy' ELSE 'sad' END::mood, jsonb_build_object('k', i % 7),
                         ARRAY[i], date '2024-01-01' + i % 300, 'it''s ' || i FROM generate_series(1, 5000) i;
    CREATE INDEX ON t (d);
    ANALYZE t";

#[tokio::test(flavor = "multi_thread")]
async fn parameters_of_any_type_give_a_custom_plan() {
    let Some(sandbox) = start().await else { return };
    prepared(&sandbox, TABLE).await;
    let mut session = session(&sandbox, Access::ReadOnly).await;
    for (condition, value, constant, rows) in [
        ("m = $1", "happy", "'happy'::mood", 50.0),
        ("j @> $1", r#"{"k": 3}"#, r#"'{"k": 3}'::jsonb"#, 714.0),
        ("a = $1", "{7}", "'{7}'::integer[]", 1.0),
        ("d = $1", "2024-01-01", "'2024-01-01'::date", 16.0),
        ("s = $1", "it's 7", "'it''s 7'::text", 1.0),
        ("id = $1", "7", "7", 1.0),
    ] {
        let sql = format!("SELECT * FROM t WHERE {condition} -- a remark");
        let explained = session.explain(&sql, &text(&[value]), ExplainMode::Analyze).await.unwrap();
        let shown = explained.raw.to_string();
        assert!(shown.contains(&constant.replace('"', "\\\"")), "{condition}: {shown}");
        assert!(!shown.contains("$1"), "{condition}: {shown}");
        let root = &explained.plan.root;
        assert_eq!(root.actual.as_ref().map(|actual| actual.rows), Some(rows), "{condition}");
        assert_eq!(explained.plan.evidence, Evidence::A, "{condition}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_parameters_give_a_generic_estimate() {
    let Some(sandbox) = start().await else { return };
    prepared(&sandbox, TABLE).await;
    let mut session = session(&sandbox, Access::ReadOnly).await;
    let sql = "SELECT * FROM t WHERE m = $1 AND d = $2";
    let explained = session.explain(sql, &[], ExplainMode::Estimate).await.unwrap();
    let shown = explained.raw.to_string();
    assert!(shown.contains("$1") && shown.contains("$2"), "{shown}");
    assert!(explained.plan.root.actual.is_none());
    assert_eq!(one(session.as_mut(), "SHOW plan_cache_mode").await, "auto");
    assert_eq!(
        one(session.as_mut(), "SELECT count(*) FROM pg_prepared_statements WHERE from_sql").await,
        "0"
    );
    let error = session.explain(sql, &text(&["sad"]), ExplainMode::Analyze).await.unwrap_err();
    assert!(error.message.contains("2 parameters, and 1 value is given"), "{error}");
    let error =
        session.explain("SELECT 1; SELECT 2", &[], ExplainMode::Estimate).await.unwrap_err();
    assert_eq!(error.kind, DbErrorKind::Syntax);
}

#[tokio::test(flavor = "multi_thread")]
async fn explain_analyze_obeys_the_access() {
    let Some(sandbox) = start().await else { return };
    prepared(&sandbox, TABLE).await;
    let delete = "DELETE FROM t WHERE id = $1";
    let mut read_only = session(&sandbox, Access::ReadOnly).await;
    let error = read_only.explain(delete, &text(&["1"]), ExplainMode::Analyze).await.unwrap_err();
    assert_eq!((error.kind, error.sqlstate.as_deref()), (DbErrorKind::ReadOnly, None));
    assert!(error.remedy.as_deref().unwrap().contains("--writes rollback"));
    let estimate = read_only.explain(delete, &text(&["1"]), ExplainMode::Estimate).await.unwrap();
    assert_eq!(estimate.plan.evidence, Evidence::D);
    let mut rollback = session(&sandbox, Access::Rollback).await;
    let analyzed = rollback.explain(delete, &text(&["1"]), ExplainMode::Analyze).await.unwrap();
    assert!(analyzed.plan.root.wal.is_some() && analyzed.plan.execution_ms.is_some());
    assert_eq!(one(rollback.as_mut(), "SELECT count(*) FROM t WHERE id = 1").await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn hypothetical_indexes_change_the_plan_and_go_away() {
    let Some(sandbox) = start().await else { return };
    prepared(&sandbox, TABLE).await;
    let mut session = session(&sandbox, Access::ReadOnly).await;
    if !session.catalog().await.unwrap().extensions.contains(&"hypopg".to_owned()) {
        let error = session.add_hypothetical("CREATE INDEX ON t (s)").await.unwrap_err();
        assert_eq!(error.kind, DbErrorKind::Unsupported);
        assert!(error.remedy.unwrap().contains("CREATE EXTENSION hypopg"));
        eprintln!("NOT RUN: the server has no hypopg");
        return;
    }
    let sql = "SELECT * FROM t WHERE s = $1";
    let before = session.explain(sql, &text(&["x"]), ExplainMode::Estimate).await.unwrap();
    let index = session.add_hypothetical("CREATE INDEX ON t (s)").await.unwrap();
    assert!(index.size_bytes > 8192 && index.name.contains("btree"), "{index:?}");
    let with = session.explain(sql, &text(&["x"]), ExplainMode::Estimate).await.unwrap();
    assert!(with.raw.to_string().contains(&index.name), "{}", with.raw);
    assert!(with.plan.root.total_cost < before.plan.root.total_cost);
    session.clear_hypothetical().await.unwrap();
    let after = session.explain(sql, &text(&["x"]), ExplainMode::Estimate).await.unwrap();
    assert_eq!(after.plan.root.total_cost, before.plan.root.total_cost);
    let error = session.add_hypothetical("CREATE INDEX ON t USING gin (j)").await.unwrap_err();
    assert_eq!(error.kind, DbErrorKind::Unsupported, "{error}");
    let error = session.add_hypothetical("CREATE INDEX ON missing (x)").await.unwrap_err();
    assert_eq!(error.kind, DbErrorKind::Syntax, "{error}");
}
