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
