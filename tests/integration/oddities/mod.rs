//! What these servers may be set to, what their schemas may hold, and how either may end. One server for all that.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use planwise::engine::{Access, Session, SessionOptions};
use planwise::progress::Progress;
use planwise::sandbox::{Sandbox, SandboxOptions};

use crate::parts;
use crate::program::{Desk, assert_says, assert_status, planwise, query, stdout};

const SCHEMA: &str = include_str!("schema.sql");
const QUERIES: &str = include_str!("queries.sql");

/// Double quotes are for names there, and a backslash is a character like any other.
const OTHER_QUOTES: &str = "-- name: names\nSELECT \"id\" FROM \"old\" WHERE \"v\" = 'v7' LIMIT 2;\n\
     -- name: given\n-- params: [\"back\\\\slash 7\"]\nSELECT id FROM \"a`b; --\" WHERE slashed = ?;\n";

struct Stage {
    sandbox: Sandbox,
    desk: Desk,
}

impl Stage {
    async fn of(engine: &str) -> Option<Stage> {
        let desk = Desk::new();
        let script = desk.write("schema.sql", SCHEMA);
        let mut sandbox = parts::sandbox(engine, SandboxOptions::default()).await?;
        sandbox.load(&[script], Progress::hidden()).await.unwrap();
        Some(Stage { sandbox, desk })
    }

    async fn administrator(&self) -> Box<dyn Session> {
        let options = SessionOptions { access: Access::Commit, ..SessionOptions::default() };
        self.sandbox.connect(&options).await.unwrap()
    }

    /// The throwaway server's URL with another login.
    fn url_of(&self, login: &str) -> String {
        let url = self.sandbox.url(self.sandbox.database());
        let (scheme, rest) = url.split_once("://").unwrap();
        let (_, place) = rest.split_once('@').unwrap();
        format!("{scheme}://{login}@{place}")
    }

    fn run(&self, workload: &str, more: &[&str]) -> Command {
        let queries = self.desk.write("queries.sql", workload);
        let mut command = planwise();
        command.arg("run").arg(queries).args(["--db", &self.url_of("reader:secret")]).args(more);
        command.arg("--out").arg(self.desk.out());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn rows(&self, id: &str) -> Option<f64> {
        query(&self.desk.run_json(), id)["rows"].as_f64()
    }

    /// Processes that serve from this server's folder.
    fn server(&self) -> Vec<i32> {
        let url = self.sandbox.url("x");
        let socket = url.split("socket=").nth(1).unwrap().replace("%2F", "/");
        let folder = Path::new(&socket).parent().unwrap().to_owned();
        processes(|words| words.contains("mysqld") || words.contains("mariadbd"), &folder)
    }
}

/// Numbers of the processes whose command line names `folder`.
fn processes(wanted: impl Fn(&str) -> bool, folder: &Path) -> Vec<i32> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let ours = entries.filter_map(|entry| {
        let number = entry.file_name().to_str()?.parse().ok()?;
        let words = fs::read(entry.path().join("cmdline")).ok()?;
        let words = String::from_utf8_lossy(&words).into_owned();
        (words.contains(folder.to_str()?) && wanted(&words)).then_some(number)
    });
    ours.collect()
}

async fn reads_everything(engine: &str) {
    let Some(stage) = Stage::of(engine).await else { return };
    let mut administrator = stage.administrator().await;
    for statement in [
        "CREATE USER reader@localhost IDENTIFIED BY 'secret'",
        "GRANT SELECT ON test.* TO reader@localhost",
    ] {
        administrator.command(statement).await.unwrap();
    }
    let output = stage.run(QUERIES, &["--rounds=3"]).output().unwrap();
    assert_status(&output, 0);
    let expected =
        [("hostile", 2.0), ("binary", 2.0), ("slash", 1.0), ("unsigned", 1.0), ("given", 1.0)];
    for (id, rows) in expected {
        assert_eq!(stage.rows(id), Some(rows), "{engine}: {id}\n{}", stdout(&output));
    }
    let catalog = administrator.catalog().await.unwrap();
    let noted = catalog.table(None, "noted").unwrap();
    assert_eq!(noted.triggers, ["noted_too"]);
    let old = catalog.table(None, "old").unwrap();
    assert_eq!(old.storage.as_deref(), Some("MyISAM"));

    administrator
        .command("SET GLOBAL sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'")
        .await
        .unwrap();
    let output = stage.run(OTHER_QUOTES, &["--rounds=3"]).output().unwrap();
    assert_status(&output, 0);
    assert_eq!((stage.rows("names"), stage.rows("given")), (Some(2.0), Some(1.0)), "{engine}");
    assert_says(&stdout(&output), &["ANSI_QUOTES"]);
    administrator.command("SET GLOBAL sql_mode = DEFAULT").await.unwrap();

    let pressed = begun(&stage, administrator.as_mut()).await;
    signal(&pressed, Signal::SIGINT);
    let output = pressed.wait_with_output().unwrap();
    assert_status(&output, 130);
    assert_eq!(stage.desk.run_json()["interrupted"], true, "{engine}");

    let orphaned = begun(&stage, administrator.as_mut()).await;
    let serving = stage.server();
    assert!(!serving.is_empty(), "{engine}");
    serving.iter().for_each(|pid| kill(Pid::from_raw(*pid), Signal::SIGKILL).unwrap());
    let output = orphaned.wait_with_output().unwrap();
    assert_status(&output, 3);
    assert!(!stage.desk.run_json()["lost"].is_null(), "{engine}");
}

/// A run that has executed for a while.
async fn begun(stage: &Stage, administrator: &mut dyn Session) -> Child {
    let child = stage.run(QUERIES, &["--rounds=100000"]).spawn().unwrap();
    let mut done = 0.0;
    let deadline = Instant::now() + Duration::from_secs(60);
    let before = executed(administrator).await;
    while done < before + 300.0 {
        assert!(Instant::now() < deadline, "the run never began");
        tokio::time::sleep(Duration::from_millis(20)).await;
        done = executed(administrator).await;
    }
    child
}

async fn executed(session: &mut dyn Session) -> f64 {
    session.counters().await.unwrap().get("com_stmt_execute").unwrap_or(0.0)
}

fn signal(child: &Child, signal: Signal) {
    let _ = kill(Pid::from_raw(child.id() as i32), signal);
}

#[tokio::test(flavor = "multi_thread")]
async fn mariadb_is_read_however_it_is_set() {
    reads_everything("mariadb").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mysql_is_read_however_it_is_set() {
    reads_everything("mysql").await;
}

/// Enough rows that an index is worth a trial.
const MORE: &str = "INSERT INTO `a``b; --` SELECT o.id - 1000 * n.seq, o.`select`, o.born, o.bin, o.emo, o.slashed \
     FROM `a``b; --` o JOIN number n ON n.seq <= 12;\n";

/// What there is of a throwaway server in `folder` when a phase of tune has begun.
type Phase = fn(&Path) -> bool;

const PHASES: [(&str, Phase); 3] = [
    ("a folder is there", |folder| servers(folder) >= 1),
    ("the server listens", |folder| sockets(folder) >= 1),
    ("a copy of it is there", |folder| servers(folder) >= 2),
];

fn servers(folder: &Path) -> usize {
    fs::read_dir(folder).map_or(0, |entries| entries.flatten().count())
}

fn sockets(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter(|entry| entry.path().join("mysql.sock").exists()).count()
}

#[test]
fn nothing_is_left_of_a_tuning_that_was_interrupted_in_any_phase() {
    for (engine, phases) in [("mariadb", &PHASES[..]), ("mysql", &PHASES[2..])] {
        let bin_dir = match engine {
            "mysql" => match parts::mysql_server() {
                Some(folder) => Some(folder),
                None => continue,
            },
            _ => None,
        };
        for (name, phase) in phases {
            let (output, left) = interrupted(engine, bin_dir.as_deref(), *phase);
            let code = output.status.code();
            assert_eq!(code, Some(130), "{engine}, {name}: {}", stdout(&output));
            assert_eq!(left, Vec::<PathBuf>::new(), "{engine}, {name}");
        }
    }
}

/// What it printed, and what is left in its folder for temporary files.
fn interrupted(engine: &str, bin_dir: Option<&Path>, phase: Phase) -> (Output, Vec<PathBuf>) {
    let desk = Desk::new();
    let temporary = tempfile::tempdir_in("/tmp").unwrap();
    fs::set_permissions(temporary.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let (schema, queries) =
        (desk.write("schema.sql", format!("{SCHEMA}{MORE}")), desk.write("queries.sql", QUERIES));
    let mut command = planwise();
    command.arg("tune").arg(queries).arg(format!("--sandbox={engine}")).arg("--load").arg(schema);
    if let Some(folder) = bin_dir {
        command.arg("--server-bin").arg(folder);
    }
    command.arg("--out").arg(desk.out()).env("TMPDIR", temporary.path());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(120);
    while !phase(temporary.path()) {
        assert!(Instant::now() < deadline, "{engine} never came so far");
        if child.try_wait().unwrap().is_some() {
            let output = child.wait_with_output().unwrap();
            panic!("{engine} ended by itself: {}", stdout(&output));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    signal(&child, Signal::SIGINT);
    let output = child.wait_with_output().unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    let left = || {
        let folders = fs::read_dir(temporary.path()).unwrap().flatten().map(|entry| entry.path());
        let serving = processes(|_| true, temporary.path());
        folders.chain(serving.into_iter().map(|pid| PathBuf::from(format!("/proc/{pid}"))))
    };
    while left().next().is_some() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(20));
    }
    (output, left().collect())
}
