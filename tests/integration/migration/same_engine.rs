//! Two servers of one family: their own hashes, keys of every kind, writers, and calls that are killed.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use planwise::engine::{Access, SessionOptions};
use planwise::sandbox::Sandbox;

use super::parts::{change, differences, parity, scripted, url};
use crate::parts::{mysql_server, postgres_version};
use crate::program::{Desk, assert_status, planwise};

const SHOP: &str = "\
CREATE TYPE mood AS ENUM ('fine', 'bad');
CREATE TABLE orders (id bigint PRIMARY KEY, at timestamptz, total numeric(12,2), note text, mood mood, doc jsonb, raw json, ratio float8, tags text[], place point, span interval);
INSERT INTO orders SELECT i, '2024-01-01'::timestamptz + i * interval '7 minutes', i * 1.01, 'note ' || i, CASE WHEN i % 3 = 0 THEN 'bad' ELSE 'fine' END::mood,
  jsonb_build_object('n', i), json_build_object('n', i), i / 7.0, ARRAY['a', i::text], point(i, -i), i * interval '1 second' FROM generate_series(1, 20000) i;
CREATE TABLE words (word text, lang char(2), uses int, PRIMARY KEY (word, lang));
INSERT INTO words SELECT md5(i::text), CASE WHEN i % 2 = 0 THEN 'de' ELSE 'en' END, i FROM generate_series(1, 6000) i;
CREATE TABLE log (at timestamptz, text text);
INSERT INTO log SELECT '2024-01-01'::timestamptz + (i / 3) * interval '1 minute', 'line ' || i / 3 FROM generate_series(0, 3000) i;
";

async fn shops() -> Option<(Sandbox, Sandbox)> {
    let newest = postgres_version(18)?;
    let source = scripted("postgres", None, SHOP).await?;
    // Other numbers behind the labels, other places of the rows.
    let moved = SHOP
        .replace("CREATE TYPE mood", "CREATE TYPE other AS ENUM ('x'); CREATE TYPE mood")
        .replace("generate_series(1, 6000) i", "generate_series(1, 6000) i ORDER BY random()");
    Some((source, scripted("postgres", Some(newest), &moved).await?))
}

#[tokio::test]
async fn two_versions_are_equal_and_five_damaged_rows_are_found() {
    let Some((source, target)) = shops().await else { return };
    let (document, status) = parity(&source, &target, &["--only", "data", "--chunk-rows", "3000"]);
    assert_eq!(status, 0, "{:#}", document["tables"]);
    let orders = &document["tables"]
        .as_array()
        .unwrap()
        .iter()
        .find(|t| t["source"] == "public.orders")
        .unwrap()
        .clone();
    assert!(orders["method"].as_str().unwrap().contains("pieces"), "{orders:#}");
    change(&target, "UPDATE orders SET note = 'Note 7' WHERE id = 7; UPDATE orders SET mood = 'bad' WHERE id = 19999; \
                     DELETE FROM orders WHERE id = 12345; UPDATE words SET uses = -1 WHERE word = md5('77'); \
                     DELETE FROM log WHERE ctid = (SELECT ctid FROM log LIMIT 1)").await;
    let (document, status) = parity(&source, &target, &["--only", "data", "--chunk-rows", "3000"]);
    assert_eq!(status, 1);
    assert_eq!(differences(&document, "orders"), ["missing", "mood ", "note case"]);
    assert_eq!(differences(&document, "words"), ["uses "]);
    assert_eq!(differences(&document, "log"), ["missing"]);
}

#[tokio::test]
async fn the_oldest_versions_are_compared_by_their_own_hashes() {
    let (Some(a), Some(b)) = (postgres_version(13), postgres_version(14)) else { return };
    let Some(source) = scripted("postgres", Some(a), SHOP).await else { return };
    let Some(target) = scripted("postgres", Some(b), SHOP).await else { return };
    let (document, status) = parity(&source, &target, &["--only", "data"]);
    assert_eq!(status, 0, "{:#}", document["tables"]);
}

/// Every second of `apply` the source is a little ahead, as a replica's source is.
async fn writer(source: String, target: String, stop: Arc<AtomicBool>) -> u64 {
    let engine = planwise::engine::for_url(&source).unwrap();
    let options = SessionOptions { access: Access::Commit, ..SessionOptions::default() };
    let mut ahead = engine.connect(&source, &options).await.unwrap();
    let mut behind = engine.connect(&target, &options).await.unwrap();
    let mut rounds = 0;
    while !stop.load(Ordering::SeqCst) {
        rounds += 1;
        let change = format!(
            "UPDATE orders SET total = total + 1, note = 'round {rounds}' WHERE id % 97 = {}",
            rounds % 97
        );
        ahead.command(&change).await.unwrap();
        tokio::time::sleep(Duration::from_millis(40)).await;
        behind.command(&change).await.unwrap();
    }
    rounds
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_causes_no_alarm_and_hides_no_damage() {
    let Some((source, target)) = shops().await else { return };
    change(&target, "UPDATE orders SET note = 'damaged' WHERE id = 10").await;
    change(&source, "UPDATE orders SET note = 'whole' WHERE id = 10").await;
    // No writer comes near it: 10 % 97.
    let stop = Arc::new(AtomicBool::new(false));
    let protect = "CREATE RULE leave AS ON UPDATE TO orders WHERE old.id = 10 DO INSTEAD NOTHING";
    change(&source, protect).await;
    change(&target, protect).await;
    let writing = tokio::spawn(writer(url(&source), url(&target), Arc::clone(&stop)));
    let mut seen_in_flight = 0;
    for _ in 0..3 {
        let (a, b) = (url(&source), url(&target));
        let output = tokio::task::spawn_blocking(move || {
            let mut command = planwise();
            command.args([
                "parity",
                "--format",
                "json",
                "--only",
                "data",
                "--settle",
                "4",
                "--chunk-rows",
                "2000",
                "--source",
                &a,
                "--target",
                &b,
            ]);
            command.output().unwrap()
        })
        .await
        .unwrap();
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_status(&output, 1);
        assert_eq!(differences(&document, "orders"), ["note "], "{:#}", document["tables"]);
        seen_in_flight += document["tables"]
            .as_array()
            .unwrap()
            .iter()
            .map(|t| t["in_flight"].as_u64().unwrap())
            .sum::<u64>();
        assert_eq!(document["source"]["written"], true);
    }
    stop.store(true, Ordering::SeqCst);
    assert!(writing.await.unwrap() > 10);
    assert!(seen_in_flight > 0, "the writer was never in the way: the test tells nothing");
}

#[tokio::test]
async fn a_call_that_was_killed_goes_on_and_leaves_nothing() {
    let Some((source, target)) = shops().await else { return };
    let desk = Desk::new();
    let state = desk.path("state");
    let ask = || {
        let mut command = planwise();
        command.args([
            "parity",
            "--format",
            "json",
            "--only",
            "data",
            "--chunk-rows",
            "1000",
            "--jobs",
            "1",
            "--state",
        ]);
        command.arg(&state).args(["--source", &url(&source), "--target", &url(&target)]);
        command
    };
    let mut child = ask().stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // As soon as something is written down.
    loop {
        let text = std::fs::read_to_string(&state).unwrap_or_default();
        if text.lines().count() >= 3 || child.try_wait().unwrap().is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let _ = child.kill();
    child.wait().unwrap();
    let output = ask().output().unwrap();
    assert_status(&output, 0);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(document["tables"].as_array().unwrap().iter().any(|table| table["resumed"] == true));
    let rows: u64 = document["tables"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["source_rows"].as_u64().unwrap())
        .sum();
    assert_eq!(rows, 20_000 + 6_000 + 3_001);
    for sandbox in [&source, &target] {
        let mut session = sandbox.connect(&SessionOptions::default()).await.unwrap();
        let left = "SELECT count(*) FROM pg_replication_slots UNION ALL SELECT count(*) FROM pg_publication \
                    UNION ALL SELECT count(*) FROM pg_class WHERE relpersistence = 't' UNION ALL SELECT count(*) FROM pg_prepared_xacts";
        let left = session.query_text(left).await.unwrap();
        assert!(left.iter().all(|count| count.as_deref() == Some("0")), "{left:?}");
    }
    // Another comparison does not take the file for its own.
    let output = ask().arg("--stream").output().unwrap();
    assert_status(&output, 2);
}

#[tokio::test]
async fn two_mariadb_servers_are_compared_too() {
    let shop = "CREATE TABLE t (a BIGINT PRIMARY KEY, b VARCHAR(30), c FLOAT, d JSON, e VARBINARY(9), f DATETIME(3), g BIT(5));
                INSERT INTO t VALUES (1, 'Ä', 0.1, '{\"a\": 1}', x'00', '2024-01-01 00:00:00.5', b'10101'), (-5, NULL, 16777216, NULL, NULL, '0000-00-00', NULL);
                CREATE TABLE k (b VARCHAR(30) PRIMARY KEY); INSERT INTO k VALUES ('x'), ('y');";
    let Some(source) = scripted("mariadb", None, &format!("SET sql_mode = '';{shop}")).await else {
        return;
    };
    let Some(target) = scripted("mariadb", None, &format!("SET sql_mode = '';{shop}")).await else {
        return;
    };
    let (document, status) = parity(&source, &target, &[]);
    assert_eq!(status, 0, "{:#}", document["reasons"]);
    change(&target, "UPDATE t SET c = 0.10000001 WHERE a = 1; UPDATE k SET b = 'Y' WHERE b = 'y'")
        .await;
    let (document, status) = parity(&source, &target, &[]);
    assert_eq!(status, 1);
    assert_eq!(differences(&document, "t"), ["c last digits of a number"]);
    assert_eq!(differences(&document, "k"), ["extra", "missing"]);
}

/// Numbers at the edges of the type, around powers of two, and those that a text of 15 digits writes alike.
const EDGES: [f64; 12] = [
    f64::MAX,
    f64::MIN_POSITIVE,
    5e-324,
    2e-308,
    1.0,
    2.0,
    1.999_999_999_999_999_8,
    0.1,
    -0.1,
    1e300,
    4_503_599_627_370_495.5,
    -9_007_199_254_740_991.0,
];

fn edges(of: impl Fn(f64) -> f64, first: [f64; 2]) -> String {
    let mut rows = vec![format!("(0, {:e}, {:e}, 0.1)", first[0], first[1])];
    rows.extend(
        EDGES.iter().zip(1..).map(|(edge, id)| format!("({id}, {:e}, NULL, 1.5)", of(*edge))),
    );
    format!(
        "CREATE TABLE edges (id INT PRIMARY KEY, a DOUBLE, b DOUBLE, c FLOAT NOT NULL); INSERT INTO edges VALUES {};",
        rows.join(", ")
    )
}

/// The neighbour of a number is another number.
fn neighbour(number: f64) -> f64 {
    f64::from_bits(number.to_bits() - 1)
}

#[tokio::test]
async fn two_numbers_next_to_each_other_differ_and_equal_ones_do_not() {
    let mysqld = mysql_server();
    for (engine, program) in [("mariadb", None), ("mysql", mysqld)] {
        let same = edges(|edge| edge, [0.0, 0.5]);
        let Some(source) = scripted(engine, program.clone(), &same).await else { return };
        let Some(target) = scripted(engine, program.clone(), &same).await else { return };
        let (document, status) = parity(&source, &target, &["--only", "data"]);
        assert_eq!(status, 0, "{engine}: {:#}", document["tables"]);
        let method = document["tables"][0]["method"].as_str().unwrap();
        assert!(method.starts_with("checksums"), "{method}");
        let others = edges(neighbour, [0.5, 0.0]);
        let Some(other) = scripted(engine, program, &others).await else { return };
        let (document, status) = parity(&source, &other, &["--only", "data"]);
        assert_eq!(status, 1, "{engine}");
        assert_eq!(
            document["tables"][0]["differing_rows"],
            EDGES.len() + 1,
            "{:#}",
            document["tables"]
        );
    }
}

/// Settings that the review calls gone are there before the version, and not from it on.
#[tokio::test]
async fn settings_that_are_called_gone_are_gone() {
    let gone = [
        ("operator_precedence_warning", 14),
        ("vacuum_cleanup_index_scale_factor", 14),
        ("stats_temp_directory", 15),
        ("force_parallel_mode", 16),
        ("vacuum_defer_cleanup_age", 16),
        ("promote_trigger_file", 16),
        ("lc_collate", 16),
        ("db_user_namespace", 17),
        ("old_snapshot_threshold", 17),
        ("trace_recovery_messages", 17),
        ("ssl_ecdh_curve", 18),
    ];
    for version in [13_u32, 14, 15, 16, 17, 18] {
        let Some(programs) = postgres_version(version) else { return };
        let Some(server) = scripted("postgres", Some(programs), "SELECT 1;").await else { return };
        let mut session = server.connect(&SessionOptions::default()).await.unwrap();
        let names: Vec<String> = session
            .query_text("SELECT name FROM pg_settings")
            .await
            .unwrap()
            .into_iter()
            .flatten()
            .collect();
        for (name, from) in gone {
            // Builds without TLS do not have its settings at all.
            if !name.starts_with("ssl") {
                assert_eq!(names.iter().any(|n| n == name), version < from, "{name} on {version}");
            }
        }
    }
}
