//! Settings: the symptom is brought about, the setting proposed and made, and then the server is left alone. At its
//! default, without the symptom, each is left alone as well: the healthy servers of the other tests show that.

use std::collections::BTreeSet;

use planwise::sandbox::SandboxOptions;
use serde_json::Value;

use super::{ids, look, plant, session};
use crate::parts;
use crate::program::{Desk, assert_status, planwise};

fn options(pairs: &[(&str, &str)]) -> SandboxOptions {
    let settings = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    SandboxOptions { settings: settings.collect(), ..SandboxOptions::default() }
}

/// Every statement that the report proposes, in its order.
fn statements(report: &Value) -> Vec<String> {
    let proposed =
        report["settings"].as_array().unwrap().iter().filter(|one| one["needs_consent"] != true);
    let all = proposed.flat_map(|one| one["statements"].as_array().unwrap().clone());
    all.map(|statement| statement.as_str().unwrap().to_owned()).collect()
}

fn names(wanted: &[&str]) -> BTreeSet<String> {
    wanted.iter().map(|name| (*name).to_owned()).collect()
}

/// By value: no server should have these, whatever its load.
const ODD: [(&str, &str, &str); 24] = [
    ("fsync", "off", "fsync-off"),
    ("full_page_writes", "off", "full-page-writes-off"),
    ("autovacuum", "off", "autovacuum-disabled"),
    ("autovacuum_naptime", "1h", "vacuum-looks-seldom"),
    ("autovacuum_vacuum_cost_delay", "20ms", "vacuum-pauses-long"),
    ("autovacuum_freeze_max_age", "2000000000", "freezing-starts-late"),
    ("enable_seqscan", "off", "seq-scan-forbidden"),
    ("enable_indexscan", "off", "index-scan-forbidden"),
    ("enable_nestloop", "off", "nested-loop-forbidden"),
    ("enable_hashjoin", "off", "hash-join-forbidden"),
    ("random_page_cost", "0.5", "page-costs-reversed"),
    ("join_collapse_limit", "1", "join-order-fixed"),
    ("from_collapse_limit", "1", "subqueries-fixed"),
    ("plan_cache_mode", "force_generic_plan", "plans-forced-generic"),
    ("default_statistics_target", "5000", "statistics-target-heavy"),
    ("parallel_setup_cost", "0", "parallel-costs-nothing"),
    ("max_parallel_workers", "12", "parallel-workers-missing"),
    ("max_parallel_workers_per_gather", "40", "parallel-beyond-cores"),
    ("max_parallel_maintenance_workers", "40", "parallel-maintenance-beyond-cores"),
    ("commit_delay", "1000", "commits-delayed-for-nobody"),
    ("deadlock_timeout", "10ms", "deadlock-search-too-often"),
    ("effective_cache_size", "8MB", "cache-size-understated"),
    ("work_mem", "2GB", "work-mem-too-large"),
    ("temp_buffers", "2GB", "temp-buffers-too-large"),
];

#[tokio::test(flavor = "multi_thread")]
async fn odd_values_are_set_right_and_then_left_alone() {
    let Some(mut sandbox) = parts::sandbox("postgres", SandboxOptions::default()).await else {
        return;
    };
    let mut owner = session(&sandbox).await;
    // In the server's own file, where ALTER SYSTEM writes too; nothing on its command line.
    for (name, value, _) in ODD {
        plant(owner.as_mut(), &[&format!("ALTER SYSTEM SET {name} = '{value}'")]).await;
    }
    drop(owner);
    // The sandbox's own command line would win over the file: these are taken from it.
    sandbox.restart(Vec::new()).await.unwrap();
    let url = sandbox.url("postgres");
    let told = ["--ram", "8GB", "--cores", "4"];
    let report = look(&url, &told);
    let proposed = ids(&report, "settings");
    let on_command_line = ["fsync-off", "vacuum-looks-seldom"];
    let wanted: BTreeSet<String> = ODD.iter().map(|(_, _, check)| (*check).to_owned()).collect();
    let missing: Vec<_> =
        wanted.difference(&proposed).filter(|id| !on_command_line.contains(&id.as_str())).collect();
    assert!(missing.is_empty(), "not proposed: {missing:?}\nproposed: {proposed:?}");
    for one in report["settings"].as_array().unwrap() {
        for key in ["evidence", "reason", "risk", "trial", "line", "to"] {
            assert!(!one[key].as_str().unwrap().is_empty(), "{key} of {one}");
        }
        assert!(!one["undo"].as_array().unwrap().is_empty(), "{one}");
    }

    let desk = Desk::new();
    let written = planwise()
        .args(["health", "--db", &url, "--out"])
        .arg(desk.out())
        .args(told)
        .output()
        .unwrap();
    assert_status(&written, 0);
    let script = std::fs::read_to_string(desk.out().join("settings.sql")).unwrap();
    let mut owner = session(&sandbox).await;
    for statement in
        script.lines().filter(|line| !line.starts_with("--") && !line.trim().is_empty())
    {
        plant(owner.as_mut(), &[statement]).await;
    }
    drop(owner);
    sandbox
        .restart(vec![
            ("fsync".to_owned(), "on".to_owned()),
            ("autovacuum_naptime".to_owned(), "60".to_owned()),
        ])
        .await
        .unwrap();
    let after = ids(&look(&sandbox.url("postgres"), &told), "settings");
    let left: Vec<_> = wanted.intersection(&after).collect();
    assert!(left.is_empty(), "still proposed: {left:?}");
}

/// By what a load shows.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_load_shows_is_set_right() {
    let small = options(&[("fsync", "on"), ("autovacuum_naptime", "60"), ("wal_buffers", "32kB")]);
    let Some(sandbox) = parts::sandbox("postgres", small).await else { return };
    let mut owner = session(&sandbox).await;
    plant(owner.as_mut(), &[
        "SELECT pg_stat_reset(), pg_stat_reset_shared('bgwriter'), pg_stat_reset_shared('wal')",
        "ALTER SYSTEM SET work_mem = '64kB'",
            "ALTER SYSTEM SET max_wal_size = '32MB'",
        "ALTER SYSTEM SET checkpoint_completion_target = '0.5'",
        "ALTER SYSTEM SET log_lock_waits = 'off'",
        "SELECT pg_reload_conf()",
        "CREATE TABLE busy (id int PRIMARY KEY, x int, note text) WITH (autovacuum_enabled = true)",
        "INSERT INTO busy SELECT n, n, repeat('x', 400) FROM generate_series(1, 120000) n",
        "CREATE INDEX ON busy (x)",
        "VACUUM ANALYZE busy",
        "UPDATE busy SET x = x + 1 WHERE id % 5 = 0",
        "UPDATE busy SET x = x + 1 WHERE id % 5 = 1",
        "CREATE TABLE moving (id int PRIMARY KEY, x int)",
        "CREATE INDEX ON moving (x)",
        "INSERT INTO moving SELECT n, n FROM generate_series(1, 8000) n",
        "UPDATE moving SET x = x + 1",
        "UPDATE moving SET x = x + 2",
        "UPDATE moving SET x = x + 3",
        "CREATE TABLE wide (a int, b text)",
        "INSERT INTO wide SELECT n, repeat('y', 300) FROM generate_series(1, 60000) n",
    ]).await;
    let mut asking = session(&sandbox).await;
    for _ in 0..4 {
        plant(
            asking.as_mut(),
            &["SELECT count(*) FROM (SELECT * FROM wide ORDER BY b, a OFFSET 1) sorted"],
        )
        .await;
    }
    let mut idle = session(&sandbox).await;
    plant(idle.as_mut(), &["BEGIN; SELECT 1"]).await;
    drop(asking);
    let url = sandbox.url("postgres");
    let wanted = [
        "analyze-comes-late",
        "checkpoints-forced",
        "checkpoints-hurry",
        "idle-transactions-unbounded",
        "temporary-files-unlogged",
        "updates-find-no-room",
        "vacuum-comes-late",
        "work-mem-short",
    ];
    let named = url.clone();
    let report = tokio::task::spawn_blocking(move || super::all_named(&named, "settings", &wanted))
        .await
        .unwrap();
    let of = |check: &str| {
        let all = report["settings"].as_array().unwrap();
        all.iter().find(|one| one["check"] == check).unwrap().clone()
    };
    assert!(of("work-mem-short")["usual"].to_string().contains("pgtune"));
    assert!(
        of("vacuum-comes-late")["statements"][0]
            .as_str()
            .unwrap()
            .starts_with("ALTER TABLE public.busy SET (")
    );
    let by_name: Vec<String> = report["settings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("{} {}", one["name"], one["target"]))
        .collect();
    assert_eq!(
        by_name.len(),
        by_name.iter().collect::<BTreeSet<_>>().len(),
        "one setting, two proposals"
    );

    drop(idle);
    for statement in statements(&report) {
        plant(owner.as_mut(), &[&statement]).await;
    }
    plant(
        owner.as_mut(),
        &["VACUUM ANALYZE busy", "SELECT pg_stat_reset(), pg_stat_reset_shared('bgwriter')"],
    )
    .await;
    // The same questions as before, now with what was proposed.
    let mut asking = session(&sandbox).await;
    plant(
        asking.as_mut(),
        &["SELECT count(*) FROM (SELECT * FROM wide ORDER BY b, a OFFSET 1) sorted"],
    )
    .await;
    drop(asking);
    let after = ids(&look(&url, &[]), "settings");
    let left: Vec<_> = names(&wanted).intersection(&after).cloned().collect();
    assert!(left.is_empty() || left == ["checkpoints-forced"], "still proposed: {left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_is_told_in_its_own_words_and_keeps_what_is_its_own() {
    let Some(sandbox) = parts::sandbox("postgres", SandboxOptions::default()).await else { return };
    let mut owner = session(&sandbox).await;
    plant(
        owner.as_mut(),
        &["ALTER SYSTEM SET autovacuum_vacuum_cost_delay = '20ms'", "SELECT pg_reload_conf()"],
    )
    .await;
    drop(owner);
    let desk = Desk::new();
    let output = planwise()
        .args(["health", "--platform", "rds", "--db", &sandbox.url("postgres"), "--out"])
        .arg(desk.out())
        .output()
        .unwrap();
    assert_status(&output, 0);
    let command = std::fs::read_to_string(desk.out().join("settings.sh")).unwrap();
    assert!(
        command.contains(
            "ParameterName=autovacuum_vacuum_cost_delay,ParameterValue=2,ApplyMethod=immediate"
        ),
        "{command}"
    );
    assert!(!command.contains("fsync"), "{command}");
    let report = crate::program::read_json(&desk.out().join("health.json"));
    assert!(
        report["not_taken"].to_string().contains("keeps this setting"),
        "{}",
        report["not_taken"]
    );
}

/// Both servers of the family: set by statement, and left alone afterwards.
async fn odd_values_of(engine: &str, odd: &[(&str, &str, &str)]) {
    let healthy = options(&[
        ("innodb-flush-log-at-trx-commit", "1"),
        ("innodb-doublewrite", "1"),
        ("innodb-stats-auto-recalc", "1"),
    ]);
    let Some(sandbox) = parts::sandbox(engine, healthy).await else { return };
    let mut owner = session(&sandbox).await;
    for (name, value, _) in odd {
        plant(owner.as_mut(), &[&format!("SET GLOBAL {name} = {value}")]).await;
    }
    let url = sandbox.url(sandbox.database());
    let told = ["--ram", "8GB", "--cores", "4", "--storage", "ssd"];
    let report = look(&url, &told);
    let proposed = ids(&report, "settings");
    let wanted: BTreeSet<String> = odd.iter().map(|(_, _, check)| (*check).to_owned()).collect();
    let missing: Vec<_> = wanted.difference(&proposed).collect();
    assert!(missing.is_empty(), "not proposed: {missing:?}\nproposed: {proposed:?}");
    for statement in statements(&report) {
        plant(owner.as_mut(), &[&statement]).await;
    }
    let after = ids(&look(&url, &told), "settings");
    let left: Vec<_> = wanted.intersection(&after).collect();
    assert!(left.is_empty(), "still proposed: {left:?}");
}

const OF_BOTH: [(&str, &str, &str); 12] = [
    ("innodb_flush_log_at_trx_commit", "0", "commits-unsafe"),
    ("sort_buffer_size", "67108864", "sort-buffer-large"),
    ("join_buffer_size", "67108864", "join-buffer-size-large"),
    ("read_buffer_size", "67108864", "read-buffer-size-large"),
    ("read_rnd_buffer_size", "67108864", "read-rnd-buffer-size-large"),
    ("optimizer_prune_level", "0", "optimizer-searches-all"),
    ("optimizer_search_depth", "2", "optimizer-searches-little"),
    ("eq_range_index_dive_limit", "3", "dives-off"),
    ("innodb_stats_persistent", "OFF", "statistics-forgotten"),
    ("innodb_stats_auto_recalc", "OFF", "statistics-not-renewed"),
    ("innodb_lock_wait_timeout", "600", "lock-wait-long"),
    ("innodb_file_per_table", "OFF", "own-files-off"),
];

#[tokio::test(flavor = "multi_thread")]
async fn odd_values_of_mariadb_are_set_right() {
    let own = [
        ("use_stat_tables", "'NEVER'", "engine-statistics-unused"),
        ("innodb_deadlock_detect", "OFF", "deadlocks-not-found"),
    ];
    odd_values_of("mariadb", &[&OF_BOTH[..], &own].concat()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_values_of_mysql_are_set_right() {
    let own = [
        ("internal_tmp_mem_storage_engine", "'MEMORY'", "temporary-engine-old"),
        ("innodb_deadlock_detect", "OFF", "deadlocks-not-found"),
    ];
    odd_values_of("mysql", &[&OF_BOTH[..], &own].concat()).await;
}
