//! MySQL through the same traits as every other engine: what differs from MariaDB, on a real server.

use std::fs;
use std::time::Duration;

use planwise::engine::{
    Access, DbError, DbErrorKind, ExplainMode, Params, Session, SessionOptions,
};
use planwise::plan::{Evidence, NodeKind};
use planwise::progress::Progress;
use planwise::sandbox::{Sandbox, SandboxOptions};

use crate::parts;
use crate::program::{Desk, assert_says, assert_status, planwise, stdout};

async fn server() -> Option<Sandbox> {
    let bin_dir = Some(parts::mysql_server()?);
    parts::sandbox("mysql", SandboxOptions { bin_dir, ..SandboxOptions::default() }).await
}

/// Two tables with a dump's habits: a changed delimiter, a definer, conditional comments.
const SCHOOL: &str = "\
/*!40101 SET NAMES utf8mb4 */;
CREATE TABLE pupil (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(40), form INT, KEY by_form (form),
                    KEY by_upper ((UPPER(name))));
CREATE TABLE mark (id INT AUTO_INCREMENT PRIMARY KEY, pupil_id INT, grade INT);
CREATE TABLE diary (note TEXT) ENGINE=MyISAM;
CREATE TABLE arrival (note TEXT);
INSERT INTO pupil (name, form)
  WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 900)
  SELECT CONCAT('pupil ', i), i % 9 FROM n;
INSERT INTO mark (pupil_id, grade) SELECT p.id, p.id % 6 FROM pupil p, pupil q WHERE q.form = 3 AND q.id < 100;
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 TRIGGER noted AFTER INSERT ON pupil
FOR EACH ROW BEGIN INSERT INTO arrival VALUES (NEW.name); END */;;
CREATE FUNCTION jot(t TEXT) RETURNS INT DETERMINISTIC MODIFIES SQL DATA BEGIN INSERT INTO diary VALUES (t); RETURN 1; END;;
DELIMITER ;
";

async fn school() -> Option<Sandbox> {
    let mut sandbox = server().await?;
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("school.sql");
    fs::write(&script, SCHOOL).unwrap();
    sandbox
        .load(&[script], Progress::hidden())
        .await
        .unwrap_or_else(|error| panic!("{:#}", anyhow::Error::from(error)));
    Some(sandbox)
}

async fn open(sandbox: &Sandbox, access: Access) -> Box<dyn Session> {
    sandbox.connect(&SessionOptions { access, ..SessionOptions::default() }).await.unwrap()
}

async fn run(session: &mut dyn Session, sql: &str, params: &Params) -> Result<u64, DbError> {
    let prepared = session.prepare(sql).await?;
    session.execute(prepared, params).await.map(|execution| execution.rows)
}

async fn ask(session: &mut dyn Session, sql: &str) -> String {
    let rows = session.query_text(sql).await.unwrap();
    rows.into_iter().map(|row| row.unwrap_or("NULL".into())).collect::<Vec<_>>().join(",")
}

#[tokio::test]
async fn plans_are_measured_and_estimated_with_parameters() {
    let Some(sandbox) = school().await else { return };
    let mut session = open(&sandbox, Access::ReadOnly).await;
    let sql = "SELECT p.name, (SELECT MAX(grade) FROM mark m WHERE m.pupil_id = p.id) best \
               FROM pupil AS p WHERE p.name LIKE ? AND p.form = ?";
    let params = vec![Some("%1".to_owned()), Some("4".to_owned())];
    let rows = run(&mut *session, sql, &params).await.unwrap();
    let plan = session.explain(sql, &params, ExplainMode::Analyze).await.unwrap().plan;
    assert_eq!((plan.evidence, plan.root.label.as_str()), (Evidence::B, "Select list"));
    assert_eq!(plan.root.actual.unwrap().rows.round() as u64, rows);
    let nodes: Vec<_> = plan.walk().into_iter().map(|(node, _)| node).collect();
    let lookup = nodes.iter().find(|node| node.index.as_deref() == Some("by_form")).unwrap();
    assert_eq!(
        (lookup.schema.as_deref(), lookup.relation.as_deref()),
        (Some("test"), Some("pupil"))
    );
    assert_eq!(lookup.removed.by_filter.map(|removed| removed.round() as u64), Some(100 - rows));
    let scan = nodes.iter().find(|node| node.kind == NodeKind::SeqScan).unwrap();
    assert_eq!((scan.relation.as_deref(), scan.actual.unwrap().loops as u64), (Some("mark"), rows));
    let estimate = session.explain(sql, &params, ExplainMode::Estimate).await.unwrap().plan;
    assert_eq!(estimate.evidence, Evidence::D);
    assert!(estimate.execution_ms.is_none() && estimate.root.total_cost.is_some());
}

#[tokio::test]
async fn a_session_holds_what_it_promises() {
    let Some(sandbox) = school().await else { return };
    let mut session = open(&sandbox, Access::ReadOnly).await;
    for sql in [
        "UPDATE pupil SET form = 0",
        "SELECT 1 INTO OUTFILE '/tmp/x'",
        "SELECT jot('x')",
        "COMMIT",
        "SELECT GET_LOCK('a', 1)",
        "/*!80000 TRUNCATE pupil */",
    ] {
        let error = run(&mut *session, sql, &Params::new()).await.unwrap_err();
        let refused = error.kind == DbErrorKind::ReadOnly || error.message.starts_with("not run: ");
        assert!(refused, "{sql}: {error}");
    }
    assert_eq!(ask(&mut *session, "SELECT COUNT(*) FROM pupil WHERE form = 0").await, "100");
    let mut undone = open(&sandbox, Access::Rollback).await;
    assert_eq!(
        run(&mut *undone, "UPDATE pupil SET form = 77 WHERE form = 3", &Params::new())
            .await
            .unwrap(),
        100
    );
    assert_eq!(ask(&mut *undone, "SELECT COUNT(*) FROM pupil WHERE form = 77").await, "0");
    let error = undone.prepare("INSERT INTO diary VALUES ('x')").await.unwrap_err();
    assert!(error.message.contains("MyISAM, which cannot roll back"), "{}", error.message);
    let options = SessionOptions {
        statement_timeout: Duration::from_millis(200),
        ..SessionOptions::default()
    };
    let mut hurried = sandbox.connect(&options).await.unwrap();
    let slow = "SELECT COUNT(*) FROM mark a, mark b, mark c WHERE a.id + b.id + c.id = 7";
    let error = run(&mut *hurried, slow, &Params::new()).await.unwrap_err();
    assert_eq!(error.kind, DbErrorKind::Timeout, "{error}");
    assert_eq!(ask(&mut *hurried, "SELECT 1").await, "1");
}

#[tokio::test]
async fn catalog_settings_and_counters_are_read() {
    let Some(sandbox) = school().await else { return };
    let mut session = open(&sandbox, Access::ReadOnly).await;
    let server = session.server().await.unwrap();
    assert_eq!((server.engine.as_str(), server.database.as_str()), ("mysql", "test"));
    let catalog = session.catalog().await.unwrap();
    let pupil = catalog.table(None, "pupil").unwrap();
    assert!(pupil.rows > 500.0 && pupil.bytes > 0);
    let upper = pupil.indexes.iter().find(|index| index.name == "by_upper").unwrap();
    assert_eq!(upper.keys[0].column, None);
    assert!(upper.ddl.contains("((upper(`name`)))"), "{}", upper.ddl);
    let settings = session.settings().await.unwrap();
    let pool = settings.iter().find(|setting| setting.name == "innodb_buffer_pool_size").unwrap();
    assert_eq!((pool.number, pool.unit.as_deref()), (Some(134_217_728.0), Some("bytes")));
    let before = session.counters().await.unwrap();
    run(&mut *session, "SELECT * FROM pupil ORDER BY name DESC", &Params::new()).await.unwrap();
    let grown = session.counters().await.unwrap().since(&before);
    assert!(grown.get("sort_rows").unwrap() >= 900.0, "{grown:?}");
}

/// What is loaded, and the workload, runs as an account that reaches no file, no other account and no library.
#[tokio::test]
async fn the_owner_of_a_throwaway_server_is_no_administrator() {
    let Some(sandbox) = school().await else { return };
    let url = sandbox.owner_url(sandbox.database());
    let mut owner = sandbox
        .engine()
        .connect(&url, &SessionOptions { access: Access::Commit, ..SessionOptions::default() })
        .await
        .unwrap();
    for sql in [
        "SELECT 1 INTO OUTFILE '/tmp/planwise-owner'",
        "CREATE USER eve@localhost",
        "UPDATE mysql.user SET Super_priv = 'Y'",
        "CREATE FUNCTION run_it RETURNS INT SONAME 'x.so'",
        "SET GLOBAL general_log = 1",
    ] {
        assert!(owner.command(sql).await.is_err(), "{sql}");
    }
    owner.command("CREATE DATABASE more; CREATE TABLE more.t (a INT)").await.unwrap();
    assert_eq!(ask(&mut *owner, "SELECT LOAD_FILE('/etc/passwd') IS NULL").await, "1");
}

#[tokio::test]
async fn a_mysql_url_leads_to_either_server() {
    let Some(sandbox) = parts::mariadb().await else { return };
    let url = sandbox.url(sandbox.database()).replace("mariadb://", "mysql://");
    let engine = planwise::engine::for_url(&url).unwrap();
    let mut session = engine.connect(&url, &SessionOptions::default()).await.unwrap();
    assert_eq!(session.server().await.unwrap().engine, "mariadb");
    let plan = session.explain("SELECT 1", &[], ExplainMode::Analyze).await.unwrap().plan;
    assert_eq!(plan.evidence, Evidence::B);
}

#[tokio::test]
async fn the_program_profiles_compares_and_advises() {
    let Some(bin_dir) = parts::mysql_server() else { return };
    let desk = Desk::new();
    let school = desk.write("school.sql", SCHOOL);
    let queries = desk.write(
        "queries.sql",
        "-- name: top\nSELECT * FROM mark ORDER BY grade, id LIMIT 5;\n\
         -- name: one\nSELECT name FROM pupil WHERE form = 4 AND name LIKE '%7';\n\
         -- name: change\nUPDATE pupil SET form = 1;\n",
    );
    let start = |verb: &str| {
        let mut command = planwise();
        command.arg(verb).arg(&queries).args(["--sandbox=mysql", "--server-bin"]).arg(&bin_dir);
        command.arg("--load").arg(&school).arg("--out").arg(desk.out());
        command
    };
    let output = start("run").output().unwrap();
    assert_status(&output, 0);
    assert_says(&stdout(&output), &["top", "one", "change"]);
    let record = desk.run_json();
    assert_eq!(record.pointer("/server/engine").and_then(|engine| engine.as_str()), Some("mysql"));
    let output = start("advise").output().unwrap();
    assert_status(&output, 0);
    assert_says(&stdout(&output), &["mark_grade_idx", "LOCK=NONE"]);
    let mut compare = start("compare");
    compare.args(["--set-a", "sort_buffer_size=262144", "--set-b", "sort_buffer_size=1048576"]);
    let output = compare.output().unwrap();
    assert_says(&stdout(&output), &["top", "one"]);
}
