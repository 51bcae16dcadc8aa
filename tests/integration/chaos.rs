//! Every verb, ended at random moments by every signal, on a real server: nothing may stay behind.
//!
//! A few endings of each kind by default; `PLANWISE_CHAOS=30 cargo test --test integration chaos`
//! makes 30 of each. `PLANWISE_CHAOS_SEED` chooses other moments.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use planwise::engine::{Session, SessionOptions};
use planwise::sandbox::Sandbox;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::parts;
use crate::program::{Desk, planwise_that_hears_hangups, stderr, stdout};

const SCHEMA: &str = "
    CREATE TABLE orders (id int PRIMARY KEY, customer int, note text);
    INSERT INTO orders SELECT g, g % 5000, repeat('x', 60) || g FROM generate_series(1, 60000) g;
    CREATE INDEX orders_note ON orders (note);
    ANALYZE orders";

const QUERIES: &str = "
-- name: of-customer
-- params: [[1], [77], [4711]]
SELECT * FROM orders WHERE customer = $1;
-- name: by-id
SELECT * FROM orders WHERE id = 17;";

/// The verbs, and whether they build on the target itself.
const VERBS: [(&str, &[&str], bool); 5] = [
    ("run", &["--rounds", "2000"], false),
    ("advise", &[], false),
    ("compare", &["--time", "30"], false),
    ("tune", &["--rounds", "20"], false),
    ("tune", &["--rounds", "20", "--apply"], true),
];

const SIGNALS: [Signal; 4] = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGKILL];

/// A verb is given so long before it is ended, at most.
const LONGEST: u64 = 4_000;

/// A server with the shop, and a folder for what planwise itself makes.
struct Stage {
    sandbox: Sandbox,
    desk: Desk,
    temporary: tempfile::TempDir,
}

impl Stage {
    async fn set() -> Option<Stage> {
        let sandbox = parts::postgres().await?;
        let temporary = tempfile::tempdir_in("/tmp").unwrap();
        fs::set_permissions(temporary.path(), PermissionsExt::from_mode(0o755)).unwrap();
        let stage = Stage { sandbox, desk: Desk::new(), temporary };
        for statement in SCHEMA.split(';') {
            stage.session().await.command(statement).await.unwrap();
        }
        stage.desk.write("shop.sql", QUERIES);
        Some(stage)
    }

    async fn session(&self) -> Box<dyn Session> {
        self.sandbox.connect(&SessionOptions::default()).await.unwrap()
    }

    async fn ask(&self, sql: &str) -> Vec<String> {
        let rows = self.session().await.query_text(sql).await.unwrap();
        rows.into_iter().flatten().collect()
    }

    async fn indexes(&self) -> Vec<String> {
        self.ask(
            "SELECT indexrelid::regclass || ' ' || indisvalid FROM pg_index \
                  WHERE indrelid = 'orders'::regclass ORDER BY 1",
        )
        .await
    }

    fn begin(&self, verb: &str, options: &[&str], out: &Path) -> Child {
        let url = self.sandbox.url(self.sandbox.database());
        let mut command = planwise_that_hears_hangups();
        command.arg(verb).arg(self.desk.path("shop.sql")).args(options);
        match verb {
            "compare" => command.args(["--db-a", &url, "--db-b", &url]),
            _ => command.args(["--db", &url]),
        };
        command.arg("--out").arg(out).env("TMPDIR", self.temporary.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    /// Folders of planwise, and processes that work in them.
    fn left_behind(&self) -> Vec<PathBuf> {
        let folder = self.temporary.path();
        let folders = fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
        folders.chain(planwise::sandbox::working_in(folder)).collect()
    }

    /// Waits until the server has ended what a killed client had begun.
    async fn settle(&self) {
        let ours = "SELECT 'x' FROM pg_stat_activity WHERE application_name = 'planwise' \
                    AND pid <> pg_backend_pid() AND (state <> 'idle' OR query LIKE 'CREATE%')";
        let deadline = Instant::now() + Duration::from_secs(60);
        while !self.ask(ours).await.is_empty() || !self.left_behind().is_empty() {
            assert!(Instant::now() < deadline, "left behind: {:?}", self.left_behind());
        }
    }
}

/// One verb, ended once.
struct Ending<'a> {
    verb: &'a str,
    options: &'a [&'a str],
    signal: Signal,
    after: Duration,
}

impl Ending<'_> {
    async fn happen(&self, stage: &Stage) {
        let before = stage.indexes().await;
        let out = stage.desk.path("out");
        let child = stage.begin(self.verb, self.options, &out);
        std::thread::sleep(self.after);
        let _ = kill(Pid::from_raw(child.id() as i32), self.signal);
        let output = child.wait_with_output().unwrap();
        stage.settle().await;
        self.check_indexes(stage, &before, &output, &out).await;
        self.check_results(&output, &out);
        let _ = fs::remove_dir_all(&out);
    }

    fn what(&self, output: &Output) -> String {
        let Ending { verb, options, signal, after } = self;
        let (out, err) = (stdout(output), stderr(output));
        format!("{verb} {options:?}, {signal} after {after:?}: {}\n{out}\n{err}", output.status)
    }

    /// The indexes are as before, or every other one is named with the statement that removes it, on the
    /// terminal or, after a kill, in the file that says how to undo. What finished before the signal
    /// came may stay.
    async fn check_indexes(&self, stage: &Stage, before: &[String], output: &Output, out: &Path) {
        let finished = output.status.code().is_some_and(|code| code != 130);
        let undo = fs::read_to_string(out.join("undo.sql")).unwrap_or_default();
        for index in stage.indexes().await.iter().filter(|index| !before.contains(index)) {
            let name = index.split(' ').next().unwrap();
            let said = format!("{}{}{undo}", stdout(output), stderr(output));
            let named = said.lines().any(|line| line.contains("DROP INDEX") && line.contains(name));
            assert!(finished || named, "{index} is left: {}\nundo: {undo}", self.what(output));
            stage.session().await.command(&format!("DROP INDEX {name}")).await.unwrap();
        }
        for index in before {
            let now = stage.indexes().await;
            assert!(now.contains(index), "{index} is gone: {}", self.what(output));
        }
    }

    /// An interrupt ends with its own status and keeps what was measured; a verb that was done by
    /// then ends with its own.
    fn check_results(&self, output: &Output, out: &Path) {
        if self.signal == Signal::SIGKILL {
            return;
        }
        let code = output.status.code();
        assert!(matches!(code, Some(0 | 1 | 4 | 130)), "{}", self.what(output));
        let nothing_yet = stderr(output).contains("nothing was measured yet");
        let saved = out.join("run.json").exists() || out.join("comparison.json").exists();
        assert!(saved || nothing_yet, "nothing was saved: {}", self.what(output));
        assert!(!stderr(output).contains("panicked"), "{}", self.what(output));
    }
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_ends_a_verb_nothing_stays_behind() {
    let Some(stage) = Stage::set().await else { return };
    let mut random = ChaCha8Rng::seed_from_u64(number("PLANWISE_CHAOS_SEED", 1));
    for _ in 0..number("PLANWISE_CHAOS", 1) {
        for (verb, options, builds) in VERBS {
            for signal in SIGNALS {
                // Building on the target is where something could be left.
                for _ in 0..(if builds { 2 } else { 1 }) {
                    let after = Duration::from_millis(random.random_range(300..LONGEST));
                    Ending { verb, options, signal, after }.happen(&stage).await;
                }
            }
        }
    }
}
