//! MariaDB and MySQL: what can be told to a server without rows, and how often it plans as its source then.

use planwise::engine::{self, Access, SessionOptions};
use planwise::plan::plan_shape;
use planwise::progress::Progress;
use planwise::run::planned_sets;
use planwise::sandbox::Sandbox;
use planwise::snapshot::{Job, Planners, Replica, Snapshot};

use super::stand::patient;
use crate::parts;
use crate::program::{Desk, assert_says, assert_status, planwise, stderr, stdout};
use crate::sakila::{self, forms::Server, queries};

async fn settled(sandbox: &Sandbox, engine: &str) {
    let mut session = sandbox.connect(&patient(Access::Commit)).await.unwrap();
    let tables = session
        .query_text("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE'")
        .await
        .unwrap();
    for table in tables.into_iter().flatten() {
        let analyze = match engine {
            "mariadb" => format!("ANALYZE TABLE `{table}` PERSISTENT FOR ALL"),
            _ => format!("ANALYZE TABLE `{table}`"),
        };
        session.command(&analyze).await.unwrap();
    }
}

async fn agrees(engine: &'static str, server: Server, least: f64) {
    let Some(source) = sakila::loaded(engine).await else { return };
    settled(&source, engine).await;
    let states = engine::by_name(engine).unwrap().planner_states().unwrap();
    let url = source.url(source.database());
    let state = states.read(&url, &SessionOptions::default()).await.unwrap();
    assert!(state.relations.len() >= 20 && state.storage.len() >= 16, "{}", state.relations.len());
    let snapshot = Snapshot::of(state);
    let programs = source_programs(engine);
    let replica = Replica::start(&snapshot, programs.as_deref(), Progress::hidden()).await.unwrap();
    assert_eq!(replica.differing, Vec::<String>::new());

    let text: String = queries::queries(server)
        .iter()
        .enumerate()
        .map(|(n, sql)| format!("-- name: q{n}\n{sql};\n"))
        .collect();
    let desk = Desk::new();
    let file = desk.write("queries.sql", text);
    let workload =
        planwise::workload::read(&file, engine::by_name(engine).unwrap().dialect()).unwrap();
    let sets: Vec<_> =
        workload.queries.iter().map(|query| (query, planned_sets(query).remove(0))).collect();
    let jobs: Vec<Job<'_>> = sets.iter().map(|(query, params)| Job { query, params }).collect();
    let here = Planners::open(&replica, &[]).await.unwrap().plan(&jobs).await;
    let mut session = source.connect(&patient(Access::ReadOnly)).await.unwrap();
    let (mut same, mut planned, mut doubted, mut apart) = (0, 0, 0, Vec::new());
    for (job, here) in jobs.iter().zip(here) {
        let mode = engine::ExplainMode::Estimate;
        let there = session.explain(&job.query.sql, job.params, mode).await.unwrap().plan;
        let Ok(here) = here else {
            doubted += 1;
            continue;
        };
        planned += 1;
        match plan_shape(&there) == plan_shape(&here) {
            true => same += 1,
            false => apart.push(format!(
                "{}\n{}  became\n{}",
                job.query.sql,
                plan_shape(&there),
                plan_shape(&here)
            )),
        }
    }
    let rate = f64::from(same) / f64::from(planned);
    println!(
        "{engine}: {same} of {planned} plans of one shape, {doubted} say nothing without rows"
    );
    println!("{}", apart.join("\n"));
    assert!(rate >= least, "{rate}");
    assert!(planned > doubted, "{planned} {doubted}");
}

fn source_programs(engine: &str) -> Option<std::path::PathBuf> {
    (engine == "mysql").then(parts::mysql_server).flatten()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mariadb_without_rows_plans_as_its_source_does() {
    agrees("mariadb", Server::Mariadb, 0.9).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mysql_without_rows_plans_as_its_source_does() {
    agrees("mysql", Server::Mysql, 0.9).await;
}

const QUERIES: &str = "
-- name: of-customer
-- expect: index(idx_fk_customer_id) | no seq scan on rental
SELECT r.rental_date FROM rental r JOIN customer c ON c.customer_id = r.customer_id WHERE c.email = 'MARY.SMITH@sakilacustomer.org';
-- name: whole
-- expect: seq scan on film
SELECT rating, count(*) FROM film GROUP BY rating;
-- name: long-ago
-- expect: index(rental_date)
SELECT * FROM rental WHERE rental_date < '2005-05-25';
";

#[tokio::test(flavor = "multi_thread")]
async fn assertions_and_changes_are_tried_on_other_servers_too() {
    for engine in ["mariadb", "mysql"] {
        let Some(source) = sakila::loaded(engine).await else { continue };
        settled(&source, engine).await;
        let desk = Desk::new();
        let (queries, file) = (desk.write("queries.sql", QUERIES), desk.path("s.snapshot"));
        let url = source.url(source.database());
        let run = |verb: &str, more: &[&str]| {
            let mut command = planwise();
            command.arg(verb);
            if verb == "snapshot" {
                command.args(["--db", &url]).arg("-o").arg(&file);
            } else {
                command.arg(&queries).arg("--snapshot").arg(&file);
                if let Some(programs) = source_programs(engine) {
                    command.arg("--server-bin").arg(programs);
                }
            }
            command.args(more).output().unwrap()
        };
        let output = run("snapshot", &[]);
        assert_status(&output, 0);
        assert_says(&stderr(&output), &["looks up in the index itself", "without rows"]);
        let output = run("assert", &[]);
        assert_status(&output, 4);
        assert_says(
            &stdout(&output),
            &[
                "index(idx_fk_customer_id) holds",
                "seq scan on film holds",
                "reads a range of an index",
            ],
        );
        let change = desk.write("change.sql", "CREATE INDEX by_email ON customer (email);");
        let output = run("whatif", &["--ddl", change.to_str().unwrap(), "--format", "json"]);
        assert_status(&output, 0);
        let document: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
        assert_eq!(document["queries"][0]["effect"], "changed", "{engine}: {document:#}");
        assert_eq!(document["queries"][1]["effect"], "same", "{engine}: {document:#}");
        assert_status(&run("snapshot", &["--ends"]), 3);
        let output = run("snapshot", &["--redact"]);
        assert_status(&output, 0);
        let redacted = Snapshot::read(&file).unwrap();
        let text = serde_json::to_string(&redacted).unwrap();
        assert!(!text.contains("column_stats") || text.contains("film_id"), "{text}");
        assert!(!text.contains("\"histogram\"") && redacted.redacted.is_some());
        let of_columns = redacted.state.kept.iter().filter(|kept| kept.of == "column_stats");
        let digits =
            of_columns.flat_map(|kept| [&kept.values[2], &kept.values[3], &kept.values[9]]);
        assert_eq!(digits.flatten().count(), 0);
    }
}
