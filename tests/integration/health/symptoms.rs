//! Settings whose need only a load shows: silent before it, proposed during it with the counter, made, and silent when
//! the same load comes again.

use std::collections::BTreeSet;

use planwise::engine::Session;
use planwise::sandbox::{Sandbox, SandboxOptions};
use serde_json::Value;

use super::{ids, look, plant, session};
use crate::parts;
use crate::program::{Desk, assert_status, planwise, read_json};

fn options(pairs: &[(&str, &str)]) -> SandboxOptions {
    let settings = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    SandboxOptions { settings: settings.collect(), ..SandboxOptions::default() }
}

const MACHINE: [&str; 6] = ["--ram", "8GB", "--cores", "4", "--storage", "ssd"];

/// Check, and the word of its evidence that says what was counted.
const OF_POSTGRES: [(&str, &str); 13] = [
    ("shared-buffers-short", "blocks came from outside"),
    ("log-buffers-full", "32kB"),
    ("connections-short", "connections"),
    ("log-uncompressed", "blocks"),
    ("checkpoints-unlogged", "log_checkpoints"),
    ("lock-waits-unlogged", "log_lock_waits"),
    ("statements-cut-short", "track_activity_query_size"),
    ("slots-run-out", "slots"),
    ("slots-may-fill-the-disk", "slot"),
    ("random-reads-overpriced", "random_page_cost"),
    ("reads-one-at-a-time", "effective_io_concurrency"),
    ("statements-forgotten", "pg_stat_statements.max"),
    ("locks-run-out", "partitions"),
];

fn proposed(report: &Value) -> BTreeSet<String> {
    ids(report, "settings")
}

/// Sessions that hold something open while the server is looked at.
struct Load {
    _idle: Vec<Box<dyn Session>>,
    holder: Box<dyn Session>,
    waiting: tokio::task::JoinHandle<()>,
}

impl Load {
    async fn on(sandbox: &Sandbox) -> Load {
        let mut owner = session(sandbox).await;
        plant(
            owner.as_mut(),
            &[
                "SELECT pg_stat_reset(), pg_stat_reset_shared('bgwriter'), pg_stat_reset_shared('wal')",
                "SELECT pg_stat_statements_reset()",
                "CREATE TABLE IF NOT EXISTS wide (id int PRIMARY KEY, n int, note text) WITH (fillfactor = 90)",
                "TRUNCATE wide",
                "INSERT INTO wide SELECT g, g, repeat('w', 700) FROM generate_series(1, 120000) g",
                "VACUUM ANALYZE wide",
                "CHECKPOINT",
                "UPDATE wide SET n = n + 1",
                "CHECKPOINT",
                "UPDATE wide SET n = n + 1 WHERE id % 10 = 0",
                "CHECKPOINT",
                "DO $$ BEGIN FOR i IN 1..7 LOOP PERFORM count(*) FROM wide; END LOOP; END $$",
            ],
        )
        .await;
        // More statements than there is room for, each another one.
        for n in 0..300 {
            let columns: Vec<String> = (0..=n % 20).map(|i| format!("{n} AS c{i}")).collect();
            let filter = vec!["TRUE"; n / 20 + 1].join(" AND ");
            plant(owner.as_mut(), &[&format!("SELECT {} WHERE {filter}", columns.join(", "))])
                .await;
        }
        let mut idle = vec![owner];
        for _ in 0..7 {
            idle.push(session(sandbox).await);
        }
        let mut holder = session(sandbox).await;
        let long = format!(
            "BEGIN; UPDATE wide SET n = 0 WHERE id = 1 AND note <> '{}'",
            "-".repeat(2_000)
        );
        plant(holder.as_mut(), &[&long]).await;
        let mut waiter = session(sandbox).await;
        let waiting = tokio::spawn(async move {
            let _ = waiter.command("UPDATE wide SET n = 1 WHERE id = 1").await;
        });
        Load { _idle: idle, holder, waiting }
    }

    async fn end(self) {
        drop(self.holder);
        self.waiting.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_load_needs_is_proposed_made_and_not_proposed_again() {
    let Some(mut sandbox) =
        parts::sandbox("postgres", options(&[("fsync", "on"), ("autovacuum_naptime", "60")])).await
    else {
        return;
    };
    let base = sandbox.settings().to_vec();
    let mut owner = session(&sandbox).await;
    plant(
        owner.as_mut(),
        &[
            "ALTER SYSTEM SET shared_buffers = '2MB'",
            "ALTER SYSTEM SET wal_buffers = '32kB'",
            "ALTER SYSTEM SET max_connections = 13",
            "ALTER SYSTEM SET max_replication_slots = 2",
            "ALTER SYSTEM SET log_checkpoints = off",
            "ALTER SYSTEM SET effective_io_concurrency = 1",
            "ALTER SYSTEM SET pg_stat_statements.max = 100",
            "CREATE TABLE parted (id int) PARTITION BY RANGE (id)",
        ],
    )
    .await;
    drop(owner);
    sandbox.restart(base.clone()).await.unwrap();

    let url = sandbox.url("postgres");
    let wanted: BTreeSet<&str> = OF_POSTGRES.iter().map(|(check, _)| *check).collect();
    // The near miss: the same values, and nothing that suffers from them.
    let quiet = proposed(&look(&url, &MACHINE));
    let early: Vec<_> = quiet.iter().filter(|check| wanted.contains(check.as_str())).collect();
    // Its value alone is a fault: nothing of a default server is asked of it.
    assert!(early.is_empty(), "without a load: {early:?}");

    let mut owner = session(&sandbox).await;
    plant(
        owner.as_mut(),
        &[
            "DO $$ BEGIN FOR i IN 1..530 LOOP EXECUTE format('CREATE TABLE part_%s PARTITION OF parted \
             FOR VALUES FROM (%s) TO (%s)', i, i, i + 1); IF i % 50 = 0 THEN COMMIT; END IF; END LOOP; END $$",
            "SELECT pg_create_physical_replication_slot('one', true)",
            "SELECT pg_create_physical_replication_slot('two', true)",
        ],
    )
    .await;
    drop(owner);
    let load = Load::on(&sandbox).await;
    let (asked, checks) =
        (url.clone(), wanted.iter().map(|check| (*check).to_owned()).collect::<Vec<_>>());
    let report = tokio::task::spawn_blocking(move || {
        let checks: Vec<&str> = checks.iter().map(String::as_str).collect();
        named_on(&asked, &checks)
    })
    .await
    .unwrap();
    for (check, counter) in OF_POSTGRES {
        let all = report["settings"].as_array().unwrap();
        let one = all.iter().find(|one| one["check"] == check).unwrap();
        let evidence = one["evidence"].as_str().unwrap();
        assert!(evidence.contains(counter), "{check}: {evidence}");
    }
    load.end().await;
    let mut report = report;
    for _ in 0..STEPS {
        let mut owner = session(&sandbox).await;
        let all = report["settings"].as_array().unwrap();
        for one in all.iter().filter(|one| one["needs_consent"] != true) {
            for statement in one["statements"].as_array().unwrap() {
                plant(owner.as_mut(), &[statement.as_str().unwrap()]).await;
            }
        }
        drop(owner);
        sandbox.restart(base.clone()).await.unwrap();
        let load = Load::on(&sandbox).await;
        let asked = url.clone();
        report = tokio::task::spawn_blocking(move || look(&asked, &MACHINE)).await.unwrap();
        load.end().await;
        let after = proposed(&report);
        let left: Vec<_> = after.iter().filter(|check| wanted.contains(check.as_str())).collect();
        // The log's buffers grow step by step up to their stop.
        if left.is_empty() {
            return;
        }
        assert!(left.iter().all(|check| *check == "log-buffers-full"), "still proposed: {left:?}");
    }
    panic!("the log's buffers are still said to be too few");
}

/// As [`all_named`], for a machine that is told.
fn named_on(url: &str, wanted: &[&str]) -> Value {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    loop {
        let report = look(url, &MACHINE);
        let named = proposed(&report);
        let missing: Vec<_> = wanted.iter().filter(|id| !named.contains(**id)).collect();
        if missing.is_empty() {
            return report;
        }
        assert!(
            std::time::Instant::now() < deadline,
            "not named: {missing:?}; named: {named:?}; {:#}",
            report["not_taken"]
        );
    }
}

const COMPILED: &str =
    "SELECT count(*), sum(n), max(length(note)) FROM few WHERE n % 7 < 5 AND length(note) > 3";

#[tokio::test(flavor = "multi_thread")]
async fn compiling_that_costs_more_than_it_saves_is_left_to_larger_queries() {
    let Some(sandbox) = parts::sandbox("postgres", SandboxOptions::default()).await else { return };
    let url = sandbox.url("postgres");
    let mut owner = session(&sandbox).await;
    plant(
        owner.as_mut(),
        &[
            "CREATE TABLE few AS SELECT g AS n, 'note ' || g AS note FROM generate_series(1, 2000) g",
            "VACUUM ANALYZE few",
        ],
    )
    .await;
    assert!(!proposed(&look(&url, &MACHINE)).contains("compilation-costs-much"));
    for name in ["jit_above_cost", "jit_inline_above_cost", "jit_optimize_above_cost"] {
        plant(owner.as_mut(), &[&format!("ALTER SYSTEM SET {name} = 20")]).await;
    }
    plant(owner.as_mut(), &["SELECT pg_reload_conf()"]).await;
    drop(owner);
    let asked = |url: String| tokio::task::spawn_blocking(move || look(&url, &MACHINE));
    let mut asking = session(&sandbox).await;
    plant(asking.as_mut(), &["SELECT pg_stat_statements_reset()"]).await;
    plant(asking.as_mut(), &[COMPILED; 60]).await;
    let report = asked(url.clone()).await.unwrap();
    let all = report["settings"].as_array().unwrap();
    let Some(one) = all.iter().find(|one| one["check"] == "compilation-costs-much") else {
        // A server without its compiler has nothing to be left to.
        let has = asking.query_text("SELECT pg_jit_available()::text").await.unwrap();
        assert_eq!(has, [Some("false".to_owned())], "not proposed: {all:#?}");
        return;
    };
    let statements = one["statements"].as_array().unwrap().clone();
    for statement in &statements {
        plant(asking.as_mut(), &[statement.as_str().unwrap()]).await;
    }
    drop(asking);
    let mut asking = session(&sandbox).await;
    plant(asking.as_mut(), &["SELECT pg_stat_statements_reset()"]).await;
    plant(asking.as_mut(), &[COMPILED; 60]).await;
    let after = proposed(&asked(url).await.unwrap());
    assert!(!after.contains("compilation-costs-much"), "{after:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_version_18_counts_is_judged() {
    let Some(bin_dir) = parts::postgres_version(18) else { return };
    let options = SandboxOptions { bin_dir: Some(bin_dir), ..SandboxOptions::default() };
    let Some(mut sandbox) = parts::sandbox("postgres", options).await else { return };
    let base = sandbox.settings().to_vec();
    let mut owner = session(&sandbox).await;
    plant(
        owner.as_mut(),
        &[
            "ALTER SYSTEM SET io_method = 'sync'",
            "ALTER SYSTEM SET max_parallel_workers = 1",
            "ALTER SYSTEM SET shared_buffers = '2MB'",
            "CREATE TABLE wide AS SELECT g AS id, repeat('w', 300) AS note FROM generate_series(1, 100000) g",
            "VACUUM ANALYZE wide",
        ],
    )
    .await;
    drop(owner);
    sandbox.restart(base.clone()).await.unwrap();
    let url = sandbox.url("postgres");
    let wanted = ["reads-synchronous", "parallel-workers-not-launched"];
    let load = async |sandbox: &Sandbox| {
        let mut owner = session(sandbox).await;
        plant(owner.as_mut(), &["SELECT pg_stat_reset()"]).await;
        drop(owner);
        let mut asking = session(sandbox).await;
        plant(
            asking.as_mut(),
            &[
                "SET max_parallel_workers_per_gather = 4",
                "SET parallel_setup_cost = 0",
                "SET parallel_tuple_cost = 0",
                "SET min_parallel_table_scan_size = 0",
            ],
        )
        .await;
        plant(asking.as_mut(), &["SELECT count(*) FROM wide WHERE length(note) > 3"; 60]).await;
    };
    let early = proposed(&look(&url, &MACHINE));
    assert!(wanted.iter().all(|check| !early.contains(*check)), "without a load: {early:?}");
    load(&sandbox).await;
    let asked = url.clone();
    let report = tokio::task::spawn_blocking(move || named_on(&asked, &wanted)).await.unwrap();
    let mut owner = session(&sandbox).await;
    for one in report["settings"].as_array().unwrap() {
        for statement in one["statements"].as_array().unwrap() {
            plant(owner.as_mut(), &[statement.as_str().unwrap()]).await;
        }
    }
    drop(owner);
    sandbox.restart(base).await.unwrap();
    load(&sandbox).await;
    let after = proposed(&look(&url, &MACHINE));
    assert!(wanted.iter().all(|check| !after.contains(*check)), "still proposed: {after:?}");
}

/// What the plans of a workload say, and no counter of the server's.
#[tokio::test(flavor = "multi_thread")]
async fn hashes_that_spill_and_no_sort_ask_for_more_room_for_hashes() {
    let Some(sandbox) = parts::sandbox("postgres", SandboxOptions::default()).await else { return };
    let url = sandbox.url("postgres");
    let mut owner = session(&sandbox).await;
    plant(
        owner.as_mut(),
        &[
            "CREATE TABLE visit AS SELECT g % 14000 AS visitor, g AS id FROM generate_series(1, 200000) g",
            "VACUUM ANALYZE visit",
            "ALTER SYSTEM SET work_mem = '512kB'",
            "SELECT pg_reload_conf()",
        ],
    )
    .await;
    let desk = Desk::new();
    let spills = desk.write(
        "spills.sql",
        "-- name: visitors\nSELECT visitor, count(*) FROM visit GROUP BY visitor;",
    );
    let small = desk.write(
        "small.sql",
        "-- name: visitors\nSELECT visitor % 9, count(*) FROM visit GROUP BY 1;",
    );
    let settings = |workload: &std::path::Path| {
        let output = planwise()
            .args(["run", "--rounds", "2", "--set", "enable_sort=off", "--db", &url, "--out"])
            .arg(desk.out())
            .arg(workload)
            .output()
            .unwrap();
        assert_status(&output, 0);
        read_json(&desk.out().join("health.json"))
    };
    assert!(!proposed(&settings(&small)).contains("hashes-spill"), "a near miss");
    let report = settings(&spills);
    let all = report["settings"].as_array().unwrap();
    let one = all
        .iter()
        .find(|one| one["check"] == "hashes-spill")
        .unwrap_or_else(|| panic!("{report:#}"));
    assert!(one["evidence"].as_str().unwrap().contains("1 query spilled a hash"), "{one:#}");
    for statement in one["statements"].as_array().unwrap() {
        plant(owner.as_mut(), &[statement.as_str().unwrap()]).await;
    }
    assert!(!proposed(&settings(&spills)).contains("hashes-spill"));
}

/// By what a load shows, on both servers of the family.
const OF_FAMILY: [&str; 5] = [
    "sorts-merge",
    "temporary-tables-short",
    "connections-short",
    "deadlocks-unlogged",
    "slow-log-unlogged",
];

async fn load_of_family(sandbox: &Sandbox) -> Vec<Box<dyn Session>> {
    plant(session(sandbox).await.as_mut(), &["SET GLOBAL long_query_time = 0"]).await;
    let mut asking = session(sandbox).await;
    plant(asking.as_mut(), &["USE shop"]).await;
    plant(
        asking.as_mut(),
        &["SELECT count(*) FROM (SELECT note, max(pad) FROM wide GROUP BY note ORDER BY max(pad), note LIMIT 590) t"; 130],
    )
    .await;
    plant(asking.as_mut(), &["SELECT count(*) FROM wide a JOIN wide b ON a.pad = b.pad"; 30]).await;
    for _ in 0..6 {
        for n in 0..120 {
            plant(asking.as_mut(), &[&format!("SELECT count(*) FROM small_{n}")]).await;
        }
    }
    deadlock_of_family(sandbox).await;
    let mut open = vec![asking];
    for _ in 0..10 {
        open.push(session(sandbox).await);
    }
    open
}

async fn deadlock_of_family(sandbox: &Sandbox) {
    let (mut one, mut other) = (session(sandbox).await, session(sandbox).await);
    plant(one.as_mut(), &["USE shop", "BEGIN", "UPDATE wide SET pad = 'a' WHERE id = 10"]).await;
    plant(other.as_mut(), &["USE shop", "BEGIN", "UPDATE wide SET pad = 'b' WHERE id = 11"]).await;
    let first =
        tokio::spawn(async move { one.command("UPDATE wide SET pad = 'a' WHERE id = 11").await });
    let second =
        tokio::spawn(async move { other.command("UPDATE wide SET pad = 'b' WHERE id = 10").await });
    let (first, second) = (first.await.unwrap(), second.await.unwrap());
    assert!(first.is_err() || second.is_err(), "no deadlock came");
}

/// Each proposal moves a step; the load decides when it is enough.
const STEPS: usize = 8;

async fn symptoms_of(engine: &str, wanted: &[&str]) {
    let Some(sandbox) = parts::sandbox(engine, SandboxOptions::default()).await else { return };
    let mut owner = session(&sandbox).await;
    plant(
        owner.as_mut(),
        &[
            "CREATE DATABASE shop",
            "USE shop",
            "CREATE TABLE digit (d int PRIMARY KEY)",
            "INSERT INTO digit VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)",
            "CREATE TABLE wide (id int PRIMARY KEY, note varchar(150), pad varchar(150)) ENGINE=InnoDB CHARACTER SET latin1",
            "INSERT INTO wide SELECT a.d + 10 * b.d + 100 * c.d, concat(repeat('n', 100), a.d + 10 * b.d + 100 * c.d), \
             concat(repeat('p', 100), c.d, b.d, a.d) FROM digit a, digit b, digit c WHERE c.d < 6",
            "SET GLOBAL sort_buffer_size = 32768",
            "SET GLOBAL tmp_table_size = 32768",
            "SET GLOBAL max_heap_table_size = 16777216",
            "SET GLOBAL max_connections = 13",
            "SET GLOBAL table_open_cache = 60",
        ],
    )
    .await;
    for n in 0..120 {
        plant(owner.as_mut(), &[&format!("CREATE TABLE small_{n} (id int PRIMARY KEY)")]).await;
    }
    drop(owner);
    let url = sandbox.url("shop");
    let mut made: BTreeSet<String> = BTreeSet::new();
    for step in 0..STEPS {
        let desk = Desk::new();
        let output =
            planwise().args(["health", "--db", &url, "--out"]).arg(desk.out()).output().unwrap();
        assert_status(&output, 0);
        let quiet = proposed(&read_json(&desk.out().join("health.json")));
        if step == 0 {
            let early: Vec<_> = wanted.iter().filter(|check| quiet.contains(**check)).collect();
            assert!(early.is_empty(), "without a load: {early:?}");
        }
        let open = load_of_family(&sandbox).await;
        let since = desk.out().join("health.json").display().to_string();
        let asked = url.clone();
        let report = tokio::task::spawn_blocking(move || {
            look(&asked, &["--since", &since, "--ram", "8GB", "--cores", "4"])
        })
        .await
        .unwrap();
        drop(open);
        let named = proposed(&report);
        if step == 0 {
            let missing: Vec<_> = wanted.iter().filter(|check| !named.contains(**check)).collect();
            assert!(missing.is_empty(), "not proposed: {missing:?}; proposed: {named:?}");
        }
        let left: BTreeSet<String> =
            named.into_iter().filter(|check| wanted.contains(&check.as_str())).collect();
        if left.is_empty() {
            assert_eq!(made.len(), wanted.len());
            return;
        }
        let mut owner = session(&sandbox).await;
        let all = report["settings"].as_array().unwrap();
        for one in all.iter().filter(|one| left.contains(one["check"].as_str().unwrap())) {
            for statement in one["statements"].as_array().unwrap() {
                plant(owner.as_mut(), &[statement.as_str().unwrap()]).await;
            }
        }
        made.extend(left);
    }
    panic!("after {STEPS} steps the symptoms were still there");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_load_of_mariadb_needs_is_proposed_made_and_not_proposed_again() {
    let own = ["tables-opened-anew", "joins-without-hash"];
    symptoms_of("mariadb", &[&OF_FAMILY[..], &own].concat()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_load_of_mysql_needs_is_proposed_made_and_not_proposed_again() {
    symptoms_of("mysql", &OF_FAMILY).await;
}
