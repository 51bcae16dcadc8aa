//! How many prepared point selects a second a replay sends, beside `pgbench -S -M prepared` on the same server, in turn;
//! and how many statements of an open loop leave within a millisecond of their time.
//!
//! Needs an installed PostgreSQL with pgbench. `PLANWISE_BENCH_SCALE` (10) sizes the data, `PLANWISE_BENCH_SECONDS` (3) a
//! round of either.

use std::path::Path;
use std::process::Command;

use planwise::capture::{self, Filter, LogOptions, Source};
use planwise::engine::{self, SessionOptions};
use planwise::interrupt::Interrupt;
use planwise::run::Target;
use planwise::run::captured::{CapturedOptions, CapturedReplay, Pace, replay_captured};
use planwise::sandbox::{Sandbox, SandboxOptions};
use planwise::trace::Reader;
use tempfile::TempDir;
use tokio::runtime::Runtime;

const ROUNDS: usize = 5;
const BANK: &str = "bank";

fn number(name: &str, otherwise: u32) -> u32 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(otherwise)
}

struct Bench {
    runtime: Runtime,
    sandbox: Sandbox,
    folder: TempDir,
}

impl Bench {
    fn start() -> Bench {
        let runtime = Runtime::new().unwrap();
        let settings = [
            ("logging_collector", "on"),
            ("log_line_prefix", "%m [%p] %u@%d "),
            ("log_rotation_age", "0"),
            ("log_rotation_size", "0"),
        ];
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let options = SandboxOptions { settings, ..SandboxOptions::default() };
        let engine = engine::by_name("postgres").unwrap();
        let sandbox = runtime.block_on(Sandbox::start(engine, options)).unwrap();
        let bench = Bench { runtime, sandbox, folder: TempDir::new().unwrap() };
        bench.command(&format!("CREATE DATABASE {BANK}"));
        bench.pgbench(&["-i", "-q", "-s", &number("PLANWISE_BENCH_SCALE", 10).to_string()]);
        bench
    }

    fn command(&self, sql: &str) {
        self.runtime.block_on(async {
            let mut session = self.sandbox.connect(&SessionOptions::default()).await.unwrap();
            session.command(sql).await.unwrap();
        });
    }

    fn log(&self) -> String {
        self.runtime.block_on(async {
            let mut session = self.sandbox.connect(&SessionOptions::default()).await.unwrap();
            let sql = "SELECT pg_read_file(pg_current_logfile())";
            session.query_text(sql).await.unwrap().into_iter().flatten().collect()
        })
    }

    fn pgbench(&self, options: &[&str]) -> String {
        let url = self.sandbox.owner_url(BANK);
        let output = Command::new("pgbench").args(options).arg(url).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// A capture of `pgbench -S -M prepared` itself.
    fn capture(&self, clients: u32) -> std::path::PathBuf {
        let logging = |ms: i32| {
            self.command(&format!("ALTER SYSTEM SET log_min_duration_statement = {ms}"));
            self.command("SELECT pg_reload_conf()");
        };
        logging(0);
        let each = (60_000 / clients).to_string();
        let clients_text = clients.to_string();
        // The server writes it on; only what is new is read.
        let before = self.log().len();
        self.pgbench(&["-n", "-S", "-M", "prepared", "-c", &clients_text, "-t", &each]);
        logging(-1);
        let file = self.folder.path().join(format!("bank{clients}.log"));
        std::fs::write(&file, &self.log()[before..]).unwrap();
        let target = self.folder.path().join(format!("bank{clients}.workload"));
        let filter = Filter { databases: vec![BANK.to_owned()], ..Filter::default() };
        let options = LogOptions { workers: 2, filter, ..LogOptions::default() };
        capture::logs(&[Source::File(file)], &target, options, |_| {}).unwrap();
        target
    }

    fn replay(&self, workload: &Path, clients: u32, pace: Pace) -> CapturedReplay {
        let options = SessionOptions::default();
        let access = options.access;
        let engine = engine::by_name("postgres").unwrap();
        let target = Target { engine, url: self.sandbox.owner_url(BANK), options };
        let options =
            CapturedOptions { pace, clients: clients as usize, access, most_failures: 10 };
        let reader = Reader::open(workload).unwrap();
        let interrupt = Interrupt::new();
        let replay = replay_captured(&target, reader, options, &interrupt, |_| {});
        let replay = self.runtime.block_on(replay).unwrap();
        assert_eq!(replay.failed, 0, "{:?}", replay.failures);
        replay
    }
}

fn tps(output: &str) -> f64 {
    let line = output.lines().find(|line| line.starts_with("tps = ")).unwrap();
    line.split_whitespace().nth(2).unwrap().parse().unwrap()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    let bench = Bench::start();
    let seconds = number("PLANWISE_BENCH_SECONDS", 3).to_string();
    for clients in [1, 4, 16] {
        let workload = bench.capture(clients);
        let (mut theirs, mut ours) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let text = clients.to_string();
            let threads = clients.min(2).to_string();
            let options =
                ["-n", "-S", "-M", "prepared", "-c", &text, "-j", &threads, "-T", &seconds];
            theirs.push(tps(&bench.pgbench(&options)));
            ours.push(bench.replay(&workload, clients, Pace::Closed).statements_per_s);
        }
        let ratios: Vec<f64> =
            ours.iter().zip(&theirs).map(|(ours, theirs)| ours / theirs).collect();
        let rate = median(theirs.clone()) * 0.1;
        println!(
            "{clients:>2} clients: pgbench {:.0}/s, replay {:.0}/s, ratio {:.2} (rounds: {})",
            median(theirs),
            median(ours),
            median(ratios.clone()),
            ratios.iter().map(|ratio| format!("{ratio:.2}")).collect::<Vec<_>>().join(" ")
        );
        let open = bench.replay(&workload, clients, Pace::Rate(rate));
        println!(
            "            open loop at {rate:.0}/s: {:.2} % within 1 ms, response p99 {:.3} ms",
            open.on_time.unwrap_or(0.0) * 100.0,
            open.response.map_or(0.0, |response| response.p99_ms)
        );
    }
}
