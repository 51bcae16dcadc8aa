//! Catalog, settings and counters of a real server.

use planwise::engine::{Access, ExplainMode};

use super::server::{one, prepared, session, start};

#[tokio::test(flavor = "multi_thread")]
async fn tables_columns_indexes_and_keys() {
    let Some(sandbox) = start().await else { return };
    let mut session = prepared(
        &sandbox,
        r#"CREATE SCHEMA shop;
        CREATE TABLE "shop"."select; --" (id int PRIMARY KEY, "a b" text COLLATE "C" NOT NULL, n int,
               twice int GENERATED ALWAYS AS (id * 2) STORED, u int UNIQUE);
        INSERT INTO shop."select; --" (id, "a b", n, u)
               SELECT i, CASE WHEN i % 10 = 0 THEN 'rare' ELSE 'common' END, NULLIF(i % 4, 0), i FROM generate_series(1, 1000) i;
        CREATE INDEX by_expression ON shop."select; --" (lower("a b") DESC NULLS LAST, n) INCLUDE (u) WHERE n > 1;
        CREATE INDEX by_pattern ON shop."select; --" ("a b" text_pattern_ops);
        CREATE TABLE shop.child (id int, parent int REFERENCES shop."select; --" (u));
        CREATE TABLE parts (k int, v text) PARTITION BY RANGE (k);
        CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (100);
        CREATE INDEX parts_k ON parts (k);
        INSERT INTO parts SELECT i, 'x' FROM generate_series(0, 99) i;
        CREATE MATERIALIZED VIEW mv AS SELECT 1 AS one;
        CREATE VIEW v AS SELECT 1 AS one;
        CREATE STATISTICS shop.together (dependencies) ON n, u FROM shop."select; --";
        ANALYZE; VACUUM shop."select; --""#,
    )
    .await;
    let catalog = session.catalog().await.unwrap();
    let hostile = catalog.table(Some("shop"), "select; --").unwrap();
    assert_eq!((hostile.rows, hostile.kind.as_str()), (1000.0, "table"));
    assert_eq!(hostile.bytes, hostile.pages * 8192);
    assert_eq!(hostile.visible_fraction, Some(1.0));
    assert!(
        hostile.statistics.last_analyzed.is_some() && hostile.statistics.last_vacuumed.is_some()
    );
    assert_eq!(hostile.statistics.extended, ["together"]);

    let column = hostile.column("a b").unwrap();
    assert_eq!(column.common_values[0].0, "common");
    assert!((column.common_values[0].1 - 0.9).abs() < 1e-6);
    assert_eq!(
        (column.distinct, column.collation.as_deref(), column.not_null),
        (Some(2.0), Some("C"), true)
    );
    assert_eq!(hostile.column("id").unwrap().distinct, Some(1000.0));
    assert_eq!(hostile.column("id").unwrap().correlation, Some(1.0));
    assert!((hostile.column("n").unwrap().null_fraction.unwrap() - 0.25).abs() < 1e-6);
    assert!(hostile.column("twice").unwrap().generated && !hostile.column("id").unwrap().generated);

    let index = |name: &str| hostile.indexes.iter().find(|index| index.name == name).unwrap();
    let expression = index("by_expression");
    assert_eq!(
        (expression.keys[0].column.as_deref(), expression.keys[0].text.as_str()),
        (None, "lower(\"a b\")")
    );
    assert!(expression.keys[0].descending && !expression.keys[0].nulls_first);
    assert_eq!((expression.keys[1].column.as_deref(), expression.keys.len()), (Some("n"), 2));
    assert_eq!(
        (expression.include.as_slice(), expression.predicate.as_deref()),
        (["u".to_owned()].as_slice(), Some("(n > 1)"))
    );
    assert!(expression.ddl.starts_with("CREATE INDEX by_expression ON shop.\"select; --\""));
    assert_eq!(index("by_pattern").keys[0].operator_class.as_deref(), Some("text_pattern_ops"));
    assert!(index("select; --_pkey").primary && index("select; --_pkey").constraint);
    let backs_a_key = hostile.indexes.iter().find(|index| index.unique && !index.primary).unwrap();
    assert!(backs_a_key.constraint && backs_a_key.valid && backs_a_key.bytes > 0);

    let child = catalog.table(Some("shop"), "child").unwrap();
    assert_eq!(child.foreign_keys[0].columns, ["parent"]);
    assert_eq!(child.foreign_keys[0].referenced_table, "select; --");
    assert_eq!(child.foreign_keys[0].referenced_columns, ["u"]);

    let parts = catalog.table(None, "parts").unwrap();
    assert_eq!((parts.kind.as_str(), parts.rows), ("partitioned table", 100.0));
    assert!(parts.column("k").unwrap().distinct.is_some() && parts.bytes > 0);
    assert!(catalog.table(None, "parts_1").unwrap().indexes[0].constraint);
    assert_eq!(catalog.table(None, "mv").unwrap().kind, "materialized view");
    assert_eq!(catalog.table(None, "v").unwrap().kind, "view");
    assert_eq!(catalog.search_path, ["public"]);
    assert!(catalog.extensions.contains(&"plpgsql".to_owned()));
    assert!(!catalog.tables.iter().any(|table| table.schema.starts_with("pg_")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_with_few_rights_sees_tables_without_statistics() {
    let Some(sandbox) = start().await else { return };
    prepared(
        &sandbox,
        "CREATE TABLE t (a int); INSERT INTO t SELECT generate_series(1, 100); ANALYZE t; CREATE ROLE poor LOGIN",
    )
    .await;
    let url = format!("{}&user=poor", sandbox.url("postgres"));
    let mut session = super::server::postgres()
        .connect(&url, &super::server::with(Access::ReadOnly))
        .await
        .unwrap();
    assert_eq!(session.server().await.unwrap().user, "poor");
    let catalog = session.catalog().await.unwrap();
    let table = catalog.table(None, "t").unwrap();
    assert_eq!((table.rows, table.column("a").unwrap().distinct), (100.0, None));
    assert!(session.settings().await.unwrap().len() > 200);
    assert!(session.counters().await.unwrap().get("blks_hit").is_some());
    let error = session.prepare("SELECT * FROM t").await;
    let error = match error {
        Ok(id) => session.execute(id, &[]).await.unwrap_err(),
        Err(error) => error,
    };
    assert_eq!(error.kind, planwise::engine::DbErrorKind::Permission, "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_tables_are_read_fast() {
    let Some(sandbox) = start().await else { return };
    let many = "DO $$ BEGIN FOR i IN 1..1000 LOOP
        EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY, a int, b text, c date, d numeric)', i);
        EXECUTE format('CREATE INDEX ON t%s (a, b)', i);
        EXECUTE format('INSERT INTO t%s SELECT g, g %% 7, ''x'', now(), 1 FROM generate_series(1, 50) g', i);
        END LOOP; END $$; ANALYZE";
    let mut session = prepared(&sandbox, many).await;
    let started = std::time::Instant::now();
    let catalog = session.catalog().await.unwrap();
    let elapsed = started.elapsed();
    assert_eq!(catalog.tables.iter().filter(|table| table.indexes.len() == 2).count(), 1000);
    assert!(catalog.tables.iter().all(|t| t.schema != "public"
        || t.name.starts_with("pg_stat")
        || t.columns.len() != 5
        || t.columns[1].distinct == Some(7.0)));
    assert!(elapsed.as_secs_f64() < 30.0, "{elapsed:?}");
    eprintln!("catalog of 1,000 tables: {elapsed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_have_numbers_and_counters_grow() {
    let Some(sandbox) = start().await else { return };
    let mut session = session(&sandbox, Access::ReadOnly).await;
    let settings = session.settings().await.unwrap();
    let find = |name: &str| settings.iter().find(|setting| setting.name == name).unwrap();
    let work_mem = find("work_mem");
    assert_eq!((work_mem.number, work_mem.unit.as_deref()), (Some(4_194_304.0), Some("bytes")));
    assert_eq!(work_mem.value, one(session.as_mut(), "SHOW work_mem").await);
    assert_eq!(
        find("statement_timeout").number,
        Some(0.0),
        "planwise's own limit is not the server's"
    );
    assert!(find("shared_buffers").needs_restart && !work_mem.needs_restart);
    for setting in settings.iter().filter(|s| s.number.is_some() && s.source != "server") {
        let shown = one(session.as_mut(), &format!("SHOW \"{}\"", setting.name)).await;
        assert_eq!(setting.value, shown, "{}", setting.name);
    }

    let before = session.counters().await.unwrap();
    for name in [
        "blks_hit",
        "blks_read",
        "temp_files",
        "temp_bytes",
        "deadlocks",
        "xact_commit",
        "checkpoints_timed",
        "checkpoints_req",
        "buffers_checkpoint",
        "wal_bytes",
        "wal_fpi",
        "wal_buffers_full",
    ] {
        assert!(before.get(name).is_some(), "{name}");
    }
    let spill = session
        .prepare("SELECT i FROM generate_series(1, 500000) i ORDER BY random()")
        .await
        .unwrap();
    session.execute(spill, &[]).await.unwrap();
    let grown = session.counters().await.unwrap().since(&before);
    assert!(grown.get("temp_bytes").unwrap() > 1_000_000.0, "{grown:?}");
    assert!(grown.get("temp_files").unwrap() >= 1.0);
}

/// For trying another version by hand: `PLANWISE_OTHER_POSTGRES=postgres://… cargo test … another_version`.
#[tokio::test(flavor = "multi_thread")]
async fn another_version_answers_everything() {
    let Ok(url) = std::env::var("PLANWISE_OTHER_POSTGRES") else { return };
    let options = super::server::with(Access::ReadOnly);
    let mut session = super::server::postgres().connect(&url, &options).await.unwrap();
    let major = session.server().await.unwrap().version_number[0];
    session.catalog().await.unwrap();
    assert!(session.settings().await.unwrap().len() > 300);
    let counters = session.counters().await.unwrap();
    for name in [
        "checkpoints_timed",
        "checkpoints_req",
        "buffers_checkpoint",
        "buffers_clean",
        "temp_bytes",
    ] {
        assert!(counters.get(name).is_some(), "{name} on {major}");
    }
    let sql = "SELECT * FROM pg_class WHERE relname = $1";
    let value = [Some("pg_class".to_owned())];
    let analyzed = session.explain(sql, &value, ExplainMode::Analyze).await.unwrap();
    assert_eq!(analyzed.plan.serialization.is_some(), major >= 17);
    assert_eq!(analyzed.plan.planning_memory_bytes.is_some(), major >= 17);
    let generic = session.explain(sql, &[], ExplainMode::Estimate).await.unwrap();
    assert!(generic.raw.to_string().contains("$1"));
}
