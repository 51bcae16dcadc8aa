//! Every parser of what users hand over, fed with mutated files of the project's own.
//!
//! The same targets as in `fuzz/`, where a compiler for coverage can be had. A few hundred inputs each by default;
//! `PLANWISE_FUZZ_SECONDS=600 cargo test --test integration mutated -- --nocapture --test-threads 1` goes on for ten
//! minutes a target, `PLANWISE_FUZZ_TARGET=plan` takes one, and `PLANWISE_FUZZ_SEED` chooses other inputs.

#[path = "../../fuzz/src/lib.rs"]
mod targets;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

type Target = (&'static str, fn(&[u8]), &'static [&'static str]);

/// Name, function, and the endings of the files that a corpus begins with.
const TARGETS: [Target; 15] = [
    ("condition", targets::condition, &[".condition"]),
    ("config", targets::config, &[".toml"]),
    ("dump", targets::dump, &[".sql"]),
    ("limits", targets::limits, &[".limits"]),
    ("log", targets::log, &[".log", ".csv"]),
    ("plan", targets::plan, &[".json", ".txt"]),
    ("record", targets::record, &["run-format-1.json"]),
    ("rules", targets::rules, &[".toml"]),
    ("script", targets::script, &[".sql"]),
    ("shape", targets::shape, &[".sql"]),
    ("snapshot", targets::snapshot, &["small-snapshot.json"]),
    ("split", targets::split, &[".sql"]),
    ("target", targets::target, &[".url"]),
    ("workload", targets::workload, &[".sql", "workload.toml"]),
    ("workload_file", targets::workload_file, &[".workload"]),
];

/// What no file of the project holds.
const WRITTEN: [(&str, &str); 12] = [
    (".condition", "((a = 1) AND (b ~~ 'x%'::text) AND (c @> ANY ('{1,2}'::int[])))"),
    (".condition", "`a`.`b` = 1 and (`c` between 2 and 3 or `d` is null)"),
    (".limits", "shop.orders(customer, \"Note\" DESC) WHERE state = 'x'"),
    (".limits", "orders_pkey"),
    (
        ".url",
        "postgresql://u:p@[::1]:5432,h:1/d?sslmode=require&host=/tmp&service=x\n[x]\nhost=a\nport=1",
    ),
    (".url", "host=h dbname='d \\'' service=x\n[x]\nuser = u\n[y]"),
    (".url", "mariadb://u:p%40@h:3306/d?socket=/tmp/s&tls=verify\n[client]\nuser = 'x'\nhost=y"),
    (
        ".txt",
        "<explain xmlns=\"http://www.postgresql.org/2009/explain\"><Query><Plan><Node-Type>Result</Node-Type></Plan></Query></explain>",
    ),
    (
        ".txt",
        "- Plan: \n    Node Type: \"Seq Scan\"\n    Total Cost: 1.0\n    Plan Rows: 1\n    Plan Width: 4",
    ),
    (
        ".sql",
        "/*!50003 CREATE*/ /*!50017 DEFINER=`a`@`b`*/ /*!50003 TRIGGER t BEFORE INSERT ON x FOR EACH ROW SET @a=1 */;",
    ),
    (
        ".sql",
        "DELIMITER ;;\nCREATE PROCEDURE p() BEGIN SELECT 1; END;;\nDELIMITER ;\nCOPY t FROM stdin;\n1\t\\N\n\\.\n",
    ),
    (
        ".sql",
        "-- name: a\n-- params: [[1], [null]]\n\\set x 1\nSELECT :x, ?, %s, @y, {z}; SELECT $q$ ; $q$;",
    ),
];

/// Pieces that parsers look for, and those that they fear.
const PIECES: [&[u8]; 40] = [
    b"'",
    b"\"",
    b"`",
    b"$$",
    b"$a$",
    b"/*",
    b"*/",
    b"/*!50003 ",
    b"--",
    b"#",
    b";",
    b"\\",
    b"\\.",
    b"\n",
    b"\r\n",
    b"\t",
    b"\0",
    b"\xff\xfe",
    "\u{a0}".as_bytes(),
    "\u{202e}".as_bytes(),
    b"(",
    b")",
    b"((((((((((((((((",
    b"[[[[[[[[[[[[[[[[",
    b"{{{{{{{{",
    b"{% for x in range(99999) %}",
    b"->  ",
    b"(cost=",
    b"(actual time=",
    b" loops=0)",
    b"NaN",
    b"-1",
    b"1e999",
    b"99999999999999999999",
    b"-9223372036854775808",
    b"NULL",
    b"{\"Plan\":",
    b"DELIMITER ",
    b"not not not not ",
    b"%",
];

fn corpus(endings: &[&str]) -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pending: Vec<PathBuf> = ["tests/fixtures", "tests/rules", "rules", "workloads", "docs"]
        .map(|f| root.join(f))
        .into();
    let mut found = Vec::new();
    while let Some(path) = pending.pop() {
        if let Ok(entries) = std::fs::read_dir(&path) {
            let mut below: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
            below.sort();
            pending.extend(below);
        } else if endings.iter().any(|ending| path.to_string_lossy().ends_with(ending)) {
            let text = std::fs::read(&path).unwrap();
            if text.len() < 200_000 {
                found.push(text);
            }
        }
    }
    let written = WRITTEN.iter().filter(|(ending, _)| endings.contains(ending));
    found.extend(written.map(|(_, text)| text.as_bytes().to_vec()));
    assert!(!found.is_empty(), "no corpus for {endings:?}");
    found
}

/// A few changes to one of the corpus: bytes, pieces, parts of it or of another taken, doubled, cut or moved.
fn mutated(corpus: &[Vec<u8>], random: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = corpus.choose(random).unwrap().clone();
    for _ in 0..random.random_range(1..8) {
        let at = random.random_range(0..=bytes.len());
        let end = random.random_range(at..=bytes.len().min(at + 400));
        match random.random_range(0..9) {
            0 if at < bytes.len() => bytes[at] = random.random(),
            1 if at < bytes.len() => bytes[at] ^= 1 << random.random_range(0..8),
            2 => drop(bytes.splice(at..at, PIECES.choose(random).unwrap().iter().copied())),
            3 => drop(bytes.splice(at..end, PIECES.choose(random).unwrap().iter().copied())),
            4 => drop(bytes.drain(at..end)),
            5 => bytes.truncate(at),
            6 => {
                let part = bytes[at..end].repeat(random.random_range(1..60));
                bytes.splice(at..at, part);
            }
            7 => {
                let other = corpus.choose(random).unwrap();
                let from = random.random_range(0..=other.len());
                let part = &other[from..other.len().min(from + 300)];
                bytes.splice(at..at, part.iter().copied());
            }
            _ => {
                let part = bytes[at..end].to_vec();
                let to = random.random_range(0..=bytes.len());
                bytes.splice(to..to, part);
            }
        }
    }
    bytes
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// The most memory that this process has had, in MB.
fn most_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) >> 10
}

/// Kept where `PLANWISE_FUZZ_SECONDS` asks for more than a glance.
fn keep(name: &str, what: &str, input: &[u8]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/artifacts").join(name);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(what), input).unwrap();
}

#[test]
fn mutated_inputs_are_read_or_refused() {
    let seconds = number("PLANWISE_FUZZ_SECONDS", 0);
    let only = std::env::var("PLANWISE_FUZZ_TARGET").ok();
    let mut failed = Vec::new();
    for (name, target, endings) in TARGETS {
        if only.as_ref().is_some_and(|only| only != name) {
            continue;
        }
        let corpus = corpus(endings);
        let mut random = ChaCha8Rng::seed_from_u64(number("PLANWISE_FUZZ_SEED", 1));
        let (started, mut count, mut slowest) = (Instant::now(), 0_u64, Duration::ZERO);
        loop {
            let input = mutated(&corpus, &mut random);
            if seconds > 0 {
                // What ends the whole process is found here.
                keep(name, "last", &input);
            }
            let begun = Instant::now();
            if catch_unwind(AssertUnwindSafe(|| target(&input))).is_err() {
                keep(name, &format!("panic-{}", failed.len()), &input);
                failed.push(format!(
                    "{name}: {:?}",
                    String::from_utf8_lossy(&input[..input.len().min(400)])
                ));
            }
            if begun.elapsed() > slowest {
                slowest = begun.elapsed();
                if seconds > 0 {
                    keep(name, "slowest", &input);
                }
            }
            count += 1;
            let done =
                if seconds == 0 { count >= 60 } else { started.elapsed().as_secs() >= seconds };
            if done || failed.len() > 20 {
                break;
            }
        }
        println!(
            "{name}: {count} inputs, slowest {slowest:?}, {} MB, {} panics",
            most_memory(),
            failed.len()
        );
    }
    assert!(failed.is_empty(), "{} panics:\n{}", failed.len(), failed.join("\n"));
}
