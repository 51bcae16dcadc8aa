//! What no server wrote, or wrote half.

use super::{capture, captured};
use crate::program::{Desk, assert_says, assert_status, stderr};

const LINE: &str = "2024-03-04 10:11:12 UTC [71] LOG:  duration: 1.500 ms  statement: SELECT 1\n";

#[test]
fn what_is_no_log_is_an_error_that_says_what_was_seen() {
    let desk = Desk::new();
    for (name, content, part) in [
        ("empty.log", &b""[..], "it is empty"),
        ("prose.log", b"Dear all,\nplease find attached.\n", "the first is `Dear all,`"),
        ("binary.log", &[0u8; 3000], "binary data"),
        (
            "none.log",
            b"2024-03-04 10:11:12 UTC [71] LOG:  checkpoint starting: time\n",
            "log_min_duration_statement",
        ),
        ("zip.log", b"PK\x03\x04xxxxxxxxxxxx", "zip archive"),
    ] {
        let file = desk.write(name, content);
        let output = capture(&[&file], &desk.path("a.workload"), &[]);
        assert_status(&output, 2);
        assert_says(&stderr(&output), &[part]);
        assert!(!desk.path("a.workload").exists(), "{name}");
    }
    std::fs::create_dir(desk.path("folder")).unwrap();
    desk.write("folder/PG_VERSION", "15");
    let output = capture(&[&desk.path("folder")], &desk.path("a.workload"), &[]);
    assert_status(&output, 2);
    assert_says(&stderr(&output), &["no file that looks like a log", "PG_VERSION"]);
}

#[test]
fn half_a_file_counts_what_is_whole() {
    let desk = Desk::new();
    let text = format!(
        "half of a line\n\tand its rest\n{LINE}{LINE}2024-03-04 10:11:12 UTC [71] LOG:  duration: 1.500 ms  statement: SELECT 'cu"
    );
    let log = desk.write("a.log", text);
    let digest = captured(&[&log], &desk.path("a.workload"), &[]);
    assert_eq!(
        (&digest["statements"], &digest["rejected"], &digest["duration_ms"]),
        (&3.into(), &2.into(), &4.5.into()),
        "{digest:#}"
    );
    let csv = "2024-03-04 10:11:12.001 UTC,\"ann\",\"shop\",71,\"[local]\",65e59e30.47,1,\"SELECT\",2024-03-04 10:11:11 UTC,3/2,0,LOG,00000,\"duration: 1.500 ms  statement: SELECT 1\",,,,,,,,,\"web\",\"client backend\",,0\n";
    let log = desk.write("a.csv", format!("{csv}{csv}{}", &csv[..150]));
    let digest = captured(&[&log], &desk.path("a.workload"), &[]);
    assert_eq!((&digest["statements"], &digest["rejected"]), (&2.into(), &1.into()), "{digest:#}");
}

#[test]
fn other_encodings_and_nul_bytes_lose_nothing() {
    let desk = Desk::new();
    let mut text = LINE.as_bytes().to_vec();
    text.extend_from_slice(b"2024-03-04 10:11:12 UTC [71] LOG:  duration: 1.500 ms  statement: SELECT 'caf\xe9' FROM \xe9t\xe9\n");
    text.extend_from_slice(
        b"2024-03-04 10:11:12 UTC [71] LOG:  duration: 1.500 ms  statement: SELECT 'a\0b'\n",
    );
    let log = desk.write("a.log", text);
    let digest = captured(&[&log], &desk.path("a.workload"), &[]);
    assert_eq!(
        (&digest["statements"], &digest["rejected"], &digest["duration_ms"]),
        (&3.into(), &0.into(), &4.5.into()),
        "{digest:#}"
    );
}

#[test]
fn an_endless_line_is_passed_over_and_counted() {
    let desk = Desk::new();
    let endless = "x".repeat(60 << 20);
    let text = format!(
        "{LINE}2024-03-04 10:11:12 UTC [71] LOG:  duration: 1.500 ms  statement: SELECT '{endless}'\n{LINE}{LINE}"
    );
    let log = desk.write("a.log", text);
    let digest = captured(&[&log], &desk.path("a.workload"), &[]);
    assert_eq!(
        (&digest["statements"], &digest["rejected"]),
        (&3.into(), &1.into()),
        "{:#}",
        digest["rejects"]
    );
}

#[test]
fn a_damaged_workload_file_is_refused() {
    let desk = Desk::new();
    let log = desk.write("a.log", LINE);
    let target = desk.path("a.workload");
    captured(&[&log], &target, &[]);
    let whole = std::fs::read(&target).unwrap();
    for length in (0..whole.len()).step_by(7) {
        std::fs::write(&target, &whole[..length]).unwrap();
        let output =
            crate::program::planwise().args(["workload", "show"]).arg(&target).output().unwrap();
        assert_status(&output, 2);
    }
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 0xff;
    std::fs::write(&target, &flipped).unwrap();
    let output =
        crate::program::planwise().args(["workload", "show"]).arg(&target).output().unwrap();
    assert_status(&output, 2);
    assert_says(&stderr(&output), &["damaged"]);
}

/// More than any memory should hold, through a pipe: it is passed over in small pieces, and the entries around it count.
#[test]
fn two_gigabytes_in_one_line_pass_through_standard_input() {
    use std::io::Write as _;
    let desk = Desk::new();
    let target = desk.path("a.workload");
    let mut child = crate::program::planwise()
        .args(["capture", "-", "-o"])
        .arg(&target)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let writing = std::thread::spawn(move || {
        input.write_all(LINE.as_bytes()).unwrap();
        input.write_all(LINE.trim_end_matches("1\n").as_bytes()).unwrap();
        let piece = vec![b'x'; 1 << 20];
        for _ in 0..2048 {
            input.write_all(&piece).unwrap();
        }
        input.write_all(format!("\n{LINE}{LINE}").as_bytes()).unwrap();
    });
    writing.join().unwrap();
    let peak = peak_memory(child.id());
    let output = child.wait_with_output().unwrap();
    assert_status(&output, 0);
    let digest = super::shown(&target);
    assert_eq!(
        (&digest["statements"], &digest["rejected"]),
        (&3.into(), &1.into()),
        "{:#}",
        digest["rejects"]
    );
    if let Some(peak) = peak {
        assert!(peak < 300 << 20, "{peak} bytes of memory");
    }
}

/// Of a process that runs still.
fn peak_memory(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes << 10)
}

/// A log that a server writes on while it is read: what was there is read, the half line at its end is left for the next
/// time, and nothing is read twice.
#[test]
fn a_log_that_grows_is_read_on_where_it_was_left() {
    let desk = Desk::new();
    let log = desk.write("a.log", format!("{LINE}{LINE}{}", &LINE[..60]));
    let target = desk.path("a.workload");
    let options = ["--since-last"];
    let first = captured(&[&log], &target, &options);
    assert_eq!((&first["statements"], &first["rejected"]), (&2.into(), &0.into()), "{first:#}");
    desk.write("a.log", format!("{LINE}{LINE}{LINE}{LINE}"));
    let second = captured(&[&log], &target, &options);
    assert_eq!((&second["statements"], &second["rejected"]), (&4.into(), &0.into()), "{second:#}");
    let third = captured(&[&log], &target, &options);
    assert_eq!(third["statements"], 4, "{third:#}");
}

/// About one line in two hundred stands out of order: the workload's span and its order are those of the statements.
#[test]
fn lines_out_of_order_are_put_in_order() {
    let desk = Desk::new();
    let line = |second: u32, process: u32, ms: u32, text: &str| {
        format!(
            "2024-03-04 10:11:{second:02} UTC [{process}] LOG:  duration: {ms}.000 ms  statement: {text}\n"
        )
    };
    let log = desk.write(
        "a.log",
        [
            line(20, 71, 9000, "SELECT 'began first, ended last'"),
            line(15, 72, 1, "SELECT 'second'"),
            line(18, 73, 1, "SELECT 'third'"),
            line(12, 74, 1, "SELECT 'late line'"),
        ]
        .concat(),
    );
    let target = desk.path("a.workload");
    let digest = captured(&[&log], &target, &[]);
    assert_eq!(digest["first"], "2024-03-04T10:11:11Z", "{digest:#}");
    assert_eq!(digest["last"], "2024-03-04T10:11:20Z");
    let export =
        crate::program::planwise().args(["workload", "export"]).arg(&target).output().unwrap();
    assert_status(&export, 0);
    let text = crate::program::stdout(&export);
    let order: Vec<&str> = ["began first", "late line", "second", "third"]
        .into_iter()
        .filter(|word| text.contains(word))
        .collect();
    let places: Vec<usize> = order.iter().map(|word| text.find(word).unwrap()).collect();
    assert_eq!(places.len(), 4);
    assert!(places.is_sorted(), "{text}");
}

/// Whole milliseconds, or seconds, do not tell which of two statements of one connection came first; their lines do.
#[test]
fn statements_of_one_connection_keep_their_order() {
    let desk = Desk::new();
    let line = |process: u32, ms: &str, text: &str| {
        format!(
            "2024-03-04 10:11:12.050 UTC [{process}] LOG:  duration: {ms} ms  statement: {text}\n"
        )
    };
    let log = desk.write(
        "a.log",
        [
            line(71, "0.010", "BEGIN"),
            line(71, "0.900", "UPDATE t SET a = 1"),
            line(71, "0.300", "COMMIT"),
        ]
        .concat(),
    );
    let target = desk.path("a.workload");
    captured(&[&log], &target, &[]);
    let export =
        crate::program::planwise().args(["workload", "export"]).arg(&target).output().unwrap();
    let text = crate::program::stdout(&export);
    let places: Vec<usize> =
        ["BEGIN", "UPDATE", "COMMIT"].iter().map(|word| text.find(word).unwrap()).collect();
    assert!(places.is_sorted(), "{text}");
}

/// A name in another encoding is one session, not a new one with every line.
#[test]
fn latin_names_of_users_and_databases_stay_one() {
    let desk = Desk::new();
    let line = b"2024-03-04 10:11:12 UTC [71] j\xfcrgen@b\xf6rse LOG:  duration: 1.500 ms  statement: SELECT 1\n";
    let log = desk.write("a.log", line.repeat(500));
    let target = desk.path("a.workload");
    let options = ["--log-line-prefix", "%t [%p] %u@%d "];
    let digest = captured(&[&log], &target, &options);
    assert_eq!((&digest["statements"], &digest["sessions"]), (&500.into(), &1.into()));
    assert_eq!(digest["rejected"], 0);
    assert_eq!(digest["queries"][0]["users"].as_array().unwrap().len(), 1, "{digest:#}");
}

/// Forced to be what it is not: nothing is made up of it, and what was seen is said.
#[test]
fn a_form_that_is_forced_wrongly_yields_nothing_and_says_so() {
    let desk = Desk::new();
    let log = desk.write("a.log", LINE.repeat(3));
    for form in ["csvlog", "jsonlog", "slow-log", "general-log"] {
        let target = desk.path("a.workload");
        let output = capture(&[&log], &target, &["--log-format", form]);
        assert_status(&output, 2);
        let said = stderr(&output);
        assert_says(&said, &["rejected"]);
        assert!(!target.exists(), "{form}: {said}");
    }
}
