//! MariaDB through the same traits as every other engine.

use std::fs;
use std::time::Duration;

use planwise::engine::mysql::dialect::MysqlDialect;
use planwise::engine::{
    Access, DbError, DbErrorKind, ExplainMode, LoadError, Params, Session, SessionOptions, by_name,
};
use planwise::plan::{Evidence, Node, NodeKind};
use planwise::progress::Progress;
use planwise::sandbox::{Sandbox, SandboxError};
use planwise::workload;

use crate::parts;

async fn open(sandbox: &Sandbox, access: Access) -> Box<dyn Session> {
    let options = SessionOptions { access, ..SessionOptions::default() };
    sandbox.connect(&options).await.unwrap()
}

async fn ask(session: &mut dyn Session, sql: &str) -> String {
    let rows = session.query_text(sql).await.unwrap();
    rows.into_iter().map(|row| row.unwrap_or("NULL".into())).collect::<Vec<_>>().join(",")
}

async fn run(session: &mut dyn Session, sql: &str, params: &Params) -> Result<u64, DbError> {
    let prepared = session.prepare(sql).await?;
    session.execute(prepared, params).await.map(|execution| execution.rows)
}

async fn sakila() -> Option<Sandbox> {
    let files =
        [parts::dataset("sakila/mysql-schema.sql")?, parts::dataset("sakila/mysql-data.sql")?];
    let mut sandbox = parts::mariadb().await?;
    sandbox.load(&files, Progress::hidden()).await.unwrap();
    Some(sandbox)
}

/// A small table with a trigger, where the data sets are not needed.
async fn shop() -> Option<Sandbox> {
    let sandbox = parts::mariadb().await?;
    let mut session = open(&sandbox, Access::Commit).await;
    session
        .command(
            "CREATE TABLE item (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(20), price INT, KEY (price));
             CREATE TABLE log (note TEXT) ENGINE=MyISAM;
             INSERT INTO item (name, price) SELECT CONCAT('item ', seq), seq % 10 FROM seq_1_to_1000",
        )
        .await
        .unwrap();
    Some(sandbox)
}

#[tokio::test(flavor = "multi_thread")]
async fn advice_that_cannot_look_does_not_say_that_there_is_nothing() {
    use crate::program::{Desk, assert_says, assert_status, planwise, stdout};
    let Some(sandbox) = shop().await else { return };
    let desk = Desk::new();
    let workload = desk.write("item.sql", "SELECT count(*) FROM item WHERE name = 'item 7';");
    let url = sandbox.url(sandbox.database());
    let mut command = planwise();
    command.arg("advise").arg(workload).args(["--db", &url, "--out"]).arg(desk.out());
    let output = command.output().unwrap();
    assert_status(&output, 4);
    assert_says(&stdout(&output), &["No index was looked for", "planwise tune"]);
    assert!(!stdout(&output).contains("Nothing worth changing"), "{}", stdout(&output));
    let script = fs::read_to_string(desk.out().join("advice.sql")).unwrap();
    assert!(!script.contains("Nothing worth changing"), "{script}");
}

fn time(node: &Node) -> f64 {
    node.actual.map_or(0.0, |actual| actual.total_ms.unwrap_or(0.0) * actual.loops)
}

#[tokio::test]
async fn sakila_loads_and_is_what_the_server_says_it_is() {
    let Some(sandbox) = sakila().await else { return };
    assert_eq!(sandbox.database(), "sakila");
    let mut session = open(&sandbox, Access::ReadOnly).await;
    assert_eq!(ask(&mut *session, "SELECT COUNT(*) FROM rental").await, "16044");
    assert_eq!(ask(&mut *session, "SELECT COUNT(*) FROM payment").await, "16049");
    // Triggers and routines stood between changed delimiters.
    let triggers =
        "SELECT COUNT(*) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = 'sakila'";
    assert_eq!(ask(&mut *session, triggers).await, "3");
    let routines =
        "SELECT COUNT(*) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = 'sakila'";
    assert_eq!(ask(&mut *session, routines).await, "6");

    let catalog = session.catalog().await.unwrap();
    assert_eq!(catalog.search_path, ["sakila"]);
    let rental = catalog.table(None, "rental").unwrap();
    assert!((rental.rows - 16044.0).abs() < 2000.0 && rental.bytes > 1 << 20, "{}", rental.rows);
    let unique = rental.indexes.iter().find(|index| index.name == "rental_date").unwrap();
    let keys: Vec<_> = unique.keys.iter().map(|key| key.column.clone().unwrap()).collect();
    assert_eq!(keys, ["rental_date", "inventory_id", "customer_id"]);
    assert!(unique.unique && unique.bytes > 0);
    assert_eq!(rental.foreign_keys.len(), 3);
    assert!(rental.statistics.last_analyzed.is_some());
    assert_eq!(catalog.table(None, "customer_list").unwrap().kind, "view");
    let server = session.server().await.unwrap();
    assert_eq!((server.engine.as_str(), server.database.as_str()), ("mariadb", "sakila"));
}

#[tokio::test]
async fn six_queries_run_and_their_plans_add_up() {
    let Some(sandbox) = sakila().await else { return };
    let workload = workload::read(&parts::fixture("sakila-mariadb.sql"), &MysqlDialect).unwrap();
    assert_eq!(workload.queries.len(), 6);
    let mut session = open(&sandbox, Access::ReadOnly).await;
    for query in &workload.queries {
        let sets = if query.params.is_empty() { vec![Params::new()] } else { query.params.clone() };
        for params in &sets {
            let mut sql = query.sql.trim_end_matches(';').to_owned();
            let rows = run(&mut *session, &sql, params).await.unwrap();
            let explained = session.explain(&sql, params, ExplainMode::Analyze).await.unwrap();
            for param in params.iter().flatten() {
                sql = sql.replacen('?', param, 1);
            }
            let counted = ask(&mut *session, &format!("SELECT COUNT(*) FROM ({sql}) AS q")).await;
            assert_eq!(rows.to_string(), counted, "{}", query.id);

            let plan = explained.plan;
            assert_eq!(plan.evidence, Evidence::B);
            let said =
                explained.raw.pointer("/query_block/r_total_time_ms").unwrap().as_f64().unwrap();
            let total = time(&plan.root);
            assert!(total >= said && total <= said * 1.05 + 0.05, "{}: {total} {said}", query.id);
            let of_plan = plan.root.actual.unwrap().rows;
            if query.id != "busiest-actors" {
                assert_eq!(of_plan.round().to_string(), counted, "{}", query.id);
            }
        }
    }
}

#[tokio::test]
async fn plans_name_the_tables_behind_the_aliases() {
    let Some(sandbox) = shop().await else { return };
    let mut session = open(&sandbox, Access::ReadOnly).await;
    let sql = "SELECT x.name FROM item AS x WHERE x.name LIKE '%9'";
    let explained = session.explain(sql, &[], ExplainMode::Analyze).await.unwrap();
    let (scan, _) =
        explained.plan.walk().into_iter().find(|(node, _)| node.kind == NodeKind::SeqScan).unwrap();
    assert_eq!(scan.relation.as_deref(), Some("item"));
    assert_eq!(scan.schema.as_deref(), Some("test"));
    assert_eq!(
        (scan.actual.unwrap().rows.round(), scan.removed.by_filter.map(f64::round)),
        (100.0, Some(900.0))
    );
    let estimate = session.explain(sql, &[], ExplainMode::Estimate).await.unwrap();
    assert_eq!(estimate.plan.evidence, Evidence::D);
}

#[tokio::test]
async fn parameters_are_text_and_reach_numbers_limits_and_nulls() {
    let Some(sandbox) = shop().await else { return };
    let mut session = open(&sandbox, Access::ReadOnly).await;
    let text = |text: &str| Some(text.to_owned());
    let by_price = "SELECT id FROM item WHERE price = ?";
    assert_eq!(run(&mut *session, by_price, &vec![text("3")]).await.unwrap(), 100);
    assert_eq!(run(&mut *session, by_price, &vec![None]).await.unwrap(), 0);
    let limited = "SELECT id FROM item ORDER BY id LIMIT ? OFFSET ?";
    assert_eq!(run(&mut *session, limited, &vec![text("7"), text("5")]).await.unwrap(), 7);
    let error = run(&mut *session, by_price, &Params::new()).await.unwrap_err();
    assert!(error.message.contains("takes 1 parameters, 0 are given"), "{}", error.message);
    let explained = session.explain(by_price, &[text("3")], ExplainMode::Analyze).await.unwrap();
    let walk = explained.plan.walk();
    assert!(
        walk.iter().any(|(node, _)| node.index.as_deref() == Some("price")),
        "{:#}",
        explained.raw
    );
}

#[tokio::test]
async fn a_read_only_session_refuses_to_write() {
    let Some(sandbox) = shop().await else { return };
    let mut session = open(&sandbox, Access::ReadOnly).await;
    let change = "UPDATE item SET price = 0";
    let error = run(&mut *session, change, &Params::new()).await.unwrap_err();
    assert_eq!((error.kind, error.sqlstate.as_deref()), (DbErrorKind::ReadOnly, Some("25006")));
    let error = session.explain(change, &[], ExplainMode::Analyze).await.unwrap_err();
    assert_eq!(error.kind, DbErrorKind::ReadOnly);
    assert!(session.explain(change, &[], ExplainMode::Estimate).await.is_ok());
    for sql in ["SET SESSION TRANSACTION READ WRITE", "COMMIT", "CREATE TABLE t (a INT)"] {
        let error = session.prepare(sql).await.unwrap_err();
        assert_eq!(error.kind, DbErrorKind::ReadOnly, "{sql}: {error}");
    }
    // What planwise itself does for the user still works, and does not open the session.
    session.command("CREATE INDEX by_name ON item (name)").await.unwrap();
    assert_eq!(
        run(&mut *session, change, &Params::new()).await.unwrap_err().kind,
        DbErrorKind::ReadOnly
    );
    assert_eq!(ask(&mut *session, "SELECT COUNT(*) FROM item WHERE price = 0").await, "100");
}

#[tokio::test]
async fn a_rollback_session_measures_writes_and_leaves_the_tables_unchanged() {
    let Some(sandbox) = shop().await else { return };
    let mut session = open(&sandbox, Access::Rollback).await;
    let checksum = "SELECT SUM(CRC32(CONCAT_WS('|', id, name, price))) FROM item";
    let before = ask(&mut *session, checksum).await;
    assert_eq!(
        run(&mut *session, "UPDATE item SET price = 77 WHERE price = 3", &Params::new())
            .await
            .unwrap(),
        100
    );
    assert_eq!(run(&mut *session, "DELETE FROM item", &Params::new()).await.unwrap(), 1000);
    let plan = session
        .explain("DELETE FROM item WHERE price = 4", &[], ExplainMode::Analyze)
        .await
        .unwrap()
        .plan;
    assert!(plan.walk().iter().any(|(node, _)| node.kind == NodeKind::Modify));
    assert_eq!(ask(&mut *session, checksum).await, before);
    let error = session.prepare("INSERT INTO log VALUES ('x')").await.unwrap_err();
    assert!(error.message.contains("MyISAM, which cannot roll back"), "{}", error.message);
    assert_eq!(session.prepare("TRUNCATE item").await.unwrap_err().kind, DbErrorKind::ReadOnly);
}

#[tokio::test]
async fn failures_are_sorted_by_what_to_do_about_them() {
    let Some(sandbox) = shop().await else { return };
    let mut session = open(&sandbox, Access::ReadOnly).await;
    for sql in ["SELEKT 1", "SELECT * FROM nowhere"] {
        let error = session.prepare(sql).await.unwrap_err();
        assert_eq!(error.kind, DbErrorKind::Syntax, "{error}");
    }
    let options = SessionOptions {
        statement_timeout: Duration::from_millis(200),
        ..SessionOptions::default()
    };
    let mut hurried = sandbox.connect(&options).await.unwrap();
    let slow = "SELECT COUNT(*) FROM item a, item b, item c WHERE a.id + b.id + c.id = 7";
    let error = run(&mut *hurried, slow, &Params::new()).await.unwrap_err();
    assert_eq!(error.kind, DbErrorKind::Timeout, "{error}");
    assert_eq!(ask(&mut *hurried, "SELECT 1").await, "1");

    // In the database `test` everybody may do everything.
    session
        .command(
            "CREATE SCHEMA closed; CREATE TABLE closed.item AS SELECT * FROM item;
             CREATE USER ann@localhost IDENTIFIED BY 'right';
             GRANT SELECT (id) ON closed.item TO ann@localhost",
        )
        .await
        .unwrap();
    let url = |password: &str| sandbox.url("test").replace("root@", &format!("ann:{password}@"));
    let engine = sandbox.engine();
    let error = engine.connect(&url("wrong"), &options).await.err().unwrap();
    assert_eq!(error.kind, DbErrorKind::Authentication);
    assert!(!error.to_string().contains("wrong"), "{error}");
    let mut ann = engine.connect(&url("right"), &options).await.unwrap();
    let error = run(&mut *ann, "SELECT name FROM closed.item", &Params::new()).await.unwrap_err();
    assert_eq!(error.kind, DbErrorKind::Permission, "{error}");
    let nowhere = "mariadb://root@localhost/x?socket=/nonexistent/socket";
    let error = engine.connect(nowhere, &options).await.err().unwrap();
    assert_eq!(error.kind, DbErrorKind::Unreachable);
    assert!(error.message.contains("/nonexistent/socket"), "{error}");
}

#[tokio::test]
async fn settings_and_counters_are_read() {
    let Some(sandbox) = shop().await else { return };
    let mut session = open(&sandbox, Access::ReadOnly).await;
    let settings = session.settings().await.unwrap();
    let find = |name: &str| settings.iter().find(|setting| setting.name == name).unwrap();
    let pool = find("innodb_buffer_pool_size");
    assert_eq!((pool.number, pool.unit.as_deref()), (Some(134_217_728.0), Some("bytes")));
    assert_eq!(find("sort_buffer_size").source, "default");
    assert!(find("innodb_page_size").needs_restart);
    let before = session.counters().await.unwrap();
    run(&mut *session, "SELECT * FROM item ORDER BY name DESC", &Params::new()).await.unwrap();
    let grown = session.counters().await.unwrap().since(&before);
    assert!(grown.get("sort_rows").unwrap() >= 1000.0, "{grown:?}");
}

#[tokio::test]
async fn scripts_run_as_in_the_servers_own_client() {
    let Some(mut sandbox) = parts::mariadb().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    };
    let script = b"/*!40101 SET NAMES utf8mb4 */;\nCREATE SCHEMA shop; USE shop;\n\
        CREATE TABLE t (id INT PRIMARY KEY, b BLOB, s VARCHAR(40));\n\
        DELIMITER //\nCREATE TRIGGER up BEFORE INSERT ON t FOR EACH ROW BEGIN SET NEW.s = UPPER(NEW.s); END//\n\
        DELIMITER ;\nSET sql_mode = 'ANSI_QUOTES';\nINSERT INTO t VALUES (1, '\xff\\0;', 'a;b');\n";
    let rows = b"id,s\n2,\"x,y\"\n3,\n";
    let files = [write("shop.sql", script), write("t.csv", rows)];
    let loaded = sandbox.load(&files, Progress::hidden()).await.unwrap();
    assert_eq!((loaded.rows, sandbox.database()), (3, "shop"));
    let mut session = open(&sandbox, Access::ReadOnly).await;
    assert_eq!(
        ask(&mut *session, "SELECT CONCAT_WS(':', id, HEX(b), s) FROM t ORDER BY id").await,
        "1:FF003B:A;B,2:X,Y,3"
    );
    assert_eq!(ask(&mut *session, "SELECT @@sql_mode LIKE '%ANSI%'").await, "0");

    let broken = write("broken.sql", b"SELECT 1;\n\nSELEKT 2;\n");
    let error = sandbox.load(&[broken], Progress::hidden()).await.unwrap_err();
    match error {
        SandboxError::Script(LoadError::Statement { line, error, .. }) => {
            assert_eq!((line, error.kind), (3, DbErrorKind::Syntax));
        }
        other => panic!("{other}"),
    }
    let foreign = write("foreign.sql", b"source other.sql;\n");
    let error = sandbox.load(&[foreign], Progress::hidden()).await.unwrap_err();
    assert!(
        format!("{:#}", anyhow::Error::from(error))
            .contains("foreign.sql:1: source is not supported")
    );
}

#[tokio::test]
async fn nothing_is_hypothetical_and_it_says_so() {
    let Some(sandbox) = shop().await else { return };
    let engine = by_name("mariadb").unwrap();
    assert!(engine.limits().iter().any(|limit| limit.contains("no hypothetical indexes")));
    let mut session = open(&sandbox, Access::ReadOnly).await;
    let error = session.add_hypothetical("CREATE INDEX i ON item (name)").await.unwrap_err();
    assert_eq!(error.kind, DbErrorKind::Unsupported);
}

#[tokio::test]
async fn a_statement_given_up_half_way_is_ended_on_the_server() {
    let Some(sandbox) = shop().await else { return };
    let mut session = open(&sandbox, Access::ReadOnly).await;
    let slow = "SELECT COUNT(*) FROM item a, item b, item c WHERE a.id + b.id + c.id = 7";
    let prepared = session.prepare(slow).await.unwrap();
    let patience = tokio::time::timeout(Duration::from_millis(150), session.execute(prepared, &[]));
    assert!(patience.await.is_err());
    assert_eq!(session.query_text("SELECT 1").await.unwrap_err().kind, DbErrorKind::ConnectionLost);
    drop(session);
    let mut other = open(&sandbox, Access::ReadOnly).await;
    let running = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE 'SELECT COUNT%item a%'";
    for _ in 0..100 {
        // The question itself is in the list.
        if ask(&mut *other, running).await == "1" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("still running: {}", ask(&mut *other, running).await);
}

/// Settings and variables of a file's session hold for its statement and for no other.
#[tokio::test(flavor = "multi_thread")]
async fn a_statement_runs_under_its_own_settings() {
    let Some(sandbox) = shop().await else { return };
    let sql = "SELECT id FROM item WHERE price = @price AND @@join_cache_level = 3";
    let own =
        [("@price".to_owned(), "4".to_owned()), ("join_cache_level".to_owned(), "3".to_owned())];
    for access in [Access::ReadOnly, Access::Rollback, Access::Commit] {
        let mut session = open(&sandbox, access).await;
        session.under(&own);
        let prepared = session.prepare(sql).await.unwrap();
        for _ in 0..2 {
            assert_eq!(session.execute(prepared, &[]).await.unwrap().rows, 100, "{access:?}");
        }
        session.under(&own);
        assert!(session.explain(sql, &[], ExplainMode::Estimate).await.is_ok());
        assert_eq!(run(session.as_mut(), sql, &vec![]).await.unwrap(), 0);
        assert_eq!(ask(session.as_mut(), "SELECT @price").await, "NULL");
        assert_eq!(ask(session.as_mut(), "SELECT @@join_cache_level").await, "2");
    }
}
