//! A standby that really follows, a slot that nobody reads any more, and ids that run out.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use planwise::engine::Session;
use planwise::sandbox::{Sandbox, SandboxOptions};
use serde_json::Value;

use super::{all_named, ids, look, plant, says, session};
use crate::parts;

fn options(pairs: &[(&str, &str)]) -> SandboxOptions {
    let settings = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    SandboxOptions { settings: settings.collect(), ..SandboxOptions::default() }
}

/// A program of the server, as the account that its files belong to.
fn program(sandbox: &Sandbox, name: &str) -> Command {
    let mut command = Command::new(sandbox.installation().bin_dir.join(name));
    if let Some(account) = sandbox.data_folder().1 {
        command.uid(account.uid).gid(account.gid);
    }
    command.stdin(Stdio::null()).stdout(Stdio::null()).current_dir("/");
    command
}

fn run(command: &mut Command) {
    let output = command.stderr(Stdio::piped()).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Made from the primary by a base backup, and gone when it is dropped.
struct Standby {
    server: Child,
    folder: PathBuf,
}

impl Standby {
    fn of(primary: &Sandbox, slot: &str) -> Standby {
        let folder = primary.directory().join("standby");
        run(program(primary, "pg_basebackup")
            .args([
                "-p", "5432", "-U", "postgres", "-R", "-X", "stream", "-C", "-S", slot, "-c",
                "fast", "-h",
            ])
            .arg(primary.directory())
            .arg("-D")
            .arg(&folder));
        let server = program(primary, "postgres")
            .arg("-D")
            .arg(&folder)
            .arg("-k")
            .arg(&folder)
            .args(["-c", "listen_addresses=", "-c", "port=5432", "-c", "log_destination=stderr"])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Standby { server, folder }
    }

    fn url(&self) -> String {
        format!("postgresql:///postgres?host={}&port=5432&user=postgres", self.folder.display())
    }
}

impl Drop for Standby {
    fn drop(&mut self) {
        // SIGINT: fast shutdown; a killed postmaster would leave its processes behind.
        let id = nix::unistd::Pid::from_raw(self.server.id() as i32);
        let _ = nix::sys::signal::kill(id, nix::sys::signal::Signal::SIGINT);
        let _ = self.server.wait();
    }
}

fn vital<'r>(report: &'r Value, id: &str) -> &'r str {
    let all = report["vitals"].as_array().unwrap();
    all.iter().find(|one| one["id"] == id).unwrap_or_else(|| panic!("{all:#?}"))["shown"]
        .as_str()
        .unwrap()
}

/// Looks until `is` holds of the report.
async fn until(url: &str, what: &str, is: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let asked = url.to_owned();
        let report = tokio::task::spawn_blocking(move || look(&asked, &[])).await.unwrap();
        if is(&report) {
            return report;
        }
        assert!(Instant::now() < deadline, "never {what}: {report:#}");
    }
}

async fn on(url: &str) -> Box<dyn Session> {
    let engine = planwise::engine::by_name("postgres").unwrap();
    let options = planwise::engine::SessionOptions {
        access: planwise::engine::Access::Commit,
        ..Default::default()
    };
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        match engine.connect(url, &options).await {
            Ok(session) => return session,
            Err(error) => assert!(Instant::now() < deadline, "{url}: {error}"),
        }
    }
}

fn named(report: &Value, id: &str) -> bool {
    ids(report, "ailments").contains(id)
}

const WRITE_80_MB: &str =
    "INSERT INTO filled SELECT repeat('x', 2000) FROM generate_series(1, 40000)";

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_that_falls_behind_and_a_slot_that_nobody_reads() {
    let ordinary = [("fsync", "on"), ("autovacuum_naptime", "60"), ("max_wal_size", "2GB")];
    let Some(primary) = parts::sandbox("postgres", options(&ordinary)).await else { return };
    let url = primary.url("postgres");
    let mut owner = session(&primary).await;
    plant(
        owner.as_mut(),
        &["CREATE TABLE filled (note text)", "ALTER TABLE filled ALTER note SET STORAGE EXTERNAL"],
    )
    .await;
    let standby = Standby::of(&primary, "first");
    let mut follower = on(&standby.url()).await;

    let streams = |report: &Value| vital(report, "standbys").starts_with("1 standby");
    let report = until(&url, "followed", |report| streams(report)).await;
    let troubles = ids(&report, "ailments");
    assert!(troubles.is_empty(), "of a standby that follows: {troubles:?}");
    let there =
        until(&standby.url(), "in recovery", |report| report["server"]["replica"] == true).await;
    assert!(!named(&there, "standby-behind"), "{there:#}");

    plant(follower.as_mut(), &["SELECT pg_wal_replay_pause()"]).await;
    plant(owner.as_mut(), &[WRITE_80_MB]).await;
    let report = until(&url, "behind", |report| named(report, "replica-lag")).await;
    says(&report["ailments"].to_string(), "pg_stat_replication");
    let there = until(&standby.url(), "paused", |report| named(report, "standby-behind")).await;
    says(&there["ailments"].to_string(), "replay is paused");
    says(&there["ailments"].to_string(), "pg_wal_replay_resume");
    // What only a primary can be asked to change is not asked of a standby.
    assert!(!named(&there, "archiving-fails"), "{there:#}");
    plant(follower.as_mut(), &["SELECT pg_wal_replay_resume()"]).await;
    until(&url, "caught up", |report| !named(report, "replica-lag")).await;
    until(&standby.url(), "resumed", |report| !named(report, "standby-behind")).await;

    drop(follower);
    drop(standby);
    plant(owner.as_mut(), &[WRITE_80_MB]).await;
    let report = until(&url, "held back", |report| named(report, "slot-holds-log")).await;
    says(&report["ailments"].to_string(), "pg_drop_replication_slot('first')");
    assert!(
        ids(&report, "settings").contains("slots-may-fill-the-disk"),
        "{:#}",
        report["settings"]
    );

    plant(
        owner.as_mut(),
        &[
            "ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'",
            "ALTER SYSTEM SET max_wal_size = '32MB'",
            "SELECT pg_reload_conf()",
            WRITE_80_MB,
            "CHECKPOINT",
            WRITE_80_MB,
            "CHECKPOINT",
        ],
    )
    .await;
    let asked = url.clone();
    let report = tokio::task::spawn_blocking(move || all_named(&asked, "ailments", &["slot-lost"]))
        .await
        .unwrap();
    assert!(!named(&report, "slot-holds-log"), "{report:#}");
    // What helps, helps.
    plant(owner.as_mut(), &["SELECT pg_drop_replication_slot('first')"]).await;
    until(&url, "dropped", |report| !named(report, "slot-lost")).await;
}

const FAR: u64 = 1_500_000_000;

/// A piece of the commit log that covers transaction `FAR`, all of it committed.
fn commit_log(data: &Path, owner: Option<(u32, u32)>) -> std::io::Result<()> {
    let piece = data.join("pg_xact").join(format!("{:04X}", FAR / (8192 * 4 * 32)));
    std::fs::write(&piece, vec![0x55_u8; 32 * 8192])?;
    if let Some((uid, gid)) = owner {
        std::os::unix::fs::chown(&piece, Some(uid), Some(gid))?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_that_run_out_are_named_until_the_rows_are_frozen() {
    let ordinary = [
        ("fsync", "on"),
        ("autovacuum_naptime", "60"),
        ("autovacuum_freeze_max_age", "1900000000"),
    ];
    let Some(mut sandbox) = parts::sandbox("postgres", options(&ordinary)).await else { return };
    let settings = sandbox.settings().to_vec();
    let mut reset = program(&sandbox, "pg_resetwal");
    sandbox
        .reshape(settings, |data, account| {
            run(reset.args(["-f", "-x", &FAR.to_string()]).arg("-D").arg(data));
            commit_log(data, account.map(|account| (account.uid, account.gid)))
        })
        .await
        .unwrap();
    let url = sandbox.url("postgres");
    let report = until(&url, "old", |report| named(report, "transaction-ids-run-out")).await;
    let all = report["ailments"].as_array().unwrap();
    let one = all.iter().find(|one| one["id"] == "transaction-ids-run-out").unwrap();
    assert_eq!(one["severity"], "high", "{one:#}");
    says(&one.to_string(), "2,146,483,648");
    // On the command line, where no statement reaches it.
    says(&report["not_taken"].to_string(), "freezing-starts-late");

    for database in ["postgres", "template1"] {
        let url = sandbox.url(database);
        plant(on(&url).await.as_mut(), &["VACUUM FREEZE"]).await;
    }
    let left = until(&url, "frozen", |report| {
        let all = report["ailments"].as_array().unwrap();
        let one = all.iter().find(|one| one["id"] == "transaction-ids-run-out");
        one.is_none_or(|one| !one["places"].to_string().contains("database postgres"))
    })
    .await;
    drop(left);
}
