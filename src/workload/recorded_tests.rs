//! Logs of a few sessions, captured, and the transactions that are read out of them.

use std::path::PathBuf;

use super::{MOST_STATEMENTS, OF_EACH_KIND, RecordedTransaction, recorded_transactions};
use crate::capture::{self, LogOptions, Source};
use crate::engine;

fn captured(engine: &str, log: &str) -> Vec<RecordedTransaction> {
    let folder = tempfile::tempdir().unwrap();
    let (file, target) = (folder.path().join("a.log"), folder.path().join("a.workload"));
    std::fs::write(&file, log).unwrap();
    let options = LogOptions { workers: 1, ..LogOptions::default() };
    let sources = [Source::File(PathBuf::from(&file))];
    capture::logs(&sources, &target, options, |_| {}).unwrap();
    let dialect = engine::by_name(engine).unwrap().dialect();
    recorded_transactions(&target, dialect).unwrap()
}

/// A log of `(session, statement)`; what begins with `!` fails.
fn postgres(statements: &[(u32, &str)]) -> Vec<RecordedTransaction> {
    let mut log = String::new();
    for (n, (session, text)) in statements.iter().enumerate() {
        let head = format!("2024-03-04 10:{:02}:{:02}.000 UTC [{session}] ", n / 60, n % 60);
        log += &match text.strip_prefix('!') {
            Some(text) => format!("{head}ERROR:  no\n{head}STATEMENT:  {text}\n"),
            None => format!("{head}LOG:  duration: 1.000 ms  statement: {text}\n"),
        };
    }
    captured("postgres", &log)
}

/// A general log of the same.
fn general(statements: &[(u32, &str)]) -> String {
    let line = |(n, (session, text)): (usize, &(u32, &str))| {
        format!("2024-03-04T10:{:02}:{:02}.000000Z\t    {session} Query\t{text}\n", n / 60, n % 60)
    };
    statements.iter().enumerate().map(line).collect()
}

fn mysql(statements: &[(u32, &str)]) -> Vec<RecordedTransaction> {
    captured("mysql", &general(statements))
}

fn texts(transactions: &[RecordedTransaction]) -> Vec<Vec<&str>> {
    transactions
        .iter()
        .map(|one| one.statements.iter().map(|query| query.sql.as_str()).collect())
        .collect()
}

const TAKE: &str = "UPDATE stock SET amount = amount - 1 WHERE id = 1";
const LOOK: &str = "SELECT amount FROM stock WHERE id = 1";

#[test]
fn sessions_side_by_side_are_kept_apart() {
    let found = postgres(&[
        (7, "BEGIN"),
        (8, "START TRANSACTION"),
        (7, TAKE),
        (8, LOOK),
        (7, "SET LOCAL work_mem = '1MB'"),
        (7, LOOK),
        (8, "DELETE FROM stock WHERE id = 2"),
        (7, "COMMIT"),
        (9, LOOK),
        (8, "END"),
    ]);
    let other = "DELETE FROM stock WHERE id = 2";
    assert_eq!(texts(&found), [vec![TAKE, LOOK], vec![LOOK, other]]);
    assert_ne!(found[0].name, found[1].name);
}

#[test]
fn what_did_not_end_well_as_a_whole_is_left_out() {
    for spoiled in [
        [TAKE, LOOK, "ROLLBACK"],
        [TAKE, "!SELECT nothing", "COMMIT"],
        ["SAVEPOINT a", TAKE, "COMMIT"],
        [TAKE, "ROLLBACK TO a", "COMMIT"],
        ["CREATE TABLE other (id int)", TAKE, "COMMIT"],
        [TAKE, LOOK, "PREPARE TRANSACTION 'x'"],
        // Nothing to see a write by.
        [TAKE, "SHOW work_mem", "COMMIT"],
    ] {
        let mut log = vec![(7, "BEGIN")];
        log.extend(spoiled.map(|text| (7, text)));
        // The next one of the same session is taken again.
        log.extend([(7, "BEGIN"), (7, LOOK), (7, TAKE), (7, "COMMIT")]);
        assert_eq!(texts(&postgres(&log)), [vec![LOOK, TAKE]], "{spoiled:?}");
    }
}

#[test]
fn statements_without_a_beginning_are_no_transaction() {
    let found = postgres(&[(7, TAKE), (7, LOOK), (7, "COMMIT"), (7, TAKE), (7, LOOK)]);
    assert_eq!(found, []);
}

#[test]
fn of_each_kind_a_few_are_taken_with_their_own_values() {
    let takes: Vec<String> = (0..OF_EACH_KIND + 2)
        .map(|n| format!("UPDATE stock SET amount = 5 WHERE id = {n}"))
        .collect();
    let mut log = Vec::new();
    for take in &takes {
        log.extend([(7, "BEGIN"), (7, take.as_str()), (7, LOOK), (7, "COMMIT")]);
    }
    let found = postgres(&log);
    assert_eq!(texts(&found), [vec![takes[0].as_str(), LOOK], vec![takes[1].as_str(), LOOK]]);
    let names: Vec<&str> = found.iter().map(|one| one.name.rsplit_once('-').unwrap().1).collect();
    assert_eq!(names, ["1", "2"]);
}

#[test]
fn a_batch_is_no_transaction_that_is_compared() {
    let mut log = vec![(7, "BEGIN")];
    log.extend(std::iter::repeat_n((7, TAKE), MOST_STATEMENTS));
    log.push((7, "COMMIT"));
    assert_eq!(postgres(&log).len(), 1);
    log.insert(1, (7, TAKE));
    assert_eq!(postgres(&log), []);
}

#[test]
fn bound_values_come_back_in_their_places() {
    let log = "\
2024-03-04 10:00:00.000 UTC [7] LOG:  duration: 1.000 ms  statement: BEGIN
2024-03-04 10:00:01.000 UTC [7] LOG:  duration: 1.000 ms  execute s: UPDATE stock SET amount = $1 WHERE id = $2
2024-03-04 10:00:01.000 UTC [7] DETAIL:  parameters: $1 = '5', $2 = NULL
2024-03-04 10:00:02.000 UTC [7] LOG:  duration: 1.000 ms  statement: SELECT 1 FROM stock
2024-03-04 10:00:03.000 UTC [7] LOG:  duration: 1.000 ms  statement: COMMIT
";
    let found = captured("postgres", log);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].statements[0].params, [vec![Some("5".to_owned()), None]]);
}

#[test]
fn transactions_that_begin_by_themselves_go_from_end_to_end() {
    let found = mysql(&[
        (8, TAKE),
        (8, "SET autocommit = 0"),
        (9, LOOK),
        (8, TAKE),
        (9, TAKE),
        (8, LOOK),
        (8, "commit"),
        (8, LOOK),
        (8, LOOK),
        (8, "rollback"),
        (8, LOOK),
        (8, TAKE),
        (8, "SET NAMES utf8mb4"),
        (8, "SET SESSION sql_notes = 0, autocommit = ON"),
        (8, TAKE),
        (8, LOOK),
        (8, "COMMIT"),
    ]);
    assert_eq!(texts(&found), [vec![TAKE, LOOK], vec![LOOK, TAKE]]);
}

#[test]
fn what_spoils_such_a_transaction_does_so_to_its_end() {
    let found = mysql(&[
        (8, "SET @@autocommit = OFF"),
        (8, TAKE),
        (8, "SAVEPOINT a"),
        (8, TAKE),
        (8, LOOK),
        (8, "COMMIT"),
        (8, "START TRANSACTION"),
        (8, LOOK),
        (8, TAKE),
        (8, "COMMIT"),
    ]);
    assert_eq!(texts(&found), [vec![LOOK, TAKE]]);
}
