//! Throwaway servers, from start to the last trace of them.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use planwise::engine::{self, Access, Session, SessionOptions};
use planwise::progress::Progress;
use planwise::sandbox::{Sandbox, SandboxError, SandboxOptions, working_in};

use crate::parts;

/// A root and a cache of the test's own, reachable by the server's account.
struct Place {
    root: tempfile::TempDir,
    cache: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        use std::os::unix::fs::PermissionsExt;
        let root = tempfile::tempdir_in("/tmp").unwrap();
        fs::set_permissions(root.path(), PermissionsExt::from_mode(0o755)).unwrap();
        Place { root, cache: tempfile::tempdir().unwrap() }
    }

    fn options(&self) -> SandboxOptions {
        SandboxOptions {
            directory_root: Some(self.root.path().to_owned()),
            cache_folder: Some(self.cache.path().to_owned()),
            ..SandboxOptions::default()
        }
    }

    fn left_behind(&self) -> Vec<PathBuf> {
        fs::read_dir(self.root.path()).unwrap().map(|entry| entry.unwrap().path()).collect()
    }
}

async fn session(sandbox: &Sandbox) -> Box<dyn Session> {
    let options = SessionOptions { access: Access::Commit, ..SessionOptions::default() };
    sandbox.connect(&options).await.unwrap()
}

async fn ask(session: &mut dyn Session, sql: &str) -> String {
    let rows = session.query_text(sql).await.unwrap();
    rows.into_iter().map(|row| row.unwrap_or("NULL".into())).collect::<Vec<_>>().join(",")
}

fn server_pid(directory: &Path) -> String {
    fs::read_to_string(directory.join("server.pid")).unwrap()
}

#[tokio::test]
async fn a_server_starts_on_a_socket_only_and_leaves_nothing_behind() {
    let place = Place::new();
    let Some(sandbox) = parts::sandbox("postgres", place.options()).await else { return };
    let directory = sandbox.directory().to_owned();
    let mut session = session(&sandbox).await;
    assert_eq!(ask(&mut *session, "SHOW listen_addresses").await, "");
    assert_eq!(ask(&mut *session, "SHOW fsync").await, "off");
    // What the planner looks at is what an ordinary server has.
    let changed = "SELECT count(*) FROM pg_settings WHERE category LIKE 'Query Tuning%' \
                   AND setting <> boot_val AND name <> 'effective_cache_size'";
    assert_eq!(ask(&mut *session, changed).await, "0");
    assert!(!working_in(&directory).is_empty());
    drop(sandbox);
    assert_eq!(place.left_behind(), Vec::<PathBuf>::new());
    assert_eq!(working_in(&directory), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn extensions_that_are_installed_are_in_every_database() {
    let Some(sandbox) = parts::postgres().await else { return };
    let mut first = session(&sandbox).await;
    let available = "SELECT name FROM pg_available_extensions \
                     WHERE name IN ('hypopg', 'pg_stat_statements') ORDER BY 1";
    let created = "SELECT extname FROM pg_extension \
                   WHERE extname IN ('hypopg', 'pg_stat_statements') ORDER BY 1";
    let available = ask(&mut *first, available).await;
    assert_eq!(ask(&mut *first, created).await, available);
    first.command("CREATE DATABASE another").await.unwrap();
    first.command("DROP SCHEMA public CASCADE").await.unwrap();
    assert_eq!(ask(&mut *first, created).await, available);
    let options = SessionOptions::default();
    let mut other = sandbox.engine().connect(&sandbox.url("another"), &options).await.unwrap();
    assert_eq!(ask(&mut *other, created).await, available);
}

#[tokio::test]
async fn root_hands_the_server_to_an_ordinary_account_without_its_groups() {
    let Some(sandbox) = parts::postgres().await else { return };
    let status = format!("/proc/{}/status", server_pid(sandbox.directory()));
    let status = fs::read_to_string(status).unwrap();
    let owner = fs::metadata(sandbox.directory()).unwrap().uid();
    let line = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split_whitespace().skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(line("Uid:"), vec![owner.to_string(); 4]);
    if nix::unistd::Uid::effective().is_root() {
        assert_ne!(owner, 0);
        assert_eq!(line("Groups:"), Vec::<String>::new());
    }
}

#[tokio::test]
async fn many_starts_at_once_share_one_cluster_and_do_not_meet() {
    let place = Place::new();
    let starts = (0..4).map(|_| parts::sandbox("postgres", place.options()));
    let sandboxes: Vec<_> =
        futures_util::future::join_all(starts).await.into_iter().flatten().collect();
    if sandboxes.is_empty() {
        return;
    }
    let directories: BTreeSet<_> = sandboxes.iter().map(Sandbox::directory).collect();
    assert_eq!(directories.len(), 4);
    let entries = fs::read_dir(place.cache.path()).unwrap().flatten();
    assert_eq!(entries.filter(|entry| entry.path().is_dir()).count(), 1);
    let mut first = session(&sandboxes[0]).await;
    first.command("CREATE TABLE mine (x int)").await.unwrap();
    let mut second = session(&sandboxes[1]).await;
    assert_eq!(ask(&mut *second, "SELECT to_regclass('mine')::text").await, "NULL");
}

#[tokio::test]
async fn a_damaged_cache_is_made_anew() {
    let place = Place::new();
    let Some(first) = parts::sandbox("postgres", place.options()).await else { return };
    drop(first);
    // Same length, so only the server can notice.
    let entry =
        fs::read_dir(place.cache.path()).unwrap().flatten().find(|e| e.path().is_dir()).unwrap();
    let control = entry.path().join("data/global/pg_control");
    let length = fs::metadata(&control).unwrap().len();
    fs::write(&control, vec![7; usize::try_from(length).unwrap()]).unwrap();
    let second = parts::sandbox("postgres", place.options()).await.unwrap();
    assert_eq!(ask(&mut *session(&second).await, "SELECT 1").await, "1");
    assert_ne!(fs::read(&control).unwrap()[..4], [7; 4]);
}

#[tokio::test]
async fn a_cached_start_is_quick() {
    let place = Place::new();
    let Some(first) = parts::sandbox("postgres", place.options()).await else { return };
    drop(first);
    let started = Instant::now();
    let second = parts::sandbox("postgres", place.options()).await.unwrap();
    let took = started.elapsed();
    drop(second);
    // A third of a second alone; other tests compete for the processors.
    assert!(took.as_secs_f64() < 30.0, "{took:?}");
}

#[tokio::test]
async fn a_server_that_does_not_start_is_quoted() {
    let place = Place::new();
    let settings = vec![("shared_buffers".to_owned(), "plenty".to_owned())];
    let options = SandboxOptions { settings, ..place.options() };
    let engine = engine::by_name("postgres").unwrap();
    match Sandbox::start(engine, options).await {
        Err(SandboxError::NotInstalled { .. }) => drop(parts::missing::<()>("no server")),
        Err(error) => {
            let message = error.to_string();
            assert!(
                message.contains("invalid value for parameter \"shared_buffers\""),
                "{message}"
            );
            assert!(error.is_database());
        }
        Ok(_) => panic!("it started"),
    }
    assert_eq!(place.left_behind(), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn a_folder_without_programs_is_named_with_the_package() {
    let empty = tempfile::tempdir().unwrap();
    let options =
        SandboxOptions { bin_dir: Some(empty.path().to_owned()), ..SandboxOptions::default() };
    let error = Sandbox::start(engine::by_name("postgres").unwrap(), options).await.err().unwrap();
    let message = error.to_string();
    assert!(message.contains(&empty.path().display().to_string()), "{message}");
    assert!(message.contains("package postgresql") && message.contains("--pg-bin"), "{message}");
}

#[tokio::test]
async fn settings_can_be_changed_by_a_restart_that_keeps_the_data() {
    let Some(mut sandbox) = parts::postgres().await else { return };
    session(&sandbox).await.command("CREATE TABLE kept AS SELECT 1 AS x").await.unwrap();
    sandbox.restart(vec![("shared_buffers".into(), "64MB".into())]).await.unwrap();
    let mut session = session(&sandbox).await;
    assert_eq!(ask(&mut *session, "SHOW shared_buffers").await, "64MB");
    assert_eq!(ask(&mut *session, "SELECT x FROM kept").await, "1");
}

#[tokio::test]
async fn a_panic_leaves_nothing_behind() {
    let place = Place::new();
    let options = place.options();
    let outcome = tokio::spawn(async move {
        let Some(sandbox) = parts::sandbox("postgres", options).await else { return };
        assert!(sandbox.directory().exists());
        panic!("on purpose");
    });
    drop(outcome.await);
    assert_eq!(place.left_behind(), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn an_interrupted_start_leaves_nothing_behind() {
    let place = Place::new();
    let engine = engine::by_name("postgres").unwrap();
    for milliseconds in [1, 60, 250, 600] {
        let start = Sandbox::start(engine, place.options());
        let patience = std::time::Duration::from_millis(milliseconds);
        drop(tokio::time::timeout(patience, start).await);
        assert_eq!(place.left_behind(), Vec::<PathBuf>::new(), "after {milliseconds} ms");
    }
}

#[tokio::test]
async fn scripts_packed_scripts_and_tables_are_loaded_in_order() {
    let Some(mut sandbox) = parts::postgres().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    };
    let packed = |text: &str| {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(text.as_bytes()).unwrap();
        packer.finish().unwrap()
    };
    let schema = "CREATE TABLE film (id int PRIMARY KEY, title text, length int);";
    let data = "COPY film (id, title) FROM stdin;\n1\tone\n2\ttwo\n\\.\n";
    let files = [
        write("schema.sql", schema.as_bytes()),
        write("data.sql.gz", &packed(data)),
        write("film.csv.gz", &packed("title,id\n\"three, and\nmore\",3\n,4\n")),
        write("Odd Name.csv", b"a \"b\",SELECT\n1,x\n2,y\n"),
    ];
    let loaded = sandbox.load(&files, Progress::hidden()).await.unwrap();
    assert_eq!(loaded.rows, 2 + 2 + 2);
    let mut session = session(&sandbox).await;
    let film = "SELECT string_agg(id || ':' || coalesce(title, '-'), ';' ORDER BY id) FROM film";
    assert_eq!(ask(&mut *session, film).await, "1:one;2:two;3:three, and\nmore;4:-");
    let odd = "SELECT string_agg(\"a \"\"b\"\"\" || \"SELECT\", ';') FROM \"Odd Name\"";
    assert_eq!(ask(&mut *session, odd).await, "1x;2y");
    // Settled: statistics and the visibility map are there.
    let settled =
        "SELECT reltuples::int || ' ' || relallvisible FROM pg_class WHERE relname = 'film'";
    assert_eq!(ask(&mut *session, settled).await, "4 1");
}

#[tokio::test]
async fn what_cannot_be_loaded_is_refused_with_its_name() {
    let Some(mut sandbox) = parts::postgres().await else { return };
    let folder = tempfile::tempdir().unwrap();
    session(&sandbox)
        .await
        .command("CREATE TABLE known (a int, b int); ALTER TABLE known OWNER TO planwise")
        .await
        .unwrap();
    let cases = [
        ("known.csv", "a,c\n1,2\n", "column \"c\" that table known does not have; it has a, b"),
        ("known.csv", "a,b\n1,two\n", "invalid input syntax"),
        ("twice.csv", "a,a\n1,2\n", "names column \"a\" twice"),
        ("wrong.sql", "CREATE TABLE x (a int);\nSELEKT 1;\n", "wrong.sql:2"),
        ("note.txt", "hello", "only .sql and .csv"),
    ];
    for (name, content, expected) in cases {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        let error = sandbox.load(&[path], Progress::hidden()).await.unwrap_err();
        let message = format!("{:#}", anyhow::Error::from(error));
        assert!(message.contains(expected) && message.contains(name), "{name}: {message}");
    }
}

/// The program itself, keeping a sandbox open.
struct Keeper {
    child: std::process::Child,
    directory: PathBuf,
}

/// Starts `planwise sandbox` with its temporary files in `place`, and waits for the URL.
fn keep_open(place: &Place) -> Option<Keeper> {
    use std::io::{BufRead, BufReader};
    let mut command = crate::program::planwise_that_hears_hangups();
    command.arg("sandbox").env("TMPDIR", place.root.path());
    command.env("XDG_CACHE_HOME", place.cache.path());
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut url = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
    if url.is_empty() {
        let said = String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap();
        assert!(said.contains("found no installed"), "{said}");
        return parts::missing(&said);
    }
    let directory = url.split("host=").nth(1).unwrap().split('&').next().unwrap();
    Some(Keeper { child, directory: PathBuf::from(directory) })
}

fn signal(child: &std::process::Child, signal: nix::sys::signal::Signal) {
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(child.id() as i32), signal).unwrap();
}

#[test]
fn ctrl_c_ends_the_program_and_everything_it_started() {
    let place = Place::new();
    let Some(mut keeper) = keep_open(&place) else { return };
    assert!(!working_in(&keeper.directory).is_empty());
    // Twice at once is what `timeout` sends: once to the process, once to its group.
    signal(&keeper.child, nix::sys::signal::Signal::SIGINT);
    signal(&keeper.child, nix::sys::signal::Signal::SIGINT);
    assert_eq!(keeper.child.wait().unwrap().code(), Some(0));
    assert_eq!(working_in(&keeper.directory), Vec::<PathBuf>::new());
    assert_eq!(place.left_behind(), Vec::<PathBuf>::new());
}

#[test]
fn a_closed_terminal_and_a_kill_leave_nothing_running() {
    use nix::sys::signal::Signal;
    for deadly in [Signal::SIGHUP, Signal::SIGKILL] {
        let place = Place::new();
        let Some(mut keeper) = keep_open(&place) else { return };
        assert!(!working_in(&keeper.directory).is_empty());
        signal(&keeper.child, deadly);
        keeper.child.wait().unwrap();
        // After a kill, somebody else cleans up, beside us.
        let deadline = Instant::now() + std::time::Duration::from_secs(30);
        while !place.left_behind().is_empty() || !working_in(&keeper.directory).is_empty() {
            assert!(Instant::now() < deadline, "{deadly}: {:?}", place.left_behind());
            std::thread::yield_now();
        }
    }
}

/// The shells that clean up after this program, should it be killed.
fn watchdogs_of(child: &std::process::Child) -> Vec<nix::unistd::Pid> {
    let parent = format!("PPid:\t{}\n", child.id());
    let is_watchdog = |process: &PathBuf| {
        fs::read_to_string(process.join("status")).is_ok_and(|status| status.contains(&parent))
            && fs::read_to_string(process.join("cmdline"))
                .is_ok_and(|c| c.contains("planwise-watchdog"))
    };
    let all = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
    let number = |process: PathBuf| process.file_name()?.to_str()?.parse().ok();
    all.filter(is_watchdog).filter_map(number).map(nix::unistd::Pid::from_raw).collect()
}

#[tokio::test]
async fn what_a_killed_program_left_is_removed_by_the_next_start_and_nothing_else() {
    let place = Place::new();
    let Some(mut killed) = keep_open(&place) else { return };
    let Some(mut living) = keep_open(&place) else { return };
    // With the watchdog gone as well, as after a kill of everything that belongs to a session.
    for watchdog in watchdogs_of(&killed.child) {
        nix::sys::signal::kill(watchdog, nix::sys::signal::Signal::SIGKILL).unwrap();
    }
    signal(&killed.child, nix::sys::signal::Signal::SIGKILL);
    killed.child.wait().unwrap();
    assert!(killed.directory.exists());
    assert!(!working_in(&killed.directory).is_empty());
    let next = parts::sandbox("postgres", place.options()).await.unwrap();
    assert!(!killed.directory.exists());
    assert_eq!(working_in(&killed.directory), Vec::<PathBuf>::new());
    assert!(living.directory.exists() && !working_in(&living.directory).is_empty());
    drop(next);
    signal(&living.child, nix::sys::signal::Signal::SIGTERM);
    living.child.wait().unwrap();
    assert_eq!(place.left_behind(), Vec::<PathBuf>::new());
}
