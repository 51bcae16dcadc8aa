//! How fast logs are read: bytes a second of each form, on all cores, beside what `grep -E` needs for the same file. The
//! commands of other tools are in benches/README.md.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use planwise::capture::{self, LogOptions, Source};
use tempfile::TempDir;

/// Statements of each log; PLANWISE_BENCH_STATEMENTS sets another number, for files of gigabytes.
const STATEMENTS: usize = 400_000;
const ROUNDS: usize = 3;

fn statement(n: usize) -> String {
    match n % 4 {
        0 => format!(
            "UPDATE pgbench_accounts SET abalance = abalance + {} WHERE aid = {};",
            n % 5000,
            n * 7 % 100_000
        ),
        1 => format!("SELECT abalance FROM pgbench_accounts WHERE aid = {};", n * 7 % 100_000),
        2 => format!(
            "SELECT o.id, o.total FROM orders o JOIN customer c ON c.id = o.customer_id\n\tWHERE c.email = 'user{n}@example.com' LIMIT 20"
        ),
        _ => format!("SELECT * FROM item WHERE id IN ({}, {}, {})", n, n + 1, n + 2),
    }
}

fn time(n: usize) -> (usize, usize, usize) {
    let ms = n / 4;
    (ms / 60_000 % 60, ms / 1000 % 60, ms % 1000)
}

fn stderr_log(count: usize) -> String {
    (0..count).fold(String::new(), |mut log, n| {
        let (minute, second, ms) = time(n);
        let _ = writeln!(log, "2024-03-04 10:{minute:02}:{second:02}.{ms:03} UTC [{}] app@shop LOG:  duration: {}.{:03} ms  statement: {}", 1000 + n % 16, n % 7, n % 1000, statement(n));
        log
    })
}

fn csv_log(count: usize) -> String {
    (0..count).fold(String::new(), |mut log, n| {
        let (minute, second, ms) = time(n);
        let text = statement(n).replace('"', "\"\"");
        let _ = writeln!(log, "2024-03-04 10:{minute:02}:{second:02}.{ms:03} UTC,\"app\",\"shop\",{0},\"[local]\",65e59e30.{0:x},{n},\"SELECT\",2024-03-04 10:00:00 UTC,3/{n},0,LOG,00000,\"duration: {1}.{2:03} ms  statement: {text}\",,,,,,,,,\"web\",\"client backend\",,0", 1000 + n % 16, n % 7, n % 1000);
        log
    })
}

fn json_log(count: usize) -> String {
    (0..count).fold(String::new(), |mut log, n| {
        let (minute, second, ms) = time(n);
        let document = serde_json::json!({
            "timestamp": format!("2024-03-04 10:{minute:02}:{second:02}.{ms:03} UTC"), "user": "app", "dbname": "shop",
            "pid": 1000 + n % 16, "session_id": format!("65e59e30.{:x}", 1000 + n % 16), "error_severity": "LOG",
            "message": format!("duration: {}.{:03} ms  statement: {}", n % 7, n % 1000, statement(n)),
        });
        let _ = writeln!(log, "{document}");
        log
    })
}

fn slow_log(count: usize) -> String {
    (0..count).fold(String::new(), |mut log, n| {
        let (minute, second, ms) = time(n);
        let _ = writeln!(log, "# Time: 2024-03-04T10:{minute:02}:{second:02}.{ms:03}000Z\n# User@Host: app[app] @ localhost []  Id: {}\n# Query_time: 0.{:06}  Lock_time: 0.000001 Rows_sent: 1  Rows_examined: 100\nSET timestamp=1709547072;\n{};", 1000 + n % 16, n % 1_000_000, statement(n).trim_end_matches(';'));
        log
    })
}

fn best(mut work: impl FnMut()) -> Duration {
    let one = |_| {
        let started = Instant::now();
        work();
        started.elapsed()
    };
    (0..ROUNDS).map(one).min().unwrap_or_default()
}

fn grep(file: &Path) -> Duration {
    best(|| {
        let _ = Command::new("grep")
            .args(["-cE", "duration: [0-9]+"])
            .arg(file)
            .stdout(Stdio::null())
            .status();
    })
}

/// A name, and what writes a log of so many statements.
type Log = (&'static str, fn(usize) -> String);

fn main() {
    let count = std::env::var("PLANWISE_BENCH_STATEMENTS")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(STATEMENTS);
    let folder = TempDir::new().unwrap();
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let logs: [Log; 4] = [
        ("stderr", stderr_log),
        ("csvlog", csv_log),
        ("jsonlog", json_log),
        ("slow log", slow_log),
    ];
    for (name, make) in logs {
        let file = folder.path().join("bench.log");
        std::fs::write(&file, make(count)).unwrap();
        let megabytes = std::fs::metadata(&file).unwrap().len() as f64 / 1e6;
        let target = folder.path().join("bench.workload");
        for workers in [1, cores] {
            let took = best(|| {
                let options = LogOptions { workers, ..LogOptions::default() };
                let captured =
                    capture::logs(&[Source::File(file.clone())], &target, options, |_| {}).unwrap();
                assert_eq!(captured.summary.statements, count as u64);
            });
            println!(
                "{name:<9} {workers} workers  {megabytes:.0} MB  {:.0} MB/s",
                megabytes / took.as_secs_f64()
            );
        }
        println!(
            "{name:<9} grep -E    {megabytes:.0} MB  {:.0} MB/s",
            megabytes / grep(&file).as_secs_f64()
        );
    }
}
