//! `workload`, `nightly`, `compare` and `tune` on what was captured, and sampling where a server keeps no statistics.

use planwise::engine::SessionOptions;
use planwise::sandbox::Sandbox;
use serde_json::Value;

use super::live::open;
use super::{captured, query, shown};
use crate::program::{Desk, assert_says, assert_status, planwise, stderr, stdout};

const LOG: &str = "\
2024-03-04 10:11:12.000 UTC [71] LOG:  duration: 9.500 ms  statement: SELECT id, status FROM orders WHERE customer = 42 AND status = 'open'
2024-03-04 10:11:13.000 UTC [71] LOG:  duration: 9.500 ms  statement: SELECT status FROM orders WHERE status = 'done' AND customer = 7
2024-03-04 10:11:14.000 UTC [72] LOG:  duration: 1.500 ms  execute s: SELECT id FROM orders WHERE id IN ($1, $2)
2024-03-04 10:11:14.000 UTC [72] DETAIL:  parameters: $1 = '7', $2 = NULL
2024-03-04 10:11:15.000 UTC [72] LOG:  duration: 1.500 ms  statement: SELECT id FROM orders WHERE customer = 42 OR status = 'open'
2024-03-04 10:11:16.000 UTC [73] ERROR:  division by zero
2024-03-04 10:11:16.000 UTC [73] STATEMENT:  SELECT 1/0
";

#[test]
fn variants_of_a_mapper_fold_on_request() {
    let desk = Desk::new();
    let log = desk.write("a.log", LOG);
    let workload = desk.path("a.workload");
    let plain = captured(&[&log], &workload, &[]);
    assert_eq!(plain["fingerprints"], 5, "{plain:#}");
    let show = planwise()
        .args(["workload", "show", "--fold", "--format", "json"])
        .arg(&workload)
        .output()
        .unwrap();
    assert_status(&show, 0);
    let folded: Value = serde_json::from_str(&stdout(&show)).unwrap();
    assert_eq!((&folded["fingerprints"], &folded["statements"]), (&4.into(), &5.into()));
    assert_eq!(folded["duration_ms"], plain["duration_ms"]);
    let variants = query(&folded, "customer = $1 AND");
    assert_eq!(variants["calls"], 2, "{variants:#}");
    assert_eq!(variants["folded"].as_array().unwrap().len(), 1);
    let merged = desk.path("folded.workload");
    let merge = planwise()
        .args(["workload", "merge", "--fold"])
        .arg(&workload)
        .arg("-o")
        .arg(&merged)
        .output()
        .unwrap();
    assert_status(&merge, 0);
    let merged = shown(&merged);
    for key in ["fingerprints", "statements", "duration_ms", "sessions"] {
        assert_eq!(merged[key], folded[key], "{key}");
    }
}

/// Read back with the library's reader, row by row.
#[test]
fn a_capture_is_exported_as_parquet() {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::RowAccessor;
    let desk = Desk::new();
    let log = desk.write("a.log", LOG);
    let workload = desk.path("a.workload");
    captured(&[&log], &workload, &[]);
    let target = desk.path("a.parquet");
    let export = planwise()
        .args(["workload", "export", "--to", "parquet"])
        .arg(&workload)
        .arg("-o")
        .arg(&target)
        .output()
        .unwrap();
    assert_status(&export, 0);
    let reader = SerializedFileReader::new(std::fs::File::open(&target).unwrap()).unwrap();
    let rows: Vec<_> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 5);
    let names: Vec<&String> = rows[0].get_column_iter().map(|(name, _)| name).collect();
    let at = |name: &str| names.iter().position(|known| *known == name).unwrap();
    assert_eq!(rows[0].get_timestamp_micros(at("start")).unwrap(), 1_709_547_071_990_500);
    assert_eq!(rows[0].get_double(at("duration_ms")).unwrap(), 9.5);
    assert_eq!(
        rows[0].get_string(at("text")).unwrap(),
        "SELECT id, status FROM orders WHERE customer = 42 AND status = 'open'"
    );
    let values = rows[2].get_list(at("values")).unwrap();
    assert_eq!(format!("{:?}", values.elements()), "[Str(\"7\"), Null]");
    assert!(rows[0].get_list(at("values")).is_err(), "none were bound");
    assert_eq!(rows[4].get_string(at("message")).unwrap(), "division by zero");
    assert_eq!(rows[4].get_string(at("session")).unwrap(), "73");
}

fn run_often(runtime: &tokio::runtime::Runtime, sandbox: &Sandbox, statement: &str, times: usize) {
    runtime.block_on(async {
        let mut session = sandbox.connect(&SessionOptions::default()).await.unwrap();
        for _ in 0..times {
            session.query_text(statement).await.unwrap();
        }
    });
}

#[test]
fn a_server_without_statistics_is_sampled_aloud() {
    let Some((runtime, sandbox)) = open() else { return };
    runtime.block_on(async {
        let mut session = sandbox.connect(&SessionOptions::default()).await.unwrap();
        session.command("DROP EXTENSION pg_stat_statements").await.unwrap();
    });
    let desk = Desk::new();
    let target = desk.path("sampled.workload");
    let url = sandbox.url(sandbox.database());
    let capture = |observe: &[&str]| {
        planwise()
            .args(["capture", "--db", &url, "-o"])
            .arg(&target)
            .args(observe)
            .output()
            .unwrap()
    };
    let refused = capture(&[]);
    assert_status(&refused, 3);
    assert_says(&stderr(&refused), &["pg_stat_statements", "--observe SECONDS"]);
    let goes_on = std::sync::atomic::AtomicBool::new(true);
    let watched = std::thread::scope(|scope| {
        scope.spawn(|| {
            while goes_on.load(std::sync::atomic::Ordering::Relaxed) {
                let sql = "SELECT count(*), pg_sleep(0.02) FROM orders WHERE customer = 42";
                run_often(&runtime, &sandbox, sql, 5);
            }
        });
        let watched = capture(&["--observe", "2"]);
        goes_on.store(false, std::sync::atomic::Ordering::Relaxed);
        watched
    });
    assert_status(&watched, 0);
    assert_says(&stderr(&watched), &["SAMPLED, not counted", "cannot be read"]);
    let digest = shown(&target);
    assert_eq!(digest["origin"], "pg_stat_activity");
    let seen = query(&digest, "customer = $2");
    assert!(seen["calls"].as_u64().unwrap() >= 1, "{digest:#}");
    assert!(seen["mean_ms"].as_f64().unwrap() >= 19.0, "{digest:#}");
    assert!(seen["figures"]["looks_that_found_it"].as_f64().unwrap() >= 1.0);
    // What was seen can be worked with.
    let advise =
        planwise().arg("advise").arg(&target).args(["--db", &url, "-o"]).arg(desk.out()).output();
    assert_status(&advise.unwrap(), 0);
}

#[test]
fn a_night_may_measure_what_the_server_remembers() {
    let Some((runtime, sandbox)) = open() else { return };
    run_often(&runtime, &sandbox, "SELECT count(*) FROM orders WHERE customer = 42", 20);
    let desk = Desk::new();
    desk.write(
        "planwise.toml",
        "from_db = 5\n[target]\nurl_env = 'NIGHTLY_TEST_URL'\n[measure]\nseconds = 2\nblocks = 6\n",
    );
    let night = |config: &str, options: &[&str]| {
        planwise()
            .arg("nightly")
            .arg("--config")
            .arg(desk.path(config))
            .args(options)
            .env("NIGHTLY_TEST_URL", sandbox.url(sandbox.database()))
            .output()
            .unwrap()
    };
    let first = night("planwise.toml", &["--label", "first"]);
    assert_status(&first, 0);
    assert_says(&stdout(&first), &["There was no baseline yet"]);
    let second = night("planwise.toml", &["--label", "second", "--format", "json"]);
    assert!(matches!(second.status.code(), Some(0 | 1)), "{}", stderr(&second));
    let document: Value = serde_json::from_str(&stdout(&second)).unwrap();
    let queries = document["comparison"]["queries"].as_array().unwrap();
    assert!(!queries.is_empty(), "{document:#}");
    desk.write("none.toml", "[target]\nurl_env = 'NIGHTLY_TEST_URL'\n");
    let none = night("none.toml", &[]);
    assert_status(&none, 2);
    assert_says(&stderr(&none), &["neither `workload` nor `from_db`"]);
    let given = night("none.toml", &["--from-db=3", "--label", "given"]);
    assert_status(&given, 0);
}

/// The same capture before and after an index: the gate sees what it is good for.
#[test]
fn captured_workloads_are_compared_and_tuned() {
    let Some((_runtime, sandbox)) = open() else { return };
    let desk = Desk::new();
    let log = desk.write("a.log", LOG);
    let workload = desk.path("a.workload");
    captured(&[&log], &workload, &["--not-statement", "1/0"]);
    let url = sandbox.url(sandbox.database());
    let compare = planwise()
        .arg("compare")
        .arg(&workload)
        .args(["--db-a", &url, "--db-b", &url, "--time", "5", "--format", "json", "-o"])
        .arg(desk.out())
        .output()
        .unwrap();
    assert!(matches!(compare.status.code(), Some(0 | 4)), "{}", stderr(&compare));
    let document: Value = serde_json::from_str(&stdout(&compare)).unwrap();
    assert!(document.to_string().contains("q-"), "{document:#}");
    let tune = planwise()
        .arg("tune")
        .arg(&workload)
        .args(["--db", &url, "--time", "60", "-o"])
        .arg(desk.out())
        .output()
        .unwrap();
    assert_status(&tune, 0);
    let run = desk.run_json();
    let count = run["queries"].as_array().unwrap().len();
    assert_eq!(count, 4, "{run:#}");
    assert!(desk.out().join("report.html").is_file());
}
